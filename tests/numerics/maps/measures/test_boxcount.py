"""Box counting against direct counting on small pictures and against boundaries of known dimension."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from edgestab.numerics.maps.measures.boxcount import box_counting
from tests.pictures_under_test import PICTURES, carpet, circle, koch


def counted(labels: NDArray[np.int8], size: int) -> float:
    """Mean number of boxes by looking into every one whose centre is in the picture; half where it is on the rim."""
    height, width = labels.shape[0] - 1, labels.shape[1] - 1
    meets = np.zeros((height, width), bool)
    for i in range(height):
        for j in range(width):
            meets[i, j] = len(set(labels[i : i + 2, j : j + 2].ravel().tolist())) > 1
    total = 0.0
    for i in range(-size, height + 1):
        for j in range(-size, width + 1):
            weight = 1.0
            for first, length in ((i, height), (j, width)):
                centre = first + (size - 1) / 2
                weight *= 1.0 if 0 <= centre <= length - 1 else 0.5 if -0.5 <= centre <= length - 0.5 else 0.0
            if weight and meets[max(i, 0) : i + size, max(j, 0) : j + size].any():
                total += weight
    return total / size**2


@st.composite
def pictures(draw: st.DrawFn) -> NDArray[np.int8]:
    """Few labels in big patches, with a few single pixels."""
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))
    labels = np.kron(generator.integers(0, 3, (5, 6)), np.ones((7, 7), int)).astype(np.int8)
    spots = generator.integers(0, 35, (2, draw(st.integers(1, 5))))
    labels[spots[0], spots[1]] += 3
    return labels


@settings(max_examples=8)
@given(labels=pictures())
def test_counts_are_the_mean_over_all_positions_of_the_grid(labels: NDArray[np.int8]) -> None:
    found = box_counting(labels, smallest=1, largest=8)
    assert [row.size for row in found.table] == [1, 2, 4, 8]
    for row in found.table:
        assert row.boxes == pytest.approx(counted(labels, row.size), rel=1e-12)
        assert row.fraction == pytest.approx(row.boxes * row.size**2 / (34 * 41), rel=1e-12)


@settings(max_examples=10)
@given(seed=st.integers(0, 2**32))
def test_turning_mirroring_and_renaming_change_nothing(seed: int) -> None:
    labels = circle(400, np.random.default_rng(seed))
    wanted = box_counting(labels)
    for other in (labels[::-1], labels[:, ::-1], labels.T, np.rot90(labels), 7 - 3 * labels, labels.astype(bool)):
        found = box_counting(other)
        assert [r.boxes for r in found.table] == [r.boxes for r in wanted.table]
        assert found.value == wanted.value


@pytest.mark.parametrize("name", PICTURES)
def test_the_interval_covers_the_known_dimension(name: str) -> None:
    make, dimension = PICTURES[name]
    found = [box_counting(make(512, np.random.default_rng([seed, 5]))) for seed in range(24)]
    assert sum(e.low <= dimension <= e.high for e in found) >= 20
    # The intervals say something, and the estimate is better than they are.
    assert np.median([e.high - e.low for e in found]) < 0.3
    assert abs(np.mean([e.value for e in found]) - dimension) < 0.06
    assert all(e.low < e.value < e.high for e in found)


def test_the_error_falls_with_the_size_of_the_picture() -> None:
    generator = np.random.default_rng(8)
    errors = {
        n: [abs(box_counting(koch(n, generator)).value - np.log(4) / np.log(3)) for _ in range(12)] for n in (256, 1024)
    }
    assert np.mean(errors[1024]) < 0.6 * np.mean(errors[256])
    assert np.mean(errors[1024]) < 0.015


def test_the_correction_for_sampling_removes_the_bias_of_the_plain_slope() -> None:
    found = [box_counting(koch(512, np.random.default_rng(seed))) for seed in range(10)]
    plain = np.mean([e.local_slopes[0] for e in found])
    assert plain < 1.22
    assert abs(np.mean([e.value for e in found]) - np.log(4) / np.log(3)) < 0.02


def test_noise_fills_the_plane() -> None:
    found = box_counting(np.random.default_rng(0).integers(0, 4, (512, 512)))
    assert found.value == pytest.approx(2, abs=0.003)
    assert len(found.table) == 5


def test_sizes_at_which_nearly_all_boxes_are_hit_are_left_out() -> None:
    labels = carpet(1024, np.random.default_rng(2))
    assert box_counting(labels).table[-1].size == 64
    crowded = labels.copy()
    crowded[::20, ::20] = 9
    assert box_counting(crowded).table[-1].size == 32
    assert box_counting(crowded, largest=128).table[-1].size == 128


def test_more_confidence_is_a_wider_interval() -> None:
    labels = koch(400, np.random.default_rng(1))
    narrow, wide = (box_counting(labels, level=level) for level in (0.5, 0.99))
    assert wide.low < narrow.low < narrow.value == wide.value < narrow.high < wide.high
    assert wide.level == 0.99
    assert wide.sentence.startswith(f"box-counting dimension {wide.value:.4g} [{wide.low:.4g}, ")
    assert " at 99%, from boxes of 2 to " in wide.sentence


def test_memory_is_a_few_bytes_a_pixel() -> None:
    labels = circle(2048, np.random.default_rng(0))
    tracemalloc.start()
    box_counting(labels)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5 * labels.size


@pytest.mark.parametrize(
    ("labels", "options", "words"),
    [
        (np.zeros((300, 300), int), {}, "one label only"),
        (np.zeros((300, 300)), {}, "2-D array of integers"),
        (np.zeros(300, int), {}, "2-D array of integers"),
        (np.eye(300, dtype=int), {"smallest": 3}, "smallest must be a power of two, got 3"),
        (np.eye(300, dtype=int), {"smallest": 0}, "smallest must be a power of two, got 0"),
        (np.eye(300, dtype=int), {"largest": 48}, "largest must be a power of two, got 48"),
        (np.eye(300, dtype=int), {"largest": 128}, "more than a quarter of the picture"),
        (np.eye(300, dtype=int), {"smallest": 16, "largest": 64}, "a fit needs 4 sizes"),
        (np.eye(40, dtype=int), {}, "a fit needs 4 sizes"),
        (np.eye(300, dtype=int), {"level": 1.0}, "level must be strictly between 0 and 1"),
    ],
)
def test_what_cannot_be_measured_is_refused(labels: NDArray[np.int64], options: dict[str, int], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        box_counting(labels, **options)
