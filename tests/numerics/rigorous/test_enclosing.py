"""Functions enclosed by a polynomial and bounds, against values and derivatives of fifty digits; the remainder itself."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from fractions import Fraction

import flint
import mpmath
import numpy as np
import pytest
import sympy as sp

from edgestab.errors import InputError
from edgestab.numerics.intervals.tape import evaluate as intervals
from edgestab.numerics.printers import ball as balls
from edgestab.numerics.printers import reference
from edgestab.numerics.printers.ball import ball
from edgestab.numerics.printers.series import Series
from edgestab.numerics.programs.derivative import derivative
from edgestab.numerics.programs.program import program_of
from edgestab.numerics.rigorous.enclosing import above, enclosed_ratio, enclosed_rise
from edgestab.numerics.rigorous.expansions import (
    TERMS,
    Cell,
    NotEnclosed,
    Point,
    Slope,
    cells_of,
    expansions,
    largest_derivatives,
    quotients,
)
from edgestab.theory.drift import ProductForm, drift_form
from edgestab.theory.loss import Loss
from edgestab.theory.models.of_loss import model_of_loss
from edgestab.theory.models.product import P
from edgestab.theory.remainder import Enclosed, Remainder
from edgestab.theory.symbols import symbol

F = Fraction
TEXTS = {
    "log cosh": "log(cosh(x*y - 1))",
    "label 1/3": "log(1 + exp(x*y - 1)/2) - (x*y - 1)/3",
    "Poisson": "exp(x*y - 1) - x*y",
    "Cauchy": "log(1 + (x*y - 1)**2)",
    "cosine": "-cos(x*y - 1)",
}
DOMAIN, WIDE = (F(-3, 8), F(5, 16)), (F(-7, 16), F(3, 8))


@functools.cache
def form_of(name: str) -> ProductForm:
    return drift_form(model_of_loss(Loss.parse(TEXTS[name], "x y")))


@functools.cache
def both(name: str) -> tuple[Enclosed, Enclosed]:
    """The ratio and the rise."""
    ratio = enclosed_ratio(form_of(name), WIDE)
    return ratio, enclosed_rise(form_of(name), ratio, DOMAIN)


@functools.cache
def exactly(name: str) -> tuple[Callable, Callable]:
    """The ratio and the rise by their definitions, in mpmath."""
    form = form_of(name)
    slope = sp.lambdify(P, sp.diff(form.loss, P), "mpmath")
    h = mpmath.mpf(int(form.curvature.p)) / int(form.curvature.q)

    def force(b: mpmath.mpf) -> mpmath.mpf:
        return slope(1 + b)

    def rise(b: mpmath.mpf) -> mpmath.mpf:
        image = mpmath.findroot(lambda y: force(y) + force(b), -b)
        return (h / 2 * (b - image) / force(b) - 1) / b**2

    return lambda b: force(b) / b, rise


def at(known: Enclosed, b: mpmath.mpf, k: int) -> mpmath.mpf:
    """The k-th derivative of the polynomial."""
    coefficients = [mpmath.mpf(c.numerator) / c.denominator for c in known.polynomial]
    return sum(c * math.perm(n, k) * b ** (n - k) for n, c in enumerate(coefficients) if n >= k)


@pytest.mark.parametrize("name", TEXTS)
def test_values_and_derivatives_lie_inside(name: str) -> None:
    g = np.random.default_rng(3)
    with mpmath.workdps(90):
        for known, f in zip(both(name), exactly(name), strict=True):
            low, high = map(float, known.domain)
            for place in (low, high, -1e-5, *g.uniform(low, high, 5)):
                b = mpmath.mpf(float(place))
                # far above the error of f, whose quotient by b**2 cancels, and far below every bound
                slopes = mpmath.taylor(f, b, len(known.bounds) - 1, h=mpmath.mpf("1e-16"))
                for k, bound in enumerate(known.bounds):
                    off = abs(slopes[k] * math.factorial(k) - at(known, b, k))
                    assert off <= float(bound)
        assert known.bounds[0] < F(1, 10**9)


@pytest.mark.parametrize("name", TEXTS)
def test_bounds_are_not_far_above_what_they_bound(name: str) -> None:
    """A bound that is out by a factorial is seen: at some point a twentieth of it is reached."""
    with mpmath.workdps(90):
        known, f = both(name)[0], exactly(name)[0]
        for k in (0, 1):
            offs = []
            for place in np.linspace(*map(float, known.domain), 64):
                b = mpmath.mpf(float(place))
                offs.append(abs(mpmath.diff(f, b, k, h=mpmath.mpf("1e-16")) - at(known, b, k)))
            assert float(known.bounds[k]) / 20 < max(offs) <= float(known.bounds[k]) / 1.5


# The bound of a quotient ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("far", [False, True])
def test_the_quotient_of_a_function_by_a_power(order: int, far: bool) -> None:
    """g = b^n exp(b): the derivatives of exp(b) near 0 are below the bounds, and these are hardly larger."""
    with expansions():
        near, beyond, width = cells_of((F(-1, 2), F(1, 2)), Slope.of(form_of("Poisson")))

        def g(at: Point) -> Series:
            power = at.b
            for _ in range(order - 1):
                power = power * at.b
            return power * at.b.exp()

        found = quotients(g, near, beyond if far else [], order, 3)
        assert width == F(1, 16)
        most = (1 / 2 if far else 1 / 16) + 1e-9
        for size in found:
            assert float(size) >= math.exp(most - 1e-9)
            if not far:  # a mean over [0, b] of derivatives of g, each at most exp(b) (1 + c b + ...)
                assert float(size) < 1.6


@pytest.mark.parametrize("order", [1, 2, 3])
def test_far_from_zero_the_power_is_differentiated(order: int) -> None:
    """Of the constant 1 the quotients are b^-n."""
    with expansions():
        far = cells_of((F(-1, 2), F(1, 2)), Slope.of(form_of("Poisson")))[1]
        found = quotients(lambda at: 0 * at.b + 1, [], far, order, 3)
    b = symbol("b")
    slopes = [abs(float(sp.diff(b**-order, b, k).subs(b, sp.Rational(1, 16)))) for k in range(4)]
    assert [float(size) for size in found] == pytest.approx(slopes, rel=1e-6)


def test_largest_derivatives_are_those_of_the_whole_cell() -> None:
    with expansions():
        cells = cells_of((F(-1, 2), F(1, 2)), Slope.of(form_of("Poisson")))[1]
        found = largest_derivatives(lambda at: at.b.exp(), cells, 3)
    assert all(math.exp(0.5) <= float(size) < math.exp(0.5) + 1e-6 for size in found)


def test_the_rest_of_taylors_series_is_counted() -> None:
    """1/(1 - b/2) on one cell from 0 to 1: the terms left out are as large as the last."""
    with expansions():
        points = (Point.of(b, Slope.of(form_of("Poisson")), False) for b in (flint.arb("0.5"), flint.arb("0.5", "0.5")))
        found = largest_derivatives(lambda at: 1 / (1 - at.b / 2), [Cell(flint.arb("0.5"), *points)], 2)
        assert all(size >= math.factorial(k) * flint.arb(2) for k, size in enumerate(found))
        assert found[0] < flint.arb("2.1")


def test_a_bound_is_above_what_was_found() -> None:
    g = np.random.default_rng(0)
    for size in (*10.0 ** g.uniform(-30, 5, 300), 0.0):
        found = flint.arb(float(size))
        assert above(found) >= F(1.98) * F(float(size))  # the slack is for other cells
        assert above(found) <= max(F(2.02) * F(float(size)), F(3, 10**300))


# The image on a 2-cycle -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("middle", ["-1/4", "0", "1/5"])
@pytest.mark.parametrize("radius", ["0", "1/200"])
def test_the_image_as_a_series(middle: str, radius: str) -> None:
    """For exp(p - 1) - p it is ln(2 - exp(b))."""
    with expansions():
        b = ball(F(middle)) + ball(F(radius)) * flint.arb(0, 1)
        found = Slope.of(form_of("Poisson")).image(Series([b, 1]))
        known = (2 - Series([b, 1]).exp()).log()
        for n in range(TERMS + 1):
            assert found[n].overlaps(known[n])
            assert float(found[n].rad()) < 1e-40 or radius != "0"
        inside = (2 - Series([ball(F(middle) + F(radius) * 3 / 4), 1]).exp()).log()
        assert all(found[n].contains(inside[n]) for n in range(TERMS + 1))


def test_where_there_is_no_other_point_none_is_found() -> None:
    with expansions():
        slope = Slope.of(form_of("Poisson"))
        slope.image_of(ball(F(1, 2)))
        for b in (F(7, 10), F(1), F(2)):  # exp(b) >= 2
            with pytest.raises(NotEnclosed, match="2-cycles"):
                slope.image_of(ball(b))


def test_a_root_that_newton_misses_is_no_image() -> None:
    """What is returned is where l' takes the value, by its signs on both sides, wherever the iteration ended."""
    with expansions():
        slope = Slope.of(form_of("Poisson"))
        steeper = Slope(slope.loss, slope.first, program_of([10**9 * sp.exp(symbol("b"))], [symbol("b")]))
        with pytest.raises(NotEnclosed, match="2-cycles"):
            steeper.image_of(ball(F(1, 4)))


