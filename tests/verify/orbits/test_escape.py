"""Escapes: a linear step that expands is told from one that contracts, and from a start that the growth misses."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
import sympy as sp

from edgestab.numerics.printers.ball import ball
from edgestab.numerics.rigorous.balls import precision
from edgestab.theory.conclusions.converges import Converges
from edgestab.theory.conclusions.diverges import Diverges
from edgestab.theory.loss import Loss
from edgestab.theory.models.of_loss import model_of_loss
from edgestab.theory.optimizers.momentum import BETA, heavy_ball
from edgestab.theory.region import Region
from edgestab.theory.statement import OrbitStatement, StepSizes
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import ETA, symbol
from edgestab.verify.orbits.escape import expands_linearly
from edgestab.verify.orbits.walk import HoldsAsStated, Suspect, Work, walk_from
from edgestab.verify.sampling.confirm import confirm

X = symbol("x")
EDGE = Fraction(38, 100)  # of heavy ball with beta = 9/10 on 5 x^2: eta S = 2 + 2 beta


def statement(eta: Fraction, text: str = "5*x**2") -> OrbitStatement:
    loss = Loss.parse(text, "x")
    m = model_of_loss(loss, heavy_ball(loss).substitute({BETA: sp.Rational(9, 10)}))
    region = Region.in_coordinates(m, {"x": ("0.5", "1.5")})
    return OrbitStatement("t", m, StepSizes((sp.Rational(eta.numerator, eta.denominator),)), region, Diverges())


def expands(eta: Fraction, point: tuple[object, object], text: str = "5*x**2") -> bool:
    s = statement(eta, text)
    with precision(128):
        walk = walk_from(s, Suspect(eta, {X: Fraction(1)}, 1), s.model.own, math.inf)
        return expands_linearly(walk, tuple(map(ball, point)))


@pytest.mark.parametrize("factor", [Fraction(1001, 1000), Fraction(2), Fraction(100)])
def test_heavy_ball_expands_beyond_its_edge_and_contracts_below(factor: Fraction) -> None:
    assert expands(EDGE * factor, (1, 1))
    assert not expands(EDGE / factor, (1, 1))


def test_a_start_that_the_growth_misses_proves_nothing() -> None:
    eta = Fraction(4, 10)  # the multipliers are the zeros of lam^2 + 2.1 lam + 0.9
    inner = (Fraction(-21, 10) + Fraction(9, 10)) / 2  # -0.6, of modulus below 1; the other is -1.5
    assert inner**2 + Fraction(21, 10) * inner + Fraction(9, 10) == 0
    assert not expands(eta, (inner, 1))
    assert expands(eta, (inner + Fraction(1, 10**20), 1))


def test_a_step_that_is_not_linear_is_left_to_others() -> None:
    assert not expands(Fraction(2), (10**50, 10**50), "x**4")


def test_divergence_with_momentum_is_confirmed_as_stated() -> None:
    eta = EDGE * Fraction(101, 100)
    with pytest.raises(HoldsAsStated, match="diverges as stated"):
        confirm(statement(eta), Suspect(eta, {X: Fraction(1)}, 1000), Work(1e8))


def test_where_a_rule_rests_beside_the_minimum_it_does_not_converge_to_it() -> None:
    """x - eta (x - 1) - eta x/10 rests at 10/11, and the minimum is 1."""
    loss = Loss.parse("(x - 1)**2/2", "x")
    decayed = StepMap("weight decay", (X,), (X - ETA * (X - 1) - ETA * X / 10,), (ETA,))
    m = model_of_loss(loss, decayed)
    region = Region.in_coordinates(m, {"x": ("0.5", "0.6")})
    s = OrbitStatement("t", m, StepSizes.of("0.1"), region, Converges())
    found = confirm(s, Suspect(Fraction(1, 10), {X: Fraction(11, 20)}, 300), Work(1e8))
    assert "a point at which the gradient does not vanish" in found.detail
