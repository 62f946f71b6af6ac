"""The fitted slow manifold: what it must agree with, and what has none."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from edgestab.numerics.printers import reference
from edgestab.numerics.programs.program import program_of
from edgestab.numerics.rigorous.slow_manifold import Curve, fit, two_cycle
from edgestab.theory.drift import EPS, B, NoDriftForm, X, drift_form
from edgestab.theory.invariant_curve import invariant_curve
from tests.models_under_test import cached

QUARTIC = drift_form(cached("quartic"))
SOFT = drift_form(cached("product:p**2/2-p**4/12"))
SKEW = drift_form(cached("product:p**2/2-p**3/15-p**4/12"))


def test_a_curve_is_the_polynomial_it_says() -> None:
    third = Fraction(1, 3)
    curve = Curve((Fraction(-1, 2), third), ((Fraction(1), Fraction(2)), (Fraction(0), Fraction(-5), third)))
    assert sp.expand(curve.limit - (-sp.Rational(1, 2) + EPS / 3)) == 0
    assert sp.expand(curve.correction(B) - (1 + 2 * B + EPS * (-5 * B + B**2 / 3))) == 0


@pytest.mark.parametrize("form", [QUARTIC, SOFT], ids=["quartic", "soft"])
def test_the_leading_coefficients(form) -> None:
    """X = c eps + Y b^2 + ...: Y is that of the frozen 2-cycles, and the gap -c is 1/2 for the quartic (R2)."""
    slope, c0 = form.leading
    assert slope == float(sp.limit(form.frozen.closed_form, B, 0))
    series = invariant_curve(EPS * form.drift, form.multiplier, X, B, EPS, 1).coefficients
    assert c0 == float(series[1, 0]) < 0
    assert form is not QUARTIC or c0 == -1 / 2


@pytest.mark.parametrize("form", [QUARTIC, SOFT], ids=["quartic", "soft"])
@pytest.mark.parametrize("x", [0.01, 0.1, 0.3])
def test_two_cycles_are_those_in_closed_form(form, x: float) -> None:
    found = two_cycle(form, x, 0.0)
    assert found is not None
    assert found[0] < 0 < found[1]
    for b in found:
        (f,) = reference.evaluate(program_of([form.frozen.closed_form], [B]), [b])
        assert b * b * f == pytest.approx(x, abs=1e-7)


@pytest.mark.parametrize("x", [0.7, 2.0, -0.1])
def test_no_two_cycle_is_claimed_where_none_attracts(x: float) -> None:
    """Below the edge b tends to 0; above x = 0.53 the 2-cycle is unstable."""
    found = two_cycle(QUARTIC, x, 0.0)
    assert found is None or abs(found[1]) < 1e-4  # an approach to 0 is no cycle of any size


@pytest.mark.parametrize("form", [QUARTIC, SOFT], ids=["quartic", "soft"])
def test_one_step_nearly_carries_the_curve_into_itself(form) -> None:
    """Theta on the curve is much smaller than its terms, for all eps of the range, and so is x' - X(b')."""
    top, high = 0.2, 0.01
    curve = fit(form, (0.0, high), top, degree=10, order=2)
    low, up = two_cycle(form, top, high)
    centre = program_of([EPS * curve.limit + B**2 * (form.frozen.closed_form + EPS * curve.correction(B))], [B, EPS])
    step = program_of([X - EPS * B**2 * form.drift, form.multiplier * B, B**2 * form.drift], [X, B, EPS])
    b, e = (g.ravel() for g in np.meshgrid(np.linspace(low, up, 61), np.array([0.1, 0.3, 0.7, 1.0]) * high))
    x = reference.evaluate(centre, [b, e])[0]
    x1, b1, moved = reference.evaluate(step, [x, b, e])
    missed = (x1 - reference.evaluate(centre, [b1, e])[0]) / e
    assert np.abs(missed).max() < 0.02 * np.abs(moved).max()


def test_the_limit_of_the_fit_is_the_sharp_constant() -> None:
    """c(eps) = X(0, eps)/eps, whose expansion is known."""
    curve = fit(QUARTIC, (0.0, 0.0025), 0.05, degree=10, order=2)
    series = invariant_curve(EPS * QUARTIC.drift, QUARTIC.multiplier, X, B, EPS, 3).limit(3)
    for e in (0.0005, 0.001, 0.0025):
        expected = sum(float(c) * e**k for k, c in enumerate(series))
        fitted = sum(float(c) * e**k for k, c in enumerate(curve.c))
        assert fitted == pytest.approx(expected, abs=1e-4)


def test_coefficients_have_few_digits() -> None:
    curve = fit(SKEW, (0.01, 0.01), 0.05, degree=6, order=0)
    for c in (*curve.c, *(v for row in curve.q for v in row)):
        assert Fraction(f"{float(c):.12g}") == c


def test_a_fit_without_a_frozen_curve_follows_the_manifold_too() -> None:
    eps, top = 0.01, 0.1
    curve = fit(SKEW, (eps, eps), top, degree=10, order=0)
    b = np.linspace(*two_cycle(SKEW, top, eps), 41)
    centre = program_of([EPS * curve.limit + B**2 * EPS * curve.correction(B)], [B, EPS])
    step = program_of([X - EPS * B**2 * SKEW.drift, SKEW.multiplier * B], [X, B, EPS])
    x = reference.evaluate(centre, [b, eps])[0]
    x1, b1 = reference.evaluate(step, [x, b, eps])
    assert np.abs(x1 - reference.evaluate(centre, [b1, eps])[0]).max() < 1e-3 * top


def test_losses_without_an_attracting_manifold_are_refused() -> None:
    with pytest.raises(NoDriftForm, match="no slow manifold"):
        _ = drift_form(cached("degree-2")).leading
    with pytest.raises(NoDriftForm, match="alpha = "):
        _ = drift_form(cached("product:p**2/2+p**4/12")).leading  # it stiffens: the 2-cycles lie below the edge
    with pytest.raises(NoDriftForm, match="no attracting 2-cycle"):
        fit(QUARTIC, (0.0, 0.01), 0.8)
