"""Where a loss is defined: kept from the text, whatever SymPy simplifies, and part of every derivative."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy as sp

from edgestab.errors import InputError
from edgestab.numerics.printers import reference
from edgestab.numerics.programs.program import program_of, step_program
from edgestab.theory.domain import Guard, Nonnegative, Nonzero, Positive, conditions_of, guard
from edgestab.theory.loss import Loss
from edgestab.theory.optimizers.gradient_descent import gradient_descent
from edgestab.theory.optimizers.momentum import heavy_ball, nesterov
from edgestab.theory.symbols import symbols
from edgestab.theory.text.grammar import parse_relation, parse_with_domain

x, y, c, eta = symbols("x y c eta")

WRITTEN = [
    ("log(x)", ["x > 0"]),
    ("exp(log(x))", ["x > 0"]),
    ("exp(2*log(x - 1))", ["x - 1 > 0"]),
    ("0*log(x) + x", ["x > 0"]),
    ("log(x) - log(x) + x**2", ["x > 0"]),
    ("sqrt(x)**2", ["x >= 0"]),
    ("sqrt(x)*sqrt(x)", ["x >= 0"]),
    ("(x - 2)**(1/3)", ["x - 2 >= 0"]),
    ("((x - 2)**(1/3))**3", ["x - 2 >= 0"]),
    ("x**(-1/2)", ["x > 0"]),
    ("x/x", ["Ne(x, 0)"]),
    ("(x**2 - 1)/(x - 1)", ["Ne(x - 1, 0)"]),
    ("log(x*y)", ["x*y > 0"]),
    ("log(x)/x", ["x > 0"]),  # which is not 0 then
    ("log(1 + x**2) + sqrt(x**2 + y**2) + sqrt(exp(x))", []),
    ("log(cosh(x)) + 1/(1 + exp(-x))", []),
    ("abs(x)**(3/2)", []),
    ("x**4/4 - 3*x", []),
]


@pytest.mark.parametrize(("text", "wanted"), WRITTEN)
def test_the_conditions_are_those_of_the_text(text: str, wanted: list[str]) -> None:
    _, found = parse_with_domain(text, {"x": x, "y": y})
    assert sorted(map(str, found)) == sorted(wanted)


OUTSIDE = [
    ("exp(log(x))**2/2", "x", [-1.0, -1e-300, 0.0], [1e-300, 2.0]),
    ("x**2/2 - log(x)", "x", [-3.0, 0.0], [0.5]),
    ("x**2 + 0*log(3 - x)", "x", [3.0, 4.0, math.inf], [2.999, -5.0]),
    ("sqrt(x)**4", "x", [-1e-9], [1e-9, 7.0]),
    ("x**2*y/y + y**2", "x y", [[1.0, 0.0]], [[1.0, 2.0], [1.0, -2.0]]),
]


@pytest.mark.parametrize(("text", "names", "out", "inside"), OUTSIDE)
@pytest.mark.parametrize("rule", [gradient_descent, heavy_ball, nesterov])
def test_a_step_is_undefined_outside_and_unchanged_inside(text, names, out, inside, rule) -> None:
    loss = Loss.parse(text, names)
    bare = Loss(loss.parameters, loss.expression, domain=())
    step = rule(loss)

    def after(of: Loss, point: object) -> np.ndarray:
        theta = np.atleast_1d(np.array(point, dtype=float))
        state = np.concatenate([theta] * (len(step.state) // len(theta)))
        values = {"eta": 0.125, "beta": 0.5}
        made = rule(of)
        parameters = [values[p.name] for p in made.parameters]
        return np.array(reference.evaluate(step_program(made), [*state, *parameters]))[: len(theta)]

    for point in out:
        assert np.isnan(after(loss, point)).all()
    for point in inside:
        if not bare.domain:
            assert (after(loss, point) == after(bare, point)).all()
        assert np.isfinite(after(loss, point)).all()


def test_guards_are_zero_or_undefined_and_constant() -> None:
    assert guard([x > 0, y >= 0]) == Positive(x) + Nonnegative(y)
    assert Positive(sp.exp(x)) == 0
    assert Nonnegative(x**2) == 0
    assert Positive(x**2) != 0  # at 0 it is not
    assert Nonzero(1 + x**2) == 0
    assert Positive(sp.S(-1)) is sp.nan
    assert sp.diff(Positive(x * y), x) == 0
    assert Positive(x).subs(x, sp.Rational(1, 2)) == 0
    for kind in (Positive, Nonnegative, Nonzero):
        assert issubclass(kind, Guard)
        assert kind(x).is_real
        values = reference.evaluate(program_of([kind(x)], [x]), [[-1.0, 0.0, 2.0, math.nan]])[0]
        wanted = {Positive: [1, 1, 0, 1], Nonnegative: [1, 0, 0, 1], Nonzero: [0, 1, 0, 1]}[kind]
        assert np.isnan(values).tolist() == [bool(w) for w in wanted]
        assert (values[~np.isnan(values)] == 0).all()


def test_a_constant_s_value_decides_what_was_open() -> None:
    loss = Loss.parse("x**2/2 + log(c)*x", "x", "c")
    assert [str(d) for d in loss.domain] == ["c > 0"]
    assert loss.with_constants({c: sp.Integer(2)}).domain == ()
    assert loss.with_constants({c: sp.Integer(2)}).gradient == (x + sp.log(2),)


def test_the_domain_of_an_expression_is_found_without_its_text() -> None:
    assert [str(d) for d in conditions_of(1 / x + sp.sqrt(y - 1))] == ["y - 1 >= 0", "Ne(x, 0)"]
    assert Loss((x,), x**2 - sp.log(x)).domain == Loss.parse("x**2 - log(x)", "x").domain


def test_a_domain_may_be_said_in_any_comparison_and_nothing_else() -> None:
    for said, wanted in (
        (x > 1, "x - 1 > 0"),
        (x < 1, "1 - x > 0"),
        (x <= 1, "1 - x >= 0"),
        (sp.Ne(x, 2), "Ne(x - 2, 0)"),
    ):
        assert [str(d) for d in Loss((x,), x**2, domain=(said,)).domain] == [wanted]
    plain = sp.Symbol("x")  # a symbol of the user's own, of no assumptions
    assert Loss((plain,), plain**2, domain=(plain > 1,)).gradient == (2 * x + Positive(x - 1),)
    for wrong in (sp.false, sp.Eq(x, 1), "x > 0", x):
        with pytest.raises(InputError, match="a domain is said by comparisons such as x > 0"):
            Loss((x,), x**2, domain=(wrong,))


def test_a_comparison_keeps_what_is_simplified_out_of_it() -> None:
    names = {"x": x, "y": y}
    assert parse_relation("exp(log(x)) > -10", names) == (x + Positive(x) > -10)
    assert parse_relation("0 < y < 1 + 0*sqrt(x)", names) == sp.And(Nonnegative(x) < y, y < 1)
    assert parse_relation("log(x) > 0", names) == (sp.log(x) > 0)  # it says itself where it is defined
