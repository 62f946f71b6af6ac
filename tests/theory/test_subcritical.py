"""The network whose training ends at subcritical flips, against the general formula and against gradient descent."""

import pytest
import sympy as sp

from edgestab.theory.claims.catalogue import find
from edgestab.theory.claims.edgestab2026.subcritical_network import BETA, LOSS, REACH, SIGN, U, V, coefficient
from edgestab.theory.landing import flip_at
from edgestab.theory.loss import Loss
from edgestab.verify.check import check
from edgestab.verify.evidence.standing import Standing

R = sp.Rational


def at(delta):
    return {U: 1 / (1 - delta), V: 1 / (1 + delta)}


@pytest.mark.parametrize("delta", [R(0), R(1, 20), R(-1, 20), R(3, 50), R(1, 3)])
def test_the_coefficient_is_that_of_the_general_formula(delta):
    place = at(delta)
    beta = (U**3 - V**3).xreplace(place)
    flip = flip_at(Loss((U, V), LOSS.xreplace({BETA: beta}), "diagonal"), place)
    g = (3 * place[U] ** 2, -3 * place[V] ** 2)
    stated = (72 * SIGN / (U**4 + V**4) ** 2).xreplace(place)
    assert 3 * flip.cubic == stated == coefficient(LOSS, {BETA: beta} | place, g)
    assert (stated < 0) == (abs(delta) < R(59, 1000))


def test_the_reach_is_nearly_all_of_it():
    assert SIGN.xreplace(at(REACH)) < 0 < SIGN.xreplace(at(R(598, 10000)))


def test_gradient_descent_comes_to_the_minimum_of_the_claim():
    beta = (20 / 19) ** 3 - (20 / 21) ** 3
    u = v = 1.0
    for _ in range(20_000):
        error = u**3 - v**3 - beta
        u, v = u - 1e-3 * 3 * u**2 * error, v + 1e-3 * 3 * v**2 * error
    assert (u, v) == (pytest.approx(20 / 19, abs=1e-3), pytest.approx(20 / 21, abs=1e-3))


def test_it_is_proved():
    assert check(find("edgestab2026.flip-subcritical"), "quick").standing is Standing.PROVED