def test_the_image_is_the_one_beside_the_minimum(monkeypatch: pytest.MonkeyPatch) -> None:
    """-cos(p - 1) has minima 2 pi apart: the slope at -b + 2 pi is that at -b."""
    form, true = form_of("cosine"), Slope.image_of
    ratio = both("cosine")[0]
    outer = [ball(end) for end in DOMAIN]
    monkeypatch.setattr(Slope, "image_of", lambda self, b: true(self, b) + 2 * flint.arb.pi() * (b not in outer))
    with pytest.raises(NotEnclosed, match="between the points"):
        enclosed_rise(form, ratio, DOMAIN)


# Where a loss is not smooth ---------------------------------------------------------------------------------------------


def test_a_loss_is_not_enclosed_where_it_is_not_defined() -> None:
    """log(p - 3) is not defined about p = 1, though 1/(p - 3) is."""
    undefined = -sp.log(P - 3) - P / 2
    form = ProductForm(undefined, sp.S.One, sp.diff(undefined, P).subs(P, 1 + symbol("b")) / symbol("b"), None)
    with pytest.raises(NotEnclosed, match="not known to be defined"):
        enclosed_ratio(form, DOMAIN)


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("x*y/2 - sqrt(x*y)", (F(-5, 4), F(1, 4))),
        ("x*y - log(x*y)", (F(-5, 4), F(1, 4))),
        ("tan(x*y - 1)**2/2", (F(-2), F(1))),
    ],
)
def test_a_loss_is_not_enclosed_beyond_where_it_is_smooth(text: str, domain: tuple[Fraction, Fraction]) -> None:
    loss = Loss.parse(text, "x y")
    outer = loss.expression.subs(dict(zip(loss.parameters, (P, 1), strict=True)))
    form = ProductForm(outer, sp.S.One, sp.diff(outer, P).subs(P, 1 + symbol("b")) / symbol("b"), None)
    with pytest.raises(NotEnclosed):
        enclosed_ratio(form, domain)


