"""Attracting cycles are enclosed where the multipliers are double, and no frame of eigenvectors exists."""

from __future__ import annotations

import itertools
from fractions import Fraction

import flint
import numpy as np
import pytest
import sympy as sp

from edgestab.numerics.rigorous.balls import BallMap, precision
from edgestab.numerics.rigorous.limits import attracting_cycle
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import symbols

u, v, a = symbols("u v a")


@pytest.mark.parametrize("multiplier", [Fraction(-8, 27), Fraction(1, 2), Fraction(-9, 10)])
def test_a_fixed_point_with_a_double_multiplier(multiplier: Fraction) -> None:
    m = sp.Rational(multiplier.numerator, multiplier.denominator)
    step = StepMap("Jordan block", (u, v), (m * u + v + u**3 / 10, m * v), (a,))
    with precision(128):
        near = tuple(flint.arb(x) for x in ("1e-12", "-1e-12"))
        found = attracting_cycle(BallMap(step, {a: Fraction(1)}), near, 1)
    assert found is not None
    assert all(x.contains(0) for x in found.boxes[0])


def test_the_three_cycle_of_the_heavy_ball() -> None:
    """Of Lessard, Recht and Packard (SIAM J. Optim. 26, 2016): its two multipliers are -8/27."""
    x, before = symbols("x before")
    slope = 25 * x - 24 * sp.Max(0, x - 1) + 24 * sp.Max(0, x - 2)
    step = StepMap("heavy ball", (x, before), (x - slope / 9 + sp.Rational(4, 9) * (x - before), x), (a,))
    with precision(128):
        orbit = BallMap(step, {a: Fraction(1)})
        states = orbit.orbit((flint.arb("3.2"), flint.arb("3.2")))
        state = next(itertools.islice(states, 120, None))
        found = attracting_cycle(orbit, state, 3)
    assert found is not None
    middles = sorted(float(box[0].mid()) for box in found.boxes)
    assert np.allclose(middles, [-1.8024489796, 0.6465306122, 2.1159183673], atol=1e-9)


def test_multipliers_too_near_the_circle_are_left_open() -> None:
    step = StepMap(
        "nearly a shear", (u, v), ((1 - sp.Rational(1, 10**9)) * u + v, (1 - sp.Rational(1, 10**9)) * v), (a,)
    )
    with precision(128):
        assert attracting_cycle(BallMap(step, {a: Fraction(1)}), (flint.arb("1e-9"), flint.arb(0)), 1) is None
