"""Divergence that is proved: along cones and by dominance, with and without momentum; and where it is not."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import mpmath
import numpy as np
import pytest
import sympy as sp

from edgestab.numerics.printers.ball import ball
from edgestab.numerics.rigorous.balls import BallMap, precision, values
from edgestab.theory.models.given import model_given
from edgestab.theory.symbols import ETA, symbol
from edgestab.verify.orbits import cone, dominance
from edgestab.verify.orbits.cone import escapes_along_a_cone
from edgestab.verify.orbits.dominance import escapes_by_dominance

BETA = symbol("beta")


def step(text: str, parameters: str, momentum: bool = False):
    rule = "heavy-ball" if momentum else "gradient-descent"
    return model_given(None, text, parameters, rule, {BETA: sp.Rational(9, 10)}).own.step


def is_proved(text: str, parameters: str, point: tuple[object, ...], eta: str = "1/10", momentum: bool = False) -> bool:
    with precision(128):
        orbit = BallMap(step(text, parameters, momentum), {ETA: Fraction(eta)})
        return escapes_along_a_cone(orbit, tuple(ball(Fraction(v)) for v in point))


def goes_on(text: str, parameters: str, point: tuple[object, ...], eta: str = "1/10", momentum: bool = False) -> bool:
    """Whether some steps in 60 digits grow without a pause."""
    rule = step(text, parameters, momentum)
    update = sp.lambdify([*rule.state, ETA], rule.closed_form(), "mpmath")
    with mpmath.workdps(60):
        z = [mpmath.mpf(Fraction(v).numerator) / Fraction(v).denominator for v in point]
        sizes = []
        for _ in range(8):
            sizes.append(max(abs(v) for v in z))
            z = update(*z, mpmath.mpf(Fraction(eta).numerator) / Fraction(eta).denominator)
    return all(2 * a <= b for a, b in pairwise(sizes))


ESCAPES = [
    ("x**4", "x", (100,), False),
    ("x**4", "x", (-1000, 1), True),
    ("x**3/3 - x", "x", (-1000,), False),
    ("x**4 + y**4 + x*y", "x y", (1000, 30), False),
    ("x**4 + y**4 + x*y", "x y", (10**4, 30, 1, 1), True),
    ("(x**2 + y**2 - 1)**2", "x y", (900, 700), False),
    ("(x**2 + y - 11)**2 + (x + y**2 - 7)**2", "x y", (10**4, 10), False),
    ("(x**2 - 1)**2/4 + (y**2 - 1)**2/4 + z**6", "x y z", (10, 10, 10**3), False),
]


@pytest.mark.parametrize(("text", "parameters", "point", "momentum"), ESCAPES)
def test_what_is_proved_goes_on(text: str, parameters: str, point: tuple[int, ...], momentum: bool) -> None:
    assert is_proved(text, parameters, point, momentum=momentum)
    assert goes_on(text, parameters, point, momentum=momentum)


@pytest.mark.parametrize(
    ("text", "parameters", "point"),
    [
        ("x**4", "x", (1,)),  # converges: eta = 1/10
        ("x**2/2", "x", (10**6,)),  # no powers beyond the first
        ("(1 - x*y)**2/2", "x y", (10**8, Fraction(1, 10**8))),  # a minimum
        ("x**4 + (y - x**2)**2", "x y", (10**4, 10**8 + 5 * 10**15)),  # far out the powers do not settle yet
        ("(x**2 - y)**2", "x y", (10**6, 10**12)),  # a minimum far away
        ("cos(x)", "x", (10**9,)),
        ("x**4*y**4", "x y", (10**6, 10**6)),  # directions turn, and none attracts
    ],
)
def test_what_is_not_so_or_not_known_is_not_proved(text: str, parameters: str, point: tuple[object, ...]) -> None:
    assert not is_proved(text, parameters, point)


def test_a_start_on_the_boundary_between_two_directions_is_not_proved() -> None:
    """For x^4 + y^4 the diagonal repels: beside it directions move away, and a box about it is not carried into itself."""
    assert not is_proved("x**4 + y**4 + x*y", "x y", (1000, 1000 - Fraction(1, 1000)))


def test_growth_is_asked_for() -> None:
    """|x| = 2.6 is beyond the 2-cycle of x - 0.4 x^3 at sqrt 5, and grows by less than a factor 2 in its first step."""
    assert not is_proved("x**4", "x", (Fraction(26, 10),))
    assert is_proved("x**4", "x", (4,))


def dominates(text: str, parameters: str, point: tuple[object, ...], eta: str, momentum: bool) -> bool:
    with precision(128):
        orbit = BallMap(step(text, parameters, momentum), {ETA: Fraction(eta)})
        return escapes_by_dominance(orbit, tuple(ball(Fraction(v)) for v in point))


@pytest.mark.parametrize(
    ("text", "parameters", "point", "momentum", "right"),
    [
        ("(1 - x*y*z)**2/2", "x y z", (200, 200, 200), False, True),
        ("(1 - x*y**2)**2/2", "x y", (400, 500), False, True),
        ("(1 - x*y)**2/2", "x y", (10**6, 10**5, 10, 10), True, True),
        ("(1 - x*y)**2/2 + (x - y)**2", "x y", (10**4, 2 * 10**4), False, True),
        ("x**3/3 - x", "x", (-(10**8), 1), True, True),
        ("(1 - x*y*z)**2/2", "x y z", (10**6, 1, 1), False, False),  # x moves by a fraction of itself
        ("(1 - x*y*z)**2/2", "x y z", (10, 10, Fraction(1, 100)), False, False),  # a minimum
        ("(1 - x*y)**2/2", "x y", (10**8, Fraction(1, 10**8)), False, False),  # a minimum
        ("(1 - x*y*z)**2/2", "x y z", (2, 2, 2), False, False),  # not beyond every constant
        ("(1 - x*y*z)**2/2", "x y z", (10**3, 10**3, 0), False, False),  # a coordinate is zero
        ("(x**2 - y)**2", "x y", (10**6, 10**12), False, False),  # a minimum far away
        ("(x**2 + y**2)**2", "x y", (10**6, 10**6), False, False),  # no term is much larger than the next
        ("x**2*5", "x", (10**6,), False, False),  # no powers beyond the first
        ("log(cosh(x*y))", "x y", (10**3, 10**3), False, False),
    ],
)
def test_dominance(text: str, parameters: str, point: tuple[object, ...], momentum: bool, right: bool) -> None:
    assert dominates(text, parameters, point, "1/2", momentum) is right
    if right:
        assert goes_on(text, parameters, point, "1/2", momentum)


def test_a_term_of_unknown_size_is_not_left_out() -> None:
    """The coefficient of x, 1 - 2 eta, is exactly zero at eta = 1/2, and only then is there no such term."""
    terms = dominance._terms_of(step("(1 - x*y)**2/2 + (x - y)**2", "x y"))
    assert terms is not None
    for eta, zero in ((Fraction(1, 2), True), (Fraction(1, 2) + Fraction(1, 10**60), False)):
        found = values(list(terms.coefficients), {ETA: ball(eta)})
        assert any(c.is_zero() for c in found) is zero


def test_the_cone_is_of_the_powers_that_lead() -> None:
    found = cone._cone_of(step("x**4/4 + x**2*y", "x y"), 0)
    assert found is not None
    assert found.degree == 3


def test_near_fractions_that_do_not_solve_are_refused() -> None:
    assert dominance._exactly(np.array([0.5 + 1e-9]), ((2,),), np.array([1])) == (Fraction(1, 2),)
    assert dominance._exactly(np.array([0.52]), ((2,),), np.array([1])) is None
    assert dominance._exactly(np.array([-0.5]), ((-2,),), np.array([1])) is None


def test_constants_count() -> None:
    """z' = z^2 + K z grows from z = 20 K by dominance; at z = 5 K the constant K, of size e^9, is not yet outgrown."""
    for times, right in ((20, False), (10**8, True)):
        with precision(128):
            k = ball(8103)
            forms, offsets = [(1,), (1,)], [-k.log(), ball(0)]
            assert dominance._outgrow(forms, offsets, [(2,)], [ball(0)], [(k * times).log()]) is right
