"""Formulas of the checker: their values and slopes are those of SymPy, and enclosures enclose."""

from __future__ import annotations

import random

import flint
import pytest
import sympy as sp

from edgestab.numerics.rigorous.balls import value
from edgestab.theory.symbols import symbols
from edgestab.theory.text.grammar import parse_expression
from edgestab.verify.checker.enclosures import Work
from edgestab.verify.checker.evaluation import Code, MeanValue
from edgestab.verify.checker.tape import Tape
from edgestab.verify.proofs.writing import NotWritable, written

X, Y = symbols("x y")
SMOOTH = (
    "x**3*y - 2*x/7", "(x - y)**2/(1 + x**2)", "sqrt(1 + x*y) - sqrt(x)", "exp(-x*y)*sin(3*x)", "log(cosh(x - y))", "log(1 + exp(2*x - y))",
    "tanh(x)**3 + tan(y/3)", "sinh(x)*cos(y) - cosh(y)/x", "1/(1 + exp(-x))**2", "sigmoid(x*y) + softplus(x)", "x**(5/2) + y**(3/4)/x**(1/2)", "logsumexp(x, 2*y, -x)",
    "pi*x**2 - log(x)*exp(1)", "abs(x - 2)**3 + abs(y)", "max(0, x - 3)**2 + max(x, y)*min(x, 2)", "x/3*(1 - y)**4", "sin(cos(tanh(x)))/(2 + sin(y))", "-(x + y)/(-x - 3)", "(x*y)**-2",
)  # fmt: skip
KINKED = (
    "max(0, abs(x) - 1)**2",
    "abs(x)**3 + x*abs(x)",
    "min(x, y, x*y)",
    "max(0, x)**2*abs(y)",
    "abs(max(x, y))",
    "abs(x - y)**(3/2)",
)


def tape_of(source: str) -> tuple[Tape, int, sp.Expr]:
    expression = parse_expression(source, {"x": X, "y": Y})
    tape = Tape(["x", "y"])
    return tape, tape.read(written(expression)), expression


@pytest.mark.parametrize("source", SMOOTH)
def test_values_and_slopes_are_those_of_sympy(source: str) -> None:
    tape, f, expression = tape_of(source)
    chance = random.Random(source)
    for _ in range(5):
        at = {X: flint.arb(chance.uniform(0.3, 1.9)), Y: flint.arb(chance.uniform(0.3, 1.9))}
        slopes = [tape.slope(f, 0), tape.slope(f, 1)]
        second = [None if g is None else tape.slope(g, i) for g in slopes for i in (0, 1)]
        wanted = [
            expression,
            *(sp.diff(expression, s) for s in (X, Y)),
            *(sp.diff(expression, s, t) for s in (X, Y) for t in (X, Y)),
        ]
        for g, e in zip([f, *slopes, *second], wanted, strict=True):
            (found,) = Code(Work(10**6), tape, [g])([at[X], at[Y]])
            assert found.is_finite()
            assert found.overlaps(value(e, at)), (source, e)
            assert found.rad() < 1e-9 * (1 + abs(found.mid()))


@pytest.mark.parametrize("source", [*SMOOTH, *KINKED])
def test_enclosures_enclose(source: str) -> None:
    tape, f, expression = tape_of(source)
    chance = random.Random(source)
    form = MeanValue(Work(10**6), tape, [f], [0, 1])
    finite = 0
    for _ in range(30):
        low, wide = [chance.uniform(-2, 2) for _ in range(2)], 10.0 ** -chance.randrange(4)
        sides = [flint.arb(a).union(flint.arb(a + wide)) for a in low]
        (box,) = form(sides)
        finite += box.is_finite()
        for _ in range(5):
            at = {
                s: flint.arb(chance.choice([a, a + wide, 0 if a < 0 < a + wide else a, a + wide * chance.random()]))
                for s, a in zip((X, Y), low, strict=True)
            }
            found = value(expression, at)
            assert not box.is_finite() or (found.is_finite() and box.overlaps(found)), (source, at)
    assert finite > 5


def test_a_slope_is_every_slope_at_a_kink_and_none_at_a_jump() -> None:
    across = flint.arb(0, 1)

    def slopes(source: str, order: int) -> flint.arb:
        tape, f, _ = tape_of(source)
        for _ in range(order):
            g = tape.slope(f, 0)
            assert g is not None
            f = g
        return Code(Work(10**4), tape, [f])([across, across])[0]

    assert all(slopes("abs(x)", 1).contains(s) for s in (-1, 0, 1))
    assert all(slopes("max(0, x)", 1).contains(s) for s in (0, 1))
    assert all(slopes("max(0, x)**2", 2).contains(s) for s in (0, 2))
    assert slopes("abs(x)**2", 2) == 2
    assert not slopes("abs(x)", 2).is_finite()
    assert not slopes("x*abs(x)", 2).is_finite()  # 2 |x|: not known here to have no jump
    assert slopes("max(0, x - 3)*abs(x)", 2) == 0  # the factor vanishes all over the box


def test_what_cannot_be_written_is_said() -> None:
    for expression in (X ** sp.Rational(1, 3), X**Y, sp.gamma(X), sp.sqrt(2) ** X):
        with pytest.raises(NotWritable):
            written(expression)
    with pytest.raises(NotWritable, match="4000 letters"):
        written(sp.Add(*(sp.sin(k * X + Y) for k in range(400))))
