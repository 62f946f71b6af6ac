"""Minima that are points are told apart, counted, and the same in every tile; sets are not torn to points."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

import edgestab
from edgestab.numerics.maps.pictures.basin import basin_of
from edgestab.numerics.maps.pictures.slices import Axis, slice_of
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.orbits.told_apart import ANOTHER
from edgestab.numerics.tiling.running import run
from edgestab.theory.loss import Loss
from edgestab.theory.models.of_loss import model_of_loss


def shares(found: xr.Dataset) -> dict[str, float]:
    """The share of the pixels that converged to each named set."""
    sets = found.attrs["minima"].split("; ")
    limits = found.limit.values[found.status.values == Status.CONVERGED]
    return {n: float((limits == k).mean()) for k, n in enumerate(sets) if (limits == k).any()}


def test_four_wells_share_the_plane() -> None:
    wells = Loss.parse("(x**2 - 1)**2/4 + (y**2 - 1)**2/4", "x y")
    found = edgestab.basin(wells, x=(-2, 2), y=(-2, 2), eta=0.1, size=32)
    assert shares(found) == {f"x = {a}, y = {b}": 0.25 for a in (-1, 1) for b in (-1, 1)}
    right = found.limit.where(found.x > 0).where(found.y > 0)
    assert len(np.unique(right.values[np.isfinite(right.values)])) == 1


def test_the_boundary_is_the_maximum_whatever_the_step_size() -> None:
    tilted = Loss.parse("(x**2 - 1)**2/4 + x/10", "x")
    found = edgestab.basin(tilted, x=(-1.2, 1.2), eta=(0.05, 0.3), size=48)
    left = found.x.values < 0.1010313
    assert set(shares(found)) == {"x = -1.04668", "x = 0.945649"}
    assert np.array_equal(found.limit.values == 0, np.broadcast_to(left, found.limit.shape))


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e9])
def test_units_do_not_matter(unit: float) -> None:
    scaled = Loss.parse(f"((x/{unit})**2 - 1)**2/4 + (x/{unit})/10", "x")
    found = edgestab.basin(scaled, x=(-2 * unit, 2 * unit), eta=(0.1 * unit**2, 0.3 * unit**2), size=16)
    assert len(shares(found)) == 2
    assert ANOTHER not in shares(found)


def test_tiles_agree_on_the_names_and_a_window_that_misses_one_calls_it_another() -> None:
    model = model_of_loss(Loss.parse("cos(x) + cos(y)", "x y"))
    where = slice_of(model, Axis("x", -9, 9, 40), Axis("y", -9, 9, 40), {"eta": 0.3})
    whole = basin_of(model, where, refinement=None)
    pieces = replace(whole, tile=16)
    assert len(whole.model.minima) == 17
    assert run(whole).limit.equals(run(pieces).limit)
    corner = basin_of(model, slice_of(model, Axis("x", 1, 5, 40), Axis("y", 1, 5, 40), {"eta": 0.3}))
    assert [s.name for s in corner.model.minima] == ["x = 3.14159, y = 3.14159", ANOTHER]
    assert set(shares(run(replace(whole, model=corner.model)))) == {"x = 3.14159, y = 3.14159", ANOTHER}


def test_near_twins_get_as_many_digits_as_tell_them_apart() -> None:
    twins = Loss.parse("((x - 1)**2 - 1e-14)**2*1e14", "x")
    model = model_of_loss(twins)
    where = slice_of(model, Axis("x", 0.9999996, 1.0000004, 16), Axis("eta", 0.1, 0.2, 2), {})
    found = [s.name for s in basin_of(model, where).model.minima]
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("text", ["(1 - x*y)**2/2", "log(cosh(x*y - 1))", "(x**2 + y**2 - 1)**2/4"])
def test_sets_are_not_torn_to_points(text: str) -> None:
    found = edgestab.basin(Loss.parse(text, "x y"), x=(0.5, 1.5), y=(0.5, 1.5), eta=0.1, size=16)
    assert len(shares(found)) == 1


def test_factors_of_residuals_are_sets_of_their_own() -> None:
    both = Loss.parse("(1 - x**2)**2 + (1 - y*z)**2", "x y z")
    found = edgestab.basin(both, x=(-1.5, 1.5), y=(0.5, 1.5), z=1, eta=0.02, size=16)
    assert set(shares(found)) == {"x - 1 = 0, y*z - 1 = 0", "x + 1 = 0, y*z - 1 = 0"}


def test_residuals_that_cannot_all_vanish_have_their_least_squares_minima() -> None:
    never = Loss.parse("(x*y*z - 1)**2/2 + (x*y*z - 2)**2/2", "x y z")
    found = edgestab.basin(never, x=(0.8, 1.2), y=(0.8, 1.2), z=1, eta=0.02, size=8)
    assert (found.status.values == Status.CONVERGED).all()
    assert set(shares(found)) == {"slope 0 at x*y*z"}
