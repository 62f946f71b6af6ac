"""Refined pictures against full ones, on pictures whose features are known."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from edgestab.numerics.maps.pictures.refine import Index, Refined, Refinement, refine
from edgestab.numerics.tiling.tiles import Tile

Shape = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.bool_]]


class Picture:
    """A picture of a set, which remembers how often each pixel was computed."""

    def __init__(self, shape: tuple[int, int], inside: Shape) -> None:
        self.shape, self.inside = shape, inside
        self.times = np.zeros(shape, int)

    def __call__(self, rows: Index, columns: Index) -> Tile:
        np.add.at(self.times, (rows, columns), 1)
        return self.values(rows, columns)

    def values(self, rows: Index, columns: Index) -> Tile:
        kind = self.inside(rows.astype(float), columns.astype(float)).astype(np.int8)
        return {"kind": kind, "plane": 3.0 * rows - 0.25 * columns + 7, "steps": (4 * kind + 2).astype(np.int32)}

    @property
    def full(self) -> Tile:
        return self.values(*np.indices(self.shape))

    def refined(self, how: Refinement, seed: int = 0) -> Refined:
        found = refine(self.shape, self, lambda v: v["kind"].astype(np.int64), how, seed)
        assert (self.times <= 1).all()  # no pixel is computed twice
        np.testing.assert_array_equal(self.times == 1, found.computed)
        for name, values in self.full.items():
            assert found.values[name].dtype == values.dtype
            np.testing.assert_array_equal(found.values[name][found.computed], values[found.computed])
        return found


def disc(row: float, column: float, radius: float) -> Shape:
    return lambda r, c: np.hypot(r - row, c - column) < radius


def half_plane(a: float, b: float, c0: float) -> Shape:
    return lambda r, c: a * r + b * c < c0


SIDES = st.sampled_from([(8, 2), (8, 4), (16, 4), (4, 4), (2, 2), (32, 2)])


@example(18, 5, 1.0, -1.0, 0.0, (8, 2))  # the last line is one of a fine lattice and of no coarse one
@given(st.integers(1, 90), st.integers(1, 90), st.floats(-1, 1), st.floats(-1, 1), st.floats(-90, 90), SIDES)
def test_half_planes_are_exact_at_every_size(
    rows: int, columns: int, a: float, b: float, c0: float, sides: tuple[int, int]
) -> None:
    picture = Picture((rows, columns), half_plane(a, b, c0))
    found = picture.refined(Refinement(*sides, audit=0))
    np.testing.assert_array_equal(found.values["kind"], picture.full["kind"])
    np.testing.assert_allclose(found.values["plane"], picture.full["plane"], rtol=1e-14, atol=1e-12)


@given(st.integers(40, 120), st.integers(40, 120), st.floats(0, 1), st.floats(0, 1), st.floats(24, 60), SIDES)
def test_discs_larger_than_the_coarsest_cell_are_exact(
    rows: int, columns: int, top: float, left: float, radius: float, sides: tuple[int, int]
) -> None:
    coarsest = min(sides[0], 16)
    picture = Picture((rows, columns), disc(top * rows, left * columns, radius))
    found = picture.refined(Refinement(coarsest, min(sides[1], coarsest), audit=5))
    wrong = found.values["kind"] != picture.full["kind"]
    # A piece that the edge of the picture cuts off may be thinner than a cell; nothing else is missed.
    r, c = np.nonzero(wrong)
    at_edge = (r < coarsest) | (c < coarsest) | (r >= rows - coarsest) | (c >= columns - coarsest)
    assert at_edge.all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (1, 77), (77, 1), (2, 2), (3, 65), (64, 64), (65, 65), (33, 1)])
@pytest.mark.parametrize("sides", [(32, 4), (8, 2), (2, 2)])
def test_stripes_wider_than_the_coarsest_cell_are_exact(shape: tuple[int, int], sides: tuple[int, int]) -> None:
    width = sides[0] + 1
    for inside in (lambda _, c: c // width % 2 == 1, lambda r, _: r // width % 2 == 1):
        picture = Picture(shape, inside)
        found = picture.refined(Refinement(*sides, audit=3))
        np.testing.assert_array_equal(found.values["kind"], picture.full["kind"])
        np.testing.assert_array_equal(found.values["steps"], picture.full["steps"])


def test_a_picture_of_one_label_costs_its_coarse_corners_only() -> None:
    picture = Picture((129, 129), lambda r, _: r < -1)
    found = picture.refined(Refinement(32, 4, audit=0))
    assert found.computed.sum() == 25
    assert found.audited == found.mislabelled == 0


def test_where_everything_is_boundary_everything_is_computed() -> None:
    picture = Picture((50, 61), lambda r, c: np.sin(r * c) > 0)
    assert picture.refined(Refinement(8, 2)).computed.all()


def test_a_pattern_in_step_with_the_corners_is_seen_by_the_audit_and_computed() -> None:
    def chequered(r, c):
        return (r + c) % 2 == 0

    assert Picture((65, 65), chequered).refined(Refinement(8, 2, audit=0)).computed.mean() < 0.2
    picture = Picture((65, 65), chequered)
    found = picture.refined(Refinement(8, 2, audit=400))
    assert 0.4 < found.mislabelled / found.audited < 0.6
    np.testing.assert_array_equal(found.values["kind"], picture.full["kind"])


def test_dust_is_computed_where_it_lies_and_around_and_nowhere_else() -> None:
    generator = np.random.default_rng(4)
    dust = generator.random((512, 512)) < 0.2
    dust[:, 150:] = False
    picture = Picture((512, 512), lambda r, c: dust[np.asarray(r, int), np.asarray(c, int)])
    found = picture.refined(Refinement(64, 4, audit=128), 1)
    np.testing.assert_array_equal(found.values["kind"], picture.full["kind"])
    assert not found.computed[:, 256:].all()
    assert found.computed.mean() < 0.6


def test_an_island_between_corners_is_missed_and_one_on_a_corner_is_found() -> None:
    island = Picture((128, 128), disc(16, 16, 5))
    assert (island.refined(Refinement(32, 4, audit=0)).values["kind"] == 0).all()
    found = Picture((128, 128), disc(64, 64, 5)).refined(Refinement(32, 4, audit=0))
    np.testing.assert_array_equal(found.values["kind"], Picture((128, 128), disc(64, 64, 5)).full["kind"])


def test_the_audit_counts_exactly_the_pixels_that_were_filled_wrongly() -> None:
    island = disc(16, 16, 5)
    picture = Picture((33, 33), island)
    all_filled = 33 * 33 - 4
    found = picture.refined(Refinement(32, 32, audit=10**6))
    assert found.audited == all_filled
    assert found.mislabelled == picture.full["kind"].sum()
    assert found.computed.all()
    np.testing.assert_array_equal(found.values["kind"], picture.full["kind"])  # what was looked at is right
    for audit, seed in ((1, 0), (50, 0), (50, 1), (300, 2)):
        picture = Picture((33, 33), island)
        found = picture.refined(Refinement(32, 32, audit), seed)
        assert found.audited == audit
        if found.mislabelled:  # then the block was computed
            assert found.computed.all()
            np.testing.assert_array_equal(found.values["kind"], picture.full["kind"])
        else:
            looked_at = found.computed & (np.indices((33, 33)) % 32 != 0).any(axis=0)
            assert looked_at.sum() == audit
            assert not picture.full["kind"][looked_at].any()


def test_the_audit_chooses_evenly_and_by_its_seed() -> None:
    shares = []
    for seed in range(60):
        found = Picture((33, 33), lambda r, _: r < 16).refined(Refinement(32, 32, 0), seed)
        assert found.audited == 0
        island = Picture((33, 33), disc(16, 16, 9))
        shares.append(island.refined(Refinement(32, 32, 64), seed).mislabelled / 64)
    truth = Picture((33, 33), disc(16, 16, 9)).full["kind"].sum() / (33 * 33 - 4)
    assert abs(np.mean(shares) - truth) < 4 * np.sqrt(truth * (1 - truth) / 64 / 60)

    def plain(seed: int) -> NDArray[np.bool_]:
        return Picture((33, 33), lambda r, _: r < 0).refined(Refinement(32, 32, 64), seed).computed

    same = [plain(5), plain(5)]
    np.testing.assert_array_equal(*same)
    other = plain(6)
    assert (other != same[0]).any()


def test_the_share_that_is_computed_falls_with_the_size() -> None:
    shares = []
    for size in (128, 256, 512, 1024):
        picture = Picture((size, size), disc(size / 2, size / 2, size / 3))
        found = picture.refined(Refinement(32, 4, audit=0))
        np.testing.assert_array_equal(found.values["kind"], picture.full["kind"])
        shares.append(found.computed.mean())
    # A boundary of dimension 1: the share falls like 1 / size, down to that of the coarse corners.
    assert all(later < 0.65 * sooner for sooner, later in itertools.pairwise(shares))
    assert shares[-1] < 0.1


@given(st.integers(1, 70), st.integers(1, 70), st.floats(-5, 5), st.floats(-5, 5), st.floats(-5, 5), SIDES)
def test_filled_numbers_interpolate_linear_functions(
    rows: int, columns: int, a: float, b: float, c0: float, sides: tuple[int, int]
) -> None:
    def compute(r: Index, c: Index) -> Tile:
        return {"plane": a * r + b * c + c0, "code": np.full(r.size, 5, np.int16)}

    found = refine((rows, columns), compute, lambda v: v["code"].astype(np.int64), Refinement(*sides, audit=2))
    plane = compute(*np.indices((rows, columns)))["plane"]
    size = abs(a) * rows + abs(b) * columns + abs(c0)
    np.testing.assert_allclose(found.values["plane"], plane, rtol=0, atol=8 * np.finfo(float).eps * size)
    assert (found.values["code"] == 5).all()


@pytest.mark.parametrize(("steps", "in_full"), [(63, True), (64, False)])
def test_what_costs_little_is_computed_in_full(steps: int, in_full: bool) -> None:
    def compute(r: Index, c: Index) -> Tile:
        return {"kind": (np.hypot(r - 50, c - 50) < 30).astype(np.int8)}

    def work(values: Tile) -> NDArray[np.float64]:
        return np.full(values["kind"].shape, float(steps))

    found = refine((100, 100), compute, lambda v: v["kind"].astype(np.int64), Refinement(), work=work)
    assert found.computed.all() == in_full
    np.testing.assert_array_equal(found.values["kind"], compute(*np.indices((100, 100)))["kind"])


def test_codes_are_never_interpolated() -> None:
    def compute(r: Index, c: Index) -> Tile:
        return {"code": (r * 100 + c).astype(np.int16), "kind": np.zeros(r.size, np.int8)}

    found = refine((33, 33), compute, lambda v: v["kind"].astype(np.int64), Refinement(32, 32, 0))
    assert set(np.unique(found.values["code"])) <= set(
        compute(*np.indices((33, 33)).reshape(2, -1))["code"][[0, 32, 33 * 32, 33 * 33 - 1]]
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((12, 4), "a power of two, at least 2, got 12"),
        ((8, 1), "at least 2, got 1"),
        ((8, 0), "at least 2, got 0"),
        ((4, 8), r"the finest cell \(8\) is larger than the coarsest \(4\)"),
        ((8, 4, -1), "cannot be negative, got -1"),
    ],
)
def test_refinements_that_cannot_be_are_refused(arguments: tuple[int, ...], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Refinement(*arguments)
