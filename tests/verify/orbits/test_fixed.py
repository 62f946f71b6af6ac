"""Cycles in subspaces that symmetries fix: where there is one, and where there is none to be found."""

from fractions import Fraction

import flint
import pytest
import sympy as sp

from edgestab.numerics.printers.exact import evaluate
from edgestab.numerics.programs.program import step_program
from edgestab.theory.conclusions.converges import Converges
from edgestab.theory.loss import Loss
from edgestab.theory.models.of_loss import model_of_loss
from edgestab.theory.region import Region
from edgestab.theory.statement import OrbitStatement, StepSizes
from edgestab.theory.text.grammar import parse_relation
from edgestab.verify.orbits.fixed import cycle_in_a_subspace
from edgestab.verify.orbits.walk import Work

FACTORS = "(e*a + f*c - 2)**2/2 + (e*b + f*d)**2/2 + (g*a + h*c)**2/2 + (g*b + h*d - 1)**2/2"


def factors(eta, where=(), small=("-1/10", "1/10")):
    model = model_of_loss(Loss.parse(FACTORS, "a b c d e f g h"))
    ends = {"a": ("1.1", "1.3"), "e": ("1.1", "1.3"), "d": ("0.8", "1"), "h": ("0.8", "1")}
    bounds = tuple(tuple(map(sp.Rational, ends.get(s.name, small))) for s in model.own.step.state)
    region = Region.of(model, tuple(s.name for s in model.own.step.state), bounds)
    names = {s.name: s for s in model.own.step.state}
    region = Region(region.variables, region.bounds, region.start, tuple(parse_relation(t, names) for t in where))
    return OrbitStatement("", model, StepSizes.of(eta), region, Converges(None))


def test_two_layers_beyond_the_edge_of_the_larger_singular_value():
    # The edge is at eta = 2/(2 sigma) = 1/2, the second flip at sqrt(5) - 1 = 2 eta.
    point, words = cycle_in_a_subspace(factors("0.52"), Fraction(13, 25), Work(1e7))
    assert "at most 2," in words
    assert "b = c = f = g = 0" in words
    start = [Fraction(point[n]) for n in "abcdefgh"]
    step = step_program(factors("0.52").model.own.step)
    exact = [flint.fmpq(v.numerator, v.denominator) for v in start]
    after = evaluate(step, [*exact, flint.fmpq(13, 25)])
    assert [bool(v == 0) for v in after] == [n in "bcfg" for n in "abcdefgh"]


@pytest.mark.parametrize(
    ("eta", "where", "small"),
    [
        ("0.45", (), ("-1/10", "1/10")),  # below the edge
        ("0.52", ("b > 0",), ("-1/10", "1/10")),  # the subspace is left out
        ("0.52", (), ("1/100", "1/10")),  # likewise
        ("0.52", (), ("-1/10", "-1/100")),
        ("0.52", (), ("0", "1/10")),  # regions are open
        ("0.9", (), ("-1/10", "1/10")),  # beyond the flips: no short cycle attracts
    ],
)
def test_where_none_is_found(eta, where, small):
    assert cycle_in_a_subspace(factors(eta, where, small), Fraction(eta), Work(1e7)) is None


def test_work_is_bounded():
    assert cycle_in_a_subspace(factors("0.52"), Fraction(13, 25), Work(100)) is None
