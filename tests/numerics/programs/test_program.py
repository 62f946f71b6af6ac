"""Programs: equal subexpressions once, a canonical digest, exact constants, and values equal to SymPy's."""

from __future__ import annotations

import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import flint
import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from edgestab.numerics.printers import ball, reference
from edgestab.numerics.printers.scalar import statements
from edgestab.numerics.programs.program import Instruction, Program, program_of, step_program
from edgestab.numerics.rigorous.balls import precision
from edgestab.theory.models.catalogue import model
from edgestab.theory.symbols import symbols
from tests.models_under_test import COORDINATES, cached

ROOT = Path(__file__).parents[3]

x, y, z = symbols("x y z")


def exactly(program: Program, inputs: list[Fraction]) -> list[Fraction]:
    """Evaluate a program of rational operations in exact rationals."""
    how = {
        "neg": lambda a: -a,
        "abs": abs,
        "add": lambda a, b: a + b,
        "sub": lambda a, b: a - b,
        "mul": lambda a, b: a * b,
        "div": lambda a, b: a / b,
        "min": min,
        "max": max,
    }
    values: list[Fraction] = list(inputs)

    def at(a: int | Fraction) -> Fraction:
        return a if isinstance(a, Fraction) else values[a]

    for i in program.instructions:
        values.append(how[i.op](*map(at, i.args)))  # noqa: PERF401 (each value needs those before it)
    return [at(o) for o in program.outputs]


def test_equal_subexpressions_are_evaluated_once():
    once = program_of([(x * y + 1) ** 2], [x, y])
    twice = program_of([(x * y + 1) ** 2, (x * y + 1) ** 2 + x * y, y * x], [x, y])
    assert once.operations == 3
    assert twice.operations == 4


def test_a_sum_of_inputs_is_not_a_sum_with_a_constant_of_the_same_number():
    """Input number 1 and the constant 1 are different operands, though 1 == Fraction(1) in Python."""
    program = program_of([x + y, x + 1, x * y, x * 2, x + z, x + 2], [x, y, z])
    assert exactly(program, [Fraction(5), Fraction(7), Fraction(11)]) == [12, 6, 35, 10, 16, 7]
    swapped = program_of([x + 1, x + y, x * 2, x * z], [x, y, z])
    assert exactly(swapped, [Fraction(5), Fraction(7), Fraction(11)]) == [6, 12, 10, 55]


def test_an_instruction_on_a_value_differs_from_one_on_a_constant():
    assert Instruction("add", (0, 1)) != Instruction("add", (0, Fraction(1)))


@pytest.mark.parametrize(("name", "number"), COORDINATES)
def test_programs_of_models_equal_their_closed_forms(name, number):
    step = cached(name).coordinates[number].step
    program = step_program(step)
    generator = np.random.default_rng(5)
    with precision(300):
        for _ in range(5):
            point = {
                s: sp.Rational(int(generator.integers(1, 60)), int(generator.integers(61, 99)))
                for s in (*step.state, *step.parameters)
            }
            inputs = [ball.ball(Fraction(int(v.p), int(v.q))) for v in point.values()]
            found = ball.evaluate(program, inputs)
            for have, want in zip(found, step.closed_form(), strict=True):
                digits = str(sp.N(want.subs(point), 70))
                assert abs(have - flint.arb(digits)) < flint.arb("1e-60")


leaves = st.one_of(
    st.sampled_from([x, y, z]),
    st.integers(-4, 4).map(sp.Integer),
    st.fractions(-3, 3, max_denominator=7).map(lambda f: sp.Rational(f.numerator, f.denominator)),
)
expressions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda p: p[0] + p[1]),
        st.tuples(inner, inner).map(lambda p: p[0] - p[1]),
        st.tuples(inner, inner).map(lambda p: p[0] * p[1]),
        st.tuples(inner, st.integers(2, 5)).map(lambda p: p[0] ** p[1]),
    ),
    max_leaves=12,
)
numbers = st.fractions(-3, 3, max_denominator=5)


@settings(max_examples=40)
@given(st.lists(expressions, min_size=1, max_size=4), st.tuples(numbers, numbers, numbers))
def test_random_programs_equal_sympy(outputs, point):
    program = program_of(outputs, [x, y, z])
    at = {s: sp.Rational(v.numerator, v.denominator) for s, v in zip((x, y, z), point, strict=True)}
    wanted = [sp.Rational(e.subs(at)) for e in outputs]
    assert exactly(program, list(point)) == [Fraction(int(w.p), int(w.q)) for w in wanted]


