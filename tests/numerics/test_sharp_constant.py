"""The accuracy promise: the gap (2/eta - S)/eta from a sweep against enclosures and against the sharp series."""

from __future__ import annotations

from fractions import Fraction

import flint
import numpy as np
import pytest

from edgestab.numerics.orbits.status import Status
from edgestab.numerics.orbits.sweep import sweep
from edgestab.numerics.printers.ball import ball
from edgestab.numerics.rigorous.balls import BallMap, precision
from edgestab.numerics.rigorous.limits import limit_on_set, rigorous_sharpness
from edgestab.theory.claims.zhu2023.results import sharp_constant_expression
from tests.models_under_test import cached, eta, uncharted

QUARTIC = cached("quartic")


def starts_inside(step_size: float, count: int, seed: int = 0) -> np.ndarray:
    """Starts well inside the basin, in (x, y): half the squared sharpness 10 to 20 percent over the edge, small b."""
    generator = np.random.default_rng(seed)
    offset, b = generator.uniform(0.1, 0.2, count), generator.uniform(0.02, 0.1, count)
    values = {eta: np.full(count, step_size)}
    return uncharted(QUARTIC.best, np.array([offset / step_size**2, b]), values)


def gaps(step_size: float, starts: np.ndarray) -> np.ndarray:
    found = sweep(QUARTIC, starts, {eta: step_size})
    assert found.attrs["state"] == "v b"
    assert (found.status == Status.CONVERGED).all()
    return (2 / step_size - found.sharpness.values) / step_size


def enclosed_gap(step_size: float, start: np.ndarray) -> flint.arb:
    """The gap of the exact orbit of one start of doubles, enclosed to 1e-10."""
    orbit = BallMap(QUARTIC.own.step, {eta: Fraction(step_size)})
    exact_eta = ball(step_size)
    for count, point in enumerate(orbit.orbit(tuple(ball(float(s)) for s in start))):
        if count % 500 == 499 and (limit := limit_on_set(orbit, QUARTIC.minima[-1], point)) is not None:
            gap = (2 / exact_eta - rigorous_sharpness(QUARTIC, orbit, limit)) / exact_eta
            if float(gap.rad()) < 1e-10:
                return gap
        assert count < 200 / step_size**2, "the enclosed orbit does not converge"
    raise AssertionError


@pytest.mark.parametrize(("step_size", "count"), [(0.2, 4), (0.1, 2), (0.05, 2)])
def test_the_gap_of_a_sweep_is_the_enclosed_gap_of_the_same_start(step_size, count):
    starts = starts_inside(step_size, count)
    found = gaps(step_size, starts)
    with precision(160):
        for start, gap in zip(starts.T, found, strict=True):
            assert abs(enclosed_gap(step_size, start) - ball(float(gap))) < flint.arb("1e-9")


@pytest.mark.parametrize(("step_size", "tolerance"), [(0.05, 1e-9), (0.02, 1e-9), (0.01, 1e-7)])
def test_the_gap_of_a_sweep_is_that_of_the_sharp_series(step_size, tolerance):
    wanted = float(sharp_constant_expression().subs(eta, step_size))
    found = gaps(step_size, starts_inside(step_size, 64 if step_size > 0.01 else 16))
    assert np.abs(found - wanted).max() < tolerance


def test_the_gap_tends_to_one_half():
    found = [gaps(e, starts_inside(e, 8)).mean() for e in (0.1, 0.05, 0.025)]
    rates = [(0.5 - g) / e**2 for g, e in zip(found, (0.1, 0.05, 0.025), strict=True)]
    assert rates[-1] == pytest.approx(129 / 32, rel=0.01)
    assert abs(rates[2] - 129 / 32) < abs(rates[1] - 129 / 32) < abs(rates[0] - 129 / 32)
