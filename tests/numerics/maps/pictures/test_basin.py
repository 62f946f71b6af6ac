"""Basins against exact criteria, against orbits in ball arithmetic, and against the same pixels computed otherwise."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
import xarray as xr

from edgestab.numerics.maps.pictures import basin as basins
from edgestab.numerics.maps.pictures.basin import BasinJob, TooDeep, arithmetic_of, label
from edgestab.numerics.maps.pictures.refine import Refinement
from edgestab.numerics.maps.pictures.slices import Axis, Slice, slice_of
from edgestab.numerics.orbits.follow import Rules, follow
from edgestab.numerics.orbits.outcomes import SCHEMA
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.orbits.sweep import sweep
from edgestab.numerics.printers.ball import ball
from edgestab.numerics.rigorous.balls import BallMap, Point, at_rising_precision
from edgestab.numerics.rigorous.limits import limit_on_set
from edgestab.numerics.tiling.running import run
from edgestab.theory.models.base import Model
from edgestab.theory.symbols import symbol, symbols
from tests.jobs_under_test import basin
from tests.models_under_test import cached, eta

x, y = symbols("x y")
FIFTH = {eta: Fraction(1, 5)}
VARIABLES = ("status", "limit", "period", "steps", "sharpness")
RADIUS = Rules().radius
Fate = tuple[str, int]


def axis(name: str, low: Fraction | str, high: Fraction | str, count: int) -> Axis:
    return Axis(symbol(name), Fraction(low), Fraction(high), count)


def proved_fate(m: Model, parameters: Mapping[sp.Symbol, Fraction], start: tuple[Fraction, ...]) -> Fate:
    """The status of an exact start, and the set of minima it converges to, proved in ball arithmetic."""
    orbit = BallMap(m.own.step, parameters)

    def attempt() -> Fate:
        begin: Point = tuple(ball(v) for v in start)
        for n, point in enumerate(orbit.orbit(begin)):
            if any(abs(v) > RADIUS for v in point):
                return "DIVERGED", -1
            if n % 64 == 0:
                for number, limit_set in enumerate(m.minima):
                    if limit_on_set(orbit, limit_set, point) is not None:
                        return "CONVERGED", number
            assert n < 20_000
        raise AssertionError

    return at_rising_precision(attempt)


def found_fate(ds: xr.Dataset, row: int, column: int) -> Fate:
    return Status(int(ds["status"][row, column])).name, int(ds["limit"][row, column])


def disagreements(
    job: BasinJob, ds: xr.Dataset, parameters: Mapping[sp.Symbol, Fraction], count: int
) -> tuple[int, int]:
    """Of some random pixels, how many have another status than is proved, and how many another set of minima."""
    draw = np.random.default_rng(7)
    statuses, limits = 0, 0
    for row, column in draw.integers([job.where.rows.count, job.where.columns.count], size=(count, 2)):
        start = job.where.columns.exact(int(column)), job.where.rows.exact(int(row))
        proved, found = proved_fate(job.model, parameters, start), found_fate(ds, row, column)
        statuses += proved[0] != found[0]
        limits += proved != found
    return statuses, limits


def assert_same_pixels(found: Mapping[str, object], wanted: Mapping[str, object]) -> None:
    for name in VARIABLES:
        np.testing.assert_array_equal(np.asarray(found[name]), np.asarray(wanted[name]), name)


@functools.cache
def whole() -> xr.Dataset:
    return run(basin(384, 128))


def test_random_pixels_are_confirmed_in_ball_arithmetic() -> None:
    found = whole()
    assert disagreements(basin(384, 128), found, FIFTH, 120) == (0, 0)
    assert {"CONVERGED", "DIVERGED"} <= {Status(s).name for s in np.unique(found["status"])}
    assert set(np.unique(found["limit"])) == {-1, 0, 1}


def test_a_refined_basin_is_the_full_one_but_for_a_hundredth() -> None:
    refined = run(basin(384, 128, Refinement(16, 2, 64)))
    wrong = label(refined) != label(whole())
    assert wrong.mean() < 0.01
    computed = refined["computed"].values == 1
    for name in VARIABLES:
        np.testing.assert_array_equal(refined[name].values[computed], whole()[name].values[computed])
    assert (refined["audited"] <= 4 * 64).all()
    assert (whole()["computed"] == 1).all()
    assert refined["mislabelled"].sum() <= refined["audited"].sum()


def test_a_smooth_basin_is_refined_to_a_small_part_and_every_label_is_right() -> None:
    m = cached("degree-2")
    where = slice_of(m, axis("x", "-4", "4", 1024), axis("y", "-4", "4", 1024), {eta: Fraction(1, 2)})
    job = BasinJob(m, where, Rules(most=20_000), Refinement(16, 2, 64), 512)
    refined, full = run(job), run(replace(job, refinement=None))
    diverged = [r["status"].values == Status.DIVERGED for r in (refined, full)]
    np.testing.assert_array_equal(*diverged)
    assert refined["computed"].mean() < 0.6


@pytest.mark.parametrize("step_size", ["1/2", "3/10"])
def test_the_basin_of_degree_two_is_an_ellipse(step_size: str) -> None:
    """R5: F = x^2 + y^2 - eta x y - (4/eta - eta) keeps its sign along orbits, which diverge outside."""
    m, h = cached("degree-2"), Fraction(step_size)
    where = slice_of(m, axis("x", "-9/2", "9/2", 200), axis("y", "-4.7", "4.1", 177), {eta: h})
    found = run(BasinJob(m, where, Rules(), None, 64))
    columns = [where.columns.exact(i) for i in range(200)]
    rows = [where.rows.exact(i) for i in range(177)]
    side = np.array([[float(u * u + v * v - h * u * v - (4 / h - h)) for u in columns] for v in rows])
    clear = np.abs(side) > 1e-11
    assert clear.mean() > 0.999
    np.testing.assert_array_equal((found["status"].values == Status.DIVERGED)[clear], (side > 0)[clear])
    assert 0.2 < (side > 0).mean() < 0.9


def test_the_step_size_as_an_axis_gives_the_pictures_at_each_step_size() -> None:
    m, rules = cached("quartic"), Rules(most=20_000)
    sizes, across = axis("eta", "0.15", "0.45", 7), axis("x", "1.2", "3.4", 50)
    where = slice_of(m, across, sizes, {y: Fraction(3, 10)})
    plane = run(BasinJob(m, where, rules, None, 16))
    assert plane["status"].dims == ("eta", "x")
    for row in range(sizes.count):
        line = Axis(y, Fraction(2, 10), Fraction(4, 10), 1)
        fixed = slice_of(m, across, line, {eta: Fraction(float(sizes.exact(row)))})
        alone = run(BasinJob(m, fixed, rules, None, 64))
        assert_same_pixels(plane.isel(eta=row), alone.isel(y=0))
    assert len(np.unique(plane["status"])) > 1


def test_a_plane_of_a_start_and_the_step_size_is_confirmed_in_ball_arithmetic() -> None:
    m = cached("quartic")
    where = slice_of(m, axis("y", "0.1", "0.47", 6), axis("eta", "0.1", "0.3", 5), {x: Fraction(3)})
    found = run(BasinJob(m, where, Rules(most=20_000), None))
    for row in range(5):
        for column in range(6):
            sizes = {eta: Fraction(float(where.rows.exact(row)))}
            start = Fraction(3), Fraction(float(where.columns.exact(column)))
            assert proved_fate(m, sizes, start) == found_fate(found, row, column)


@pytest.mark.parametrize(
    ("chart", "window"), [("offset b", (("0.02", "0.3"), ("-0.4", "0.4"))), ("v b", (("-4", "6"), ("-0.4", "0.4")))]
)
def test_the_coordinates_of_a_chart_as_axes(chart: str, window: tuple[tuple[str, str], tuple[str, str]]) -> None:
    m, rules = cached("quartic"), Rules(most=20_000)
    first, second = (axis(n, *ends, 24) for n, ends in zip(chart.split(), window, strict=True))
    where = slice_of(m, first, second, FIFTH)
    found = run(BasinJob(m, where, rules, None, 10))
    assert found["status"].dims == tuple(chart.split()[::-1])
    rows, columns = (i.ravel() for i in np.indices((24, 24)))
    wanted = sweep(m, where.starts(rows, columns), {eta: 0.2}, coordinates=m.own, rules=rules)
    assert_same_pixels(found, {n: wanted[n].values.reshape(24, 24) for n in VARIABLES})
    assert (found["status"] == Status.CONVERGED).any()


def test_what_is_kept_of_a_pixel_is_described_as_in_any_sweep() -> None:
    layout = basin().layout
    for name in VARIABLES:
        assert layout.variables[name].long_name == SCHEMA[name].long_name
        assert layout.variables[name].units == SCHEMA[name].units
    assert "arithmetic" in layout.attributes
    assert not (whole()["status"] == Status.UNDECIDED).any()


def test_labels_of_all_outcomes_differ() -> None:
    status, limit, period = (v.ravel() for v in np.meshgrid(np.arange(8), np.arange(-1, 100), np.arange(65)))
    assert np.unique(label({"status": status, "limit": limit, "period": period})).size == status.size


# Deep zoom.


@functools.cache
def boundary() -> Fraction:
    """An x between which and its neighbour 1e-24 away, at y = 3/10, the proved fate changes."""
    height = Fraction(3, 10)
    low, high = Fraction(3), Fraction(34, 10)
    fate = proved_fate(cached("quartic"), FIFTH, (low, height))[0]
    assert proved_fate(cached("quartic"), FIFTH, (high, height))[0] != fate
    while high - low > Fraction(1, 10**24):
        middle = (low + high) / 2
        if proved_fate(cached("quartic"), FIFTH, (middle, height))[0] == fate:
            low = middle
        else:
            high = middle
    return low


def window(width: str, size: int) -> Slice:
    half = Fraction(width) / 2
    centre_x, centre_y = boundary(), Fraction(3, 10)
    across = Axis(x, centre_x - half, centre_x + half, size)
    along = Axis(y, centre_y - half, centre_y + half, size)
    return slice_of(cached("quartic"), across, along, FIFTH)


def test_a_deep_zoom_is_computed_in_double_double_and_agrees_with_ball_arithmetic() -> None:
    where = window("1e-20", 60)
    job = BasinJob(cached("quartic"), where, Rules(most=20_000), None)
    found = run(job)
    assert found.attrs["arithmetic"].startswith("double-double")
    statuses, limits = disagreements(job, found, FIFTH, 60)
    assert statuses == 0
    # Ball arithmetic itself has one start in 20 go to the other of the two minima when it is moved by 1e-32.
    assert limits <= 6
    # There is something to see, in float64 there would be nothing: all starts are a few doubles.
    shares = np.unique(found["status"].values, return_counts=True)[1] / found["status"].size
    assert shares.max() < 0.99
    rows, columns = (i.ravel() for i in np.indices((60, 60)))
    assert np.unique(where.starts(rows, columns), axis=1).shape[1] <= 4
    in_float64 = follow(
        job.coordinates, where.starts(rows, columns), where.parameters((eta,), rows, columns), job.rules, shared=True
    )
    assert np.unique(in_float64.status).size == 1


def test_a_refined_deep_zoom_is_the_full_one_where_it_is_computed() -> None:
    job = BasinJob(cached("quartic"), window("1e-20", 60), Rules(most=20_000), Refinement(8, 2, 16), 32)
    refined, full = run(job), run(replace(job, refinement=None))
    computed = refined["computed"].values == 1
    for name in VARIABLES:
        np.testing.assert_array_equal(refined[name].values[computed], full[name].values[computed])
    assert (label(refined) != label(full)).mean() < 0.02


def test_both_arithmetics_agree_where_both_can_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    ordinary = run(basin(64, 64))
    monkeypatch.setattr(basins, "FLOAT64_PITCH", Fraction(1))
    doubled = run(basin(64, 64))
    assert doubled.attrs["arithmetic"].startswith("double-double")
    same = label(doubled) == label(ordinary)
    assert same.mean() > 0.98
    assert (doubled["status"] == ordinary["status"]).mean() > 0.998
    both = same & (ordinary["status"].values == Status.CONVERGED)
    assert both.any()
    np.testing.assert_allclose(doubled["sharpness"].values[both], ordinary["sharpness"].values[both], rtol=1e-6)


@pytest.mark.parametrize(
    ("width", "arithmetic"), [("1e-9", "float64"), ("1e-20", "double-double"), ("1e-26", "double-double")]
)
def test_the_arithmetic_follows_the_depth(width: str, arithmetic: str) -> None:
    assert arithmetic_of(window(width, 60)) == arithmetic


def test_beyond_double_double_a_picture_is_refused() -> None:
    with pytest.raises(TooDeep, match=r"double-double arithmetic ends at .*: choose a larger window or fewer pixels"):
        BasinJob(cached("quartic"), window("1e-40", 60))


def test_an_axis_that_would_hide_a_variable_is_refused() -> None:
    status = symbol("status")
    where = Slice(
        axis("x", "1", "2", 4), Axis(status, Fraction(1), Fraction(2), 4), (x, status), ((eta, Fraction(1, 5)),)
    )
    with pytest.raises(ValueError, match="an axis cannot be called"):
        BasinJob(cached("quartic"), where)
