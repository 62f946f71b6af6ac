"""The law of losses l(xy): the limit of the law of all manifolds, and where orbits are on their way to the end."""

import math

import pytest
import sympy as sp

from edgestab.theory.landing import flip_at
from edgestab.theory.loss import Loss
from edgestab.theory.product_landing import BESIDE_THE_EDGE, amplitude, cycles, landings
from edgestab.theory.symbols import ETA, symbols

X, Y = symbols("x y")

LOSSES = ["(1 - x**2*y**2)**2/4", "log(cosh(x*y - 1))", "(1 - x*y)**2/2 + (x*y - 1)**3/3", "(1 - x*y)**2*(2 + x*y)**2"]


@pytest.mark.parametrize("text", LOSSES)
def test_it_is_the_law_of_manifolds_far_out_on_the_minima(text: str) -> None:
    loss = Loss.parse(text, "x y")
    minima = landings(loss)
    assert minima
    for minimum in minima:
        flip = flip_at(loss, {X: X, Y: minimum.place / X})
        lam = flip.sharpness
        squared = sp.limit(sp.simplify(lam**2 / (minimum.curvature * flip.cubic)), X, sp.oo)  # of xy - d0, over a^2
        assert sp.simplify(squared - amplitude(minimum)) == 0
        assert sp.simplify(sp.limit(sp.simplify(flip.gap * lam / 2), X, sp.oo) - minimum.constant) == 0


@pytest.mark.parametrize("text", LOSSES)
def test_orbits_come_down_where_it_vanishes_and_end_at_its_constant(text: str) -> None:
    loss = Loss.parse(text, "x y")
    minimum = landings(loss)[-1]
    h, d0 = float(minimum.curvature), float(minimum.place)
    eta = 0.02 * 2 / h
    slope = sp.lambdify((X, Y), loss.gradient, "math")
    vanishes = cycles(minimum, X, Y)
    u = math.sqrt(1.04 * 2 / (h * eta))
    x, y = u, (d0 + 0.05) / u
    beyond = float(BESIDE_THE_EDGE)
    while beyond > 0.04:  # from 0.08
        gx, gy = slope(x, y)
        x, y = x - eta * gx, y - eta * gy
        beyond = eta * h * math.sqrt((x * x - y * y) ** 2 + 4 * d0**2) - 2
    left = float(vanishes.subs({X: x, Y: y, ETA: eta}))
    assert abs(left) < 0.3 * (x * y - d0) ** 2
    assert (x * y - d0) ** 2 == pytest.approx(float(amplitude(minimum)) * beyond, rel=0.3)
    for _ in range(200_000):
        gx, gy = slope(x, y)
        x, y = x - eta * gx, y - eta * gy
    end = h * (x * x + y * y)
    assert (2 / eta - end) / eta == pytest.approx(float(minimum.constant), rel=0.1)


def test_what_orbits_do_not_land_beside_is_left_out() -> None:
    assert landings(Loss.parse("(1 - x*y)**2/2", "x y")) == ()  # alpha = 0
    assert landings(Loss.parse("x**2*y**2/2 + x**4*y**4", "x y")) == ()  # alpha < 0
    assert landings(Loss.parse("(1 - x*y**2)**2/2", "x y")) == ()  # no function of xy
    assert landings(Loss.parse("(1 - x*y*z)**2/2", "x y z")) == ()


def test_far_beyond_the_edge_nothing_is_said() -> None:
    (minimum,) = landings(Loss.parse("log(cosh(x*y - 1))", "x y"))
    law = cycles(minimum, X, Y)
    assert law.subs({X: 2, Y: sp.S.Half, ETA: sp.S(1) / 2}).is_finite
    assert law.subs({X: 3, Y: sp.Rational(1, 3), ETA: 1}) is sp.nan
