"""The landing of gradient descent, in closed form."""

from __future__ import annotations

import pytest
import sympy as sp

from edgestab.errors import InputError
from edgestab.theory.claims.edgestab2026.landing_next import third
from edgestab.theory.landing import ProductMinimum, flip_at, outer_of, product_minimum
from edgestab.theory.landing_losses import LOSSES as LOSSES_IN_USE
from edgestab.theory.loss import Loss
from edgestab.theory.models.product import P
from edgestab.theory.symbols import symbols

X, Y, Z, N = symbols("x y z N")

LOSSES = [
    ((1 - P**2) ** 2 / 4, 1, sp.Rational(1, 2)),
    ((1 - P) ** 2 / 2 + (P - 1) ** 3 / 3, 1, sp.Rational(1, 4)),
    (sp.log(sp.cosh(P - 2)), 2, sp.Rational(3, 2)),
    (1 - sp.cos(P - 1), 1, sp.S(3)),
    (sp.sqrt(1 + (P + 1) ** 2), -1, sp.S.One),
    (sp.exp(P) - P, 0, sp.Rational(3, 2)),
    (sp.log(1 + sp.exp(P)) - P / 2, 0, sp.Rational(3, 8)),
    (sp.tanh(P) ** 2 / 2, 0, sp.Rational(3, 8)),
]


@pytest.mark.parametrize(("outer", "place", "constant"), LOSSES)
def test_the_constant_and_the_first_two_terms(outer: sp.Expr, place: int, constant: sp.Expr) -> None:
    minimum = ProductMinimum(outer, sp.Integer(place))
    assert minimum.constant == constant
    assert minimum.series(2) == [constant, -third(outer, sp.Integer(place))]


@pytest.mark.parametrize(("outer", "place", "constant"), LOSSES)
def test_the_law_on_manifolds_has_the_constant_of_l_of_xy(outer: sp.Expr, place: int, constant: sp.Expr) -> None:
    if place == 0:
        pytest.skip("xy = 0 is not a curve on which x is a coordinate everywhere")
    flip = flip_at(Loss((X, Y), outer.subs(P, X * Y)), {X: X, Y: place / X})
    # x is large and 2/eta = h x^2 at the edge, so that eta x^2 = 2/h and the gap over eta tends to the constant.
    h = sp.diff(outer, P, 2).subs(P, place)
    assert sp.limit(flip.gap * h * X**2 / 2, X, sp.oo) == constant


@pytest.mark.parametrize("name", LOSSES_IN_USE)
def test_the_table_has_the_coefficients_of_the_invariant_curve(name: str) -> None:
    """The stated ones are those of the formula; these come from the formal curve to all orders, where it is rational."""
    loss = LOSSES_IN_USE[name]
    assert loss.minimum.constant == loss.constant
    if loss.minimum.place.is_Rational:
        assert loss.minimum.series(2) == [loss.constant, loss.next_of_example]
    else:
        assert third(loss.minimum.outer, loss.minimum.place).equals(-loss.next_of_example)


@pytest.mark.parametrize("text", ["(1 - x**2*y**2)**2/4", "exp(x*y - 1) - x*y", "3*(x*y - 1)**2/2 + (x*y - 1)**3"])
@pytest.mark.parametrize("place", [sp.Rational(3, 2), sp.Integer(4)])
def test_the_cubic_number_of_l_of_xy(text: str, place: sp.Rational) -> None:
    """As edgestab2026.product-stability has it, from the derivatives of L itself."""
    loss = Loss.parse(text, "x y")
    minimum = product_minimum(loss, sp.S.One)
    flip = flip_at(loss, {X: place, Y: 1 / place})
    h, l3 = minimum.derivative(2), minimum.derivative(3)
    square = place**2 + 1 / place**2
    assert sp.simplify(flip.cubic - square**2 * minimum.alpha / (3 * h) - 8 * l3 - 32 * h / square**2) == 0
    assert sp.simplify(flip.pull - 4 * h**2 * (square - 4 / square)) == 0


def test_the_flip_of_a_loss_of_three_parameters() -> None:
    """Its normal form, from a rotation of the coordinates: along u the loss is a polynomial in one variable."""
    loss = Loss.parse("(x*y*z - 1)**2/2", "x y z")
    at = {X: sp.Integer(2), Y: sp.Integer(1), Z: sp.Rational(1, 2)}
    flip = flip_at(loss, at)
    gradient = sp.Matrix([Y * Z, X * Z, X * Y]).subs(at)
    assert flip.sharpness == (gradient.T * gradient)[0, 0]
    u = gradient / sp.sqrt(flip.sharpness)
    line = loss.expression.subs({s: at[s] + N * w for s, w in zip((X, Y, Z), u, strict=True)}, simultaneous=True)
    third_, fourth = (sp.diff(line, N, k).subs(N, 0) for k in (3, 4))
    assert sp.simplify(flip.cubic - (third_**2 / flip.sharpness - fourth / 3)) == 0
    top = sp.diff(loss.hessian, X), sp.diff(loss.hessian, Y), sp.diff(loss.hessian, Z)
    slope = sp.Matrix([(u.T * t.subs(at) * u)[0, 0] for t in top])
    along = slope - u * (u.T * slope)[0, 0]
    assert sp.simplify(flip.pull - (along.T * along)[0, 0]) == 0


def test_the_amplitude_is_that_of_the_two_cycle() -> None:
    loss = Loss.parse("x**2/2 + x**3 - x**4/10", "x")
    flip, eta = flip_at(loss, {X: sp.S.Zero}), sp.Rational(2001, 1000)
    step = X - eta * loss.gradient[0]
    twice = sp.Poly(sp.cancel((step.subs(X, step) - X) / (step - X)), X)
    away = sorted(abs(float(r)) for r in twice.nroots(n=30) if abs(sp.im(r)) < 1e-20)[:2]
    assert (sum(away) / 2) ** 2 == pytest.approx(float(flip.amplitude(eta)), rel=0.05)


@pytest.mark.parametrize(
    ("text", "at", "says"),
    [
        ("x**2 + y**2", None, "no function l"),
        ("exp(x*y) - x*y", None, "say where it is"),
        ("exp(x*y) - x*y", 1, "no non-degenerate minimum"),
        ("(x*y)**4", 0, "no non-degenerate minimum"),
    ],
)
def test_minima_that_are_none(text: str, at: int | None, says: str) -> None:
    with pytest.raises(InputError, match=says):
        product_minimum(Loss.parse(text, "x y"), None if at is None else sp.Integer(at))


def test_where_nothing_lands() -> None:
    with pytest.raises(InputError, match="alpha = 3"):
        _ = ProductMinimum(sp.cosh(P - 1), sp.S.One).constant
    with pytest.raises(InputError, match="rational"):
        ProductMinimum(sp.log(1 + sp.exp(P)) - P / 3, -sp.log(2)).series(1)


def test_the_hessian_must_have_rank_one_at_a_minimum() -> None:
    with pytest.raises(InputError, match="rank"):
        flip_at(Loss.parse("x**2 + 2*y**2", "x y"), {X: sp.S.Zero, Y: sp.S.Zero})
    with pytest.raises(InputError, match="gradient"):
        flip_at(Loss.parse("x**2 + y", "x y"), {X: sp.S.Zero, Y: sp.S.Zero})


def test_a_loss_of_the_product_is_recognised() -> None:
    assert outer_of(Loss.parse("log(1 + exp(x*y)) - x*y/3", "x y")) is not None
    assert outer_of(Loss.parse("(x*y**2 - 1)**2", "x y")) is None
    assert outer_of(Loss.parse("x**2", "x")) is None
