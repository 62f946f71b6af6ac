"""The formal invariant curve and its constants: known values, and invariance under one step, exactly."""

from __future__ import annotations

import flint
import pytest
import sympy as sp

from edgestab.theory.claims.zhu2023.results import SHARP, sharp_constant_expression
from edgestab.theory.invariant_curve import InvariantCurve, invariant_curve, sharp_constant
from edgestab.theory.models.product import P, drift_and_multiplier
from edgestab.theory.series import Series, Space, evaluate
from edgestab.theory.symbols import ETA, symbols

x, b, eps = symbols("x b eps")
R = sp.Rational

QUARTIC = (1 - P**2) ** 2 / 4


def curve_of(outer: sp.Expr, d0: sp.Expr, order: int) -> tuple[InvariantCurve, sp.Expr, sp.Expr]:
    drift, multiplier = drift_and_multiplier(sp.diff(outer, P), d0, x, b, eps)
    return invariant_curve(drift, multiplier, x, b, eps, order), drift, multiplier


def test_the_constants_of_the_quartic():
    curve, _, _ = curve_of(QUARTIC, sp.S(1), 3)
    assert sharp_constant(curve, 3) == [R(1, 2), R(-129, 32), R(2483, 128)]


def test_six_coefficients_are_those_of_the_catalogue():
    curve, _, _ = curve_of(QUARTIC, sp.S(1), 6)
    assert sharp_constant(curve, 6) == list(SHARP[:6])
    assert sp.expand(sharp_constant_expression(2) - (R(1, 2) - R(129, 32) * ETA**2)) == 0


def test_more_orders_leave_the_lower_ones_alone():
    low, high = (curve_of(QUARTIC, sp.S(1), n)[0] for n in (2, 4))
    assert high.limit(4)[:2] == low.limit(2)
    assert {m: c for m, c in high.coefficients.items() if 2 * m[0] + m[1] <= 4} == low.coefficients


@pytest.mark.parametrize(
    ("outer", "d0"),
    [
        (QUARTIC, sp.S(1)),
        (QUARTIC, sp.S(-1)),
        (P**2 / 2 - P**4 / 12, sp.S(0)),
        (P**2 / 2 - P**3 / 15 - P**4 / 12, sp.S(0)),
        ((1 - P**3) ** 2 / 2, sp.S(1)),
    ],
)
@pytest.mark.parametrize("order", [2, 3])
def test_the_curve_is_invariant_under_one_step(outer, d0, order):
    """X(b') = x' on x = X(b) in every term of weight 2 order + 1 or less in x' - X(b'), times nothing."""
    curve, drift, multiplier = curve_of(outer, d0, order)
    space = Space((eps, b), (2, 1), 2 * order)
    e, s = space.generator(eps), space.generator(b)

    def at(where: Series) -> Series:
        total = space.constant(0)
        for (i, j), c in curve.coefficients.items():
            total = total + e.power(sp.Integer(i)) * where.power(sp.Integer(j)) * space.constant(c)
        return total

    values = {x: at(s), b: s, eps: e}
    new_x = values[x] - s * s * evaluate(drift, values, space)
    new_b = s * evaluate(multiplier, values, space)
    assert (new_x - at(new_b)).terms() == {}
    # and the test can fail: any coefficient changed leaves a defect in the two-step map of weight + 2
    assert len(curve.coefficients) >= 2 * order - 1


def test_a_changed_coefficient_is_not_invariant():
    """The terms checked above determine the curve: the invariance fails once a coefficient is changed."""
    curve, drift, multiplier = curve_of(QUARTIC, sp.S(1), 3)
    space = Space((eps, b), (2, 1), 6)
    e, s = space.generator(eps), space.generator(b)

    def defect(coefficients: dict[tuple[int, int], sp.Rational]) -> dict[tuple[int, ...], flint.fmpq]:
        def at(where: Series) -> Series:
            total = space.constant(0)
            for (i, j), c in coefficients.items():
                total = total + e.power(sp.Integer(i)) * where.power(sp.Integer(j)) * space.constant(c)
            return total

        values = {x: at(s), b: s, eps: e}
        new_x = values[x] - s * s * evaluate(drift, values, space)
        return (new_x - at(s * evaluate(multiplier, values, space))).terms()

    assert defect(curve.coefficients) == {}
    for m in ((0, 2), (1, 0), (0, 3), (0, 4), (1, 1), (1, 2)):
        if 2 * m[0] + m[1] <= 4:
            changed = {**curve.coefficients, m: curve.coefficients.get(m, sp.S(0)) + R(1, 7)}
            assert defect(changed), m


@pytest.mark.parametrize(("k3", "k5"), [("1/6", "0"), ("1/3", "2/15"), ("1/2", "1/4"), ("2", "-1"), ("1/7", "1")])
def test_the_leading_constant_is_one_over_two_k3(k3, k5):
    outer = P**2 / 2 - R(k3) * P**4 / 4 + R(k5) * P**6 / 6
    curve, _, _ = curve_of(outer, sp.S(0), 2)
    found = sharp_constant(curve, 2)
    assert found[0] == 1 / (2 * R(k3))
    assert found[1].is_Rational


def test_the_constant_scales_with_the_loss():
    """c L with step eta / c is the same map, and multiplies sharpness by c: G(c L, eps) = c^2 G(L, c^2 eps)."""
    plain = sharp_constant(curve_of(QUARTIC, sp.S(1), 3)[0], 3)
    scaled = sharp_constant(curve_of(QUARTIC / 3, sp.S(1), 3)[0], 3)
    assert scaled == [g * R(1, 3) ** (2 * (i + 1)) for i, g in enumerate(plain)]


def test_the_two_mirror_minima_give_one_curve():
    assert sharp_constant(curve_of(QUARTIC, sp.S(-1), 3)[0], 3) == sharp_constant(curve_of(QUARTIC, sp.S(1), 3)[0], 3)


def test_degree_two_does_not_concentrate():
    with pytest.raises(ValueError, match="no cubic term"):
        curve_of((1 - P) ** 2 / 2, sp.S(1), 2)


def test_a_map_away_from_the_edge_is_refused():
    with pytest.raises(ValueError, match="multiplier is not -1"):
        invariant_curve(eps * (1 + x), R(-1, 2) + x - b**2, x, b, eps, 2)