def test_the_rise_needs_convexity() -> None:
    form = form_of("Cauchy")  # l'' > 0 for |b| < 1
    ratio = enclosed_ratio(form, (F(-5, 4), F(5, 4)))
    with pytest.raises(NotEnclosed):
        enclosed_rise(form, ratio, (F(-9, 8), F(9, 8)))


# The remainder as an operation ------------------------------------------------------------------------------------------

B, Z = symbol("b"), symbol("z")
HALF = sp.Rational(1, 2)
U = Remainder(B, 1, -1, 1, HALF, HALF, HALF)
W = Remainder(B, 2, -1, 1, HALF, HALF, HALF)


def over(e: sp.Expr, low: float, high: float) -> tuple[float, float]:
    """Enclose an expression over an interval of b."""
    below, up = intervals(program_of([e], [B]), [[low]], [[high]])
    return float(below[0, 0]), float(up[0, 0])


def test_a_remainder_in_intervals() -> None:
    assert over(U, -0.5, 1.0) == (-0.5, 0.5)
    assert over(U, -1.0, 1.0) == (-0.5, 0.5)
    for low, high in ((-1.0, np.nextafter(1.0, 2)), (np.nextafter(-1.0, -2), 0.0), (3.0, 4.0), (-np.inf, 0.0)):
        assert over(U, low, high) == (-np.inf, np.inf)
    assert over(U, np.nan, 0.5) == (-np.inf, np.inf)
    third = Remainder(B, 1, -1, 1, sp.Rational(1, 3))
    assert over(third, 0.0, 0.5)[1] >= F(1, 3) > F(np.nextafter(1 / 3, 0))