@settings(max_examples=25)
@given(expressions)
def test_every_operand_is_an_earlier_value(expression):
    program = program_of([expression], [x, y, z])
    for k, i in enumerate(program.instructions):
        assert all(isinstance(a, Fraction) or 0 <= a < 3 + k for a in i.args)
    assert len(set(map(repr, program.instructions))) == program.operations  # no instruction twice


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        (x / y, 0.75 / 2.5),
        (x**-2, 1 / (0.75 * 0.75)),
        (1 / (x * y), 1 / (0.75 * 2.5)),
        (sp.sqrt(x), np.sqrt(0.75)),
        (x ** sp.Rational(-3, 2), 0.75**-1.5),
        (x ** sp.Rational(1, 4), 0.75**0.25),
        (x ** sp.Rational(1, 3), 0.75 ** (1 / 3)),
        (sp.exp(-x) + sp.log(y), np.exp(-0.75) + np.log(2.5)),
        (sp.tanh(x) * sp.cos(y) - sp.sinh(x), np.tanh(0.75) * np.cos(2.5) - np.sinh(0.75)),
        (sp.Min(x, y, 1), 0.75),
        (sp.Max(x, y, 1), 2.5),
        (sp.Abs(x - y), 1.75),
        (sp.pi * sp.E * x, np.pi * np.e * 0.75),
        (-x, -0.75),
        (-x * y, -0.75 * 2.5),
        (-x - y, -3.25),
        (-2 * x / 3, -0.5),
        (y**x, 2.5**0.75),
        (2**x, 2**0.75),
    ],
)
def test_every_operation_has_its_value(expression, value):
    program = program_of([expression], [x, y])
    assert reference.evaluate(program, [0.75, 2.5])[0] == pytest.approx(value, rel=1e-15)
    with precision(100):
        assert float(ball.evaluate(program, [ball.ball(0.75), ball.ball(2.5)])[0].mid()) == pytest.approx(
            value, rel=1e-15
        )
    lines, (output,) = statements(program, ["x", "y"])
    assert all(line.startswith(f"t{k} = ") for k, line in enumerate(lines))
    assert output == f"t{len(lines) - 1}"


def test_the_digest_does_not_depend_on_the_names_of_inputs():
    u, v = symbols("u v")
    assert program_of([x * y + x], [x, y]).digest == program_of([u * v + u], [u, v]).digest


def test_the_digest_changes_with_the_structure():
    base = program_of([x - y * x], [x, y])
    others = [
        program_of([x - y * x], [y, x]),
        program_of([y * x - x], [x, y]),
        program_of([x - y * x], [x, y, z]),
        program_of([x - y * x, x], [x, y]),
        program_of([x - 2 * x * y], [x, y]),
        program_of([x + y * x], [x, y]),
        program_of([x * y], [x, y]),
    ]
    assert len({base.digest, *(o.digest for o in others)}) == 1 + len(others)


def test_the_digest_tells_a_constant_from_an_input():
    assert program_of([x + y], [x, y]).digest != program_of([x + 1], [x, y]).digest
    assert program_of([x + sp.Rational(1, 3)], [x]).digest != program_of([x + sp.Float(1 / 3)], [x]).digest


def test_constants_are_exact():
    third = program_of([x / 3 + sp.Rational(10**30 + 1, 10**30)], [x])
    constants = {a for i in third.instructions for a in i.args if isinstance(a, Fraction)}
    assert constants == {Fraction(1, 3), Fraction(10**30 + 1, 10**30)}
    tenth = program_of([x + sp.Float(0.1)], [x])
    assert {a for i in tenth.instructions for a in i.args if isinstance(a, Fraction)} == {Fraction(0.1)}
    with precision(200):
        assert ball.evaluate(third, [ball.ball(0)])[0].contains(ball.ball(Fraction(10**30 + 1, 10**30)))


def test_constants_are_folded_exactly():
    with_constant = program_of([sp.Mul(sp.Rational(1, 3), sp.Rational(3, 7), evaluate=False)], [x])
    assert with_constant.operations == 0
    assert with_constant.outputs == (Fraction(1, 7),)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (x * z, "unknown name 'z'"),
        (sp.gamma(x), "no kernel can evaluate gamma"),
        (sp.Function("f")(x), "no kernel can evaluate f"),
        (sp.floor(x), "no kernel can evaluate floor"),
        (x + sp.oo * y, "no kernel can evaluate"),
        (sp.I * x, "no kernel can evaluate ImaginaryUnit"),
        (sp.Piecewise((x, x > 0), (y, True)), "no kernel can evaluate Piecewise"),
    ],
)
def test_what_no_printer_knows_is_refused(expression, message):
    with pytest.raises(ValueError, match=message):
        program_of([expression], [x, y])


def test_a_wrong_number_of_inputs_is_refused():
    program = program_of([x * y], [x, y])
    with pytest.raises(ValueError, match="takes 2 inputs, got 1"):
        reference.evaluate(program, [1.0])
    with pytest.raises(ValueError, match="takes 2 inputs, got 3"):
        ball.evaluate(program, [flint.arb(1)] * 3)


def test_whether_ieee_arithmetic_fixes_every_bit():
    assert program_of([sp.sqrt(x * y) / 3 + sp.Abs(x)], [x, y]).is_algebraic
    assert not program_of([sp.exp(x)], [x]).is_algebraic
    assert not program_of([x ** sp.Rational(1, 3)], [x]).is_algebraic


def test_the_reference_broadcasts_and_keeps_quiet_about_overflow():
    big, quotient = reference.evaluate(program_of([x * x, x / y], [x, y]), [[1e200, 2.0], 0.0])
    assert big.tolist() == [np.inf, 4.0]
    assert quotient.tolist() == [np.inf, np.inf]


def test_the_digest_is_the_same_in_every_process():
    code = (
        "from edgestab.theory.models.catalogue import model; from edgestab.numerics.programs.program import step_program\n"
        "for name in ('quartic', 'chain:1,2', 'vector:2'):\n"
        "    print(*(step_program(c.step).digest for c in model(name).coordinates))"
    )
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", code], cwd=ROOT, text=True, stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        for seed in ("1", "271828")
    ]  # fmt: skip
    first, second = (run.communicate(timeout=60)[0] for run in runs)
    here = [
        " ".join(step_program(c.step).digest for c in model(n).coordinates)
        for n in ("quartic", "chain:1,2", "vector:2")
    ]
    assert first == second == "\n".join(here) + "\n"
