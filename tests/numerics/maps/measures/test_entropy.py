"""Basin entropy against direct computation, exact values and the expectation for independent labels."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from math import comb, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from edgestab.numerics.maps.measures.entropy import basin_entropy
from edgestab.numerics.maps.measures.estimate import PARTS, block_sums, estimate, jackknife
from tests.pictures_under_test import cantor, line


def entropies(labels: NDArray[np.int64], box: int) -> list[float]:
    """The entropy of every box, one at a time."""
    found = []
    for i in range(0, labels.shape[0] - box + 1, box):
        for j in range(0, labels.shape[1] - box + 1, box):
            counts = Counter(labels[i : i + box, j : j + box].ravel().tolist()).values()
            found.append(-sum(c / box**2 * log(c / box**2) for c in counts))
    return found


@given(seed=st.integers(0, 2**32), box=st.integers(2, 6), kinds=st.integers(2, 6), spare=st.integers(0, 5))
def test_entropies_are_those_of_the_boxes(seed: int, box: int, kinds: int, spare: int) -> None:
    generator = np.random.default_rng(seed)
    labels = np.kron(generator.integers(-1, kinds, (9, 8)), np.ones((box, box), int))
    labels = np.pad(labels, ((0, spare % box), (0, (spare + 1) % box)), mode="edge")
    for _ in range(20):
        labels[generator.integers(labels.shape[0]), generator.integers(labels.shape[1])] = generator.integers(-1, kinds)
    found = basin_entropy(labels, box)
    wanted = entropies(labels, box)
    mixed = [e for e in wanted if e > 0]
    assert found.basin.value == pytest.approx(np.mean(wanted), rel=1e-12)
    assert sum(row.boxes for row in found.table) == len(wanted)
    assert sum(row.entropy for row in found.table) == pytest.approx(sum(wanted), rel=1e-12)
    if mixed:
        assert found.boundary is not None
        assert found.boundary.value == pytest.approx(np.mean(mixed), rel=1e-12)


def test_one_label_has_no_entropy_and_no_boundary() -> None:
    found = basin_entropy(np.full((60, 60), 3, np.int8))
    assert (found.basin.value, found.basin.low, found.basin.high) == (0, 0, 0)
    assert found.boundary is None
    assert not found.exceeds_log2
    assert found.sentence == "basin entropy 0: no box holds two labels"
    assert found.table == ((1, 144, 0.0),)


def test_stripes_have_the_entropy_of_two_parts() -> None:
    labels = np.broadcast_to(np.arange(100) % 2, (100, 100))
    found = basin_entropy(labels, 5)
    exact = -(0.4 * log(0.4) + 0.6 * log(0.6))
    assert found.basin.value == pytest.approx(exact, rel=1e-14)
    assert found.basin.standard_error == pytest.approx(0, abs=1e-12)


def expected_of_coins(n: int) -> float:
    """The mean entropy of n fair coins."""
    terms = (comb(n, k) / 2**n * -sum(p * log(p) for p in (k / n, 1 - k / n) if p) for k in range(n + 1))
    return sum(terms)


def test_the_interval_covers_the_expectation_for_independent_labels() -> None:
    wanted = expected_of_coins(25)
    found = [basin_entropy(np.random.default_rng(s).integers(0, 2, (120, 120), np.int8)) for s in range(200)]
    covered = sum(e.basin.low <= wanted <= e.basin.high for e in found)
    # The largest of three variances is taken: at least the nominal 190, within chance.
    assert 182 <= covered <= 200
    scatter = np.std([e.basin.value for e in found])
    assert scatter < np.mean([e.basin.standard_error for e in found]) < 1.6 * scatter


def test_log_2_tells_mixed_basins_from_smooth_ones() -> None:
    generator = np.random.default_rng(0)
    wada = basin_entropy(generator.integers(0, 3, (200, 200)))
    assert wada.exceeds_log2
    assert wada.sentence.endswith("at 95%: above log 2")
    assert wada.boundary is not None
    assert wada.boundary.low > log(2)
    assert not basin_entropy(generator.integers(0, 2, (200, 200))).exceeds_log2
    smooth = basin_entropy(line(300, generator))
    assert not smooth.exceeds_log2
    assert smooth.sentence.endswith("at 95%: not above log 2")
    assert smooth.boundary is not None
    assert smooth.boundary.value < 0.6


def test_a_fractal_boundary_raises_the_basin_entropy() -> None:
    generator = np.random.default_rng(1)
    assert basin_entropy(cantor(400, generator)).basin.low > 5 * basin_entropy(line(400, generator)).basin.high


def test_a_boundary_in_one_corner_leaves_its_interval_open() -> None:
    labels = np.zeros((160, 160), int)
    labels[1, 1] = 1
    found = basin_entropy(labels)
    assert found.boundary is not None
    assert (found.boundary.low, found.boundary.high) == (-np.inf, np.inf)
    assert 0 < found.basin.value < found.basin.high < np.inf


def test_memory_is_a_few_bytes_a_pixel() -> None:
    labels = np.random.default_rng(0).integers(0, 3, (2048, 2048), np.int8)
    tracemalloc.start()
    basin_entropy(labels)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12 * labels.size


@pytest.mark.parametrize(
    ("labels", "options", "words"),
    [
        (np.zeros((39, 90), int), {}, "at least 40 pixels high and wide"),
        (np.zeros((90, 90)), {}, "2-D array of integers"),
        (np.zeros((90, 90), int), {"box": 1}, "box must be at least 2 pixels, got 1"),
        (np.zeros((90, 90), int), {"level": 2.0}, "level must be strictly between 0 and 1"),
    ],
)
def test_what_cannot_be_measured_is_refused(labels: NDArray[np.int64], options: dict[str, float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        basin_entropy(labels, **options)


@given(height=st.integers(1, 40), width=st.integers(1, 40), low=st.integers(0, 10), seed=st.integers(0, 99))
def test_block_sums_lose_nothing(height: int, width: int, low: int, seed: int) -> None:
    values = np.random.default_rng(seed).integers(0, 5, (height, width))
    window = (min(low, height - 1), 0), (height, width)
    sums = block_sums(values, *window)
    assert sums.shape == (PARTS, PARTS)
    assert sums.sum() == values.sum()
    assert block_sums(values > 2, *window).sum() == (values > 2).sum()


def test_the_jackknife_of_a_mean_is_its_textbook_variance() -> None:
    columns = np.random.default_rng(3).normal(size=PARTS)
    blocks = np.array([np.tile(columns / PARTS, (PARTS, 1)), np.full((PARTS, PARTS), 1 / PARTS)])
    variance, freedom = jackknife(lambda s: s[0] / s[1], blocks, (False, True))
    assert variance == pytest.approx(columns.var(ddof=1) / PARTS, rel=1e-10)
    assert freedom == PARTS - 1
    # Squares see four copies of each stripe, and less variation: the larger variance counts.
    assert jackknife(lambda s: s[0] / s[1], blocks)[0] >= variance


def test_variances_of_unequal_certainty_are_added_as_welch_does() -> None:
    found = estimate(5.0, [(4.0, 3.0), (5.0, 10.0)], 0.9)
    freedom = 81 / (16 / 3 + 25 / 10)
    assert freedom == pytest.approx(10.340, abs=1e-3)
    assert found.standard_error == 3.0
    assert found.high - found.value == pytest.approx(3 * 1.8070, rel=1e-3)