@pytest.mark.parametrize(
    "product", [U * W, U * U.diff(B), U.diff(B) * U.diff(B, 2), U * U.xreplace({B: -B}), W.diff(B) * U]
)
def test_different_functions_are_not_multiplied_as_a_square(product: sp.Expr) -> None:
    """A function, another, its derivative and its value elsewhere may all be of one size: the product has any sign."""
    low, high = over(product, 0.1, 0.2)
    assert low <= -0.25
    assert high >= 0.25


def test_a_function_times_itself_is_a_square() -> None:
    assert over(U * U, 0.1, 0.2) == pytest.approx((0.0, 0.25), abs=1e-15)


def test_two_functions_are_two_instructions() -> None:
    assert program_of([U - W], [B]).operations == 3
    assert program_of([U - U.xreplace({B: 2 * B})], [B]).operations == 4


@pytest.mark.parametrize("bits", [53, 128])
def test_a_remainder_in_balls(bits: int) -> None:
    program = program_of([Remainder(B, 1, -1, 1, sp.Rational(1, 3))], [B])
    old = flint.ctx.prec
    flint.ctx.prec = bits
    try:
        (value,) = balls.evaluate(program, [ball(F(1, 2))])
        assert value.contains(flint.arb(1) / 3)
        assert value.contains(flint.arb(-1) / 3)
        for b in (flint.arb(0, 1.001), flint.arb(2), flint.arb("nan"), flint.arb(1, 1e-9)):
            assert not balls.evaluate(program, [b])[0].is_finite()
    finally:
        flint.ctx.prec = old


def test_the_reference_knows_nothing_beyond_the_ends() -> None:
    (value,) = reference.evaluate(program_of([1 + U], [B]), [np.array([-2.0, -1.0, 0.3, 1.0, 1.5, np.nan])])
    np.testing.assert_array_equal(value, [np.nan, 1, 1, 1, np.nan, np.nan])


def test_derivatives_of_a_remainder() -> None:
    u = Remainder(Z * B, 1, -1, 1, HALF, sp.S(2), sp.S(3))
    program = derivative(derivative(program_of([u], [Z, B]), ["b"]), ["b"])
    low, high = intervals(program, [[0.25], [0.5]], [[0.25], [0.5]])
    sizes = np.array([0.5, 0.5, 0.5, 3 / 16])  # u, z u', z u', z^2 u''
    assert (high[:, 0] >= sizes).all()
    np.testing.assert_allclose(np.c_[low, high], np.c_[-sizes, sizes], rtol=1e-15)
    assert sp.diff(u, B, 2) == Z**2 * Remainder(Z * B, 1, -1, 1, 3)
    with pytest.raises(InputError, match="no bound of a further derivative"):
        derivative(derivative(derivative(program_of([u], [Z, B]), ["b"]), ["b"]), ["b"])


def test_the_ends_of_a_remainder_are_doubles() -> None:
    with pytest.raises(InputError, match="must be doubles"):
        over(Remainder(B, 1, sp.Rational(-1, 3), 1, HALF), 0.0, 0.5)
