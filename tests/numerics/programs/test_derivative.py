"""The derivative of a program against SymPy's, exactly where it is rational and in Arb where it is not."""

from __future__ import annotations

from fractions import Fraction

import flint
import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from edgestab.numerics.printers import ball, reference
from edgestab.numerics.programs.derivative import derivative
from edgestab.numerics.programs.program import Instruction, Program, jacobian_program, program_of, step_program
from edgestab.numerics.rigorous.balls import precision
from edgestab.theory.symbols import symbols
from tests.models_under_test import COORDINATES, cached
from tests.numerics.programs.test_program import exactly, expressions, numbers

x, y, z = symbols("x y z")


def rational(value: sp.Expr) -> Fraction:
    return Fraction(int(value.p), int(value.q))


@settings(max_examples=60)
@given(st.lists(expressions, min_size=1, max_size=3), st.tuples(numbers, numbers, numbers), st.permutations([0, 1, 2]))
def test_polynomials_have_sympys_derivatives_exactly(outputs, point, wrt):
    program = derivative(program_of(outputs, [x, y, z]), wrt)
    at = {s: sp.Rational(v.numerator, v.denominator) for s, v in zip((x, y, z), point, strict=True)}
    partials = [sp.diff(e, (x, y, z)[i]) for e in outputs for i in wrt]
    wanted = [rational(sp.Rational(e.subs(at))) for e in (*outputs, *partials)]
    assert exactly(program, list(point)) == wanted


@settings(max_examples=60)
@given(expressions, expressions, st.tuples(numbers, numbers, numbers))
def test_quotients_have_sympys_derivatives_exactly(above, below, point):
    quotient = above / (1 + below**2)
    program = derivative(program_of([quotient], [x, y, z]), ["x", "y", "z"])
    at = {s: sp.Rational(v.numerator, v.denominator) for s, v in zip((x, y, z), point, strict=True)}
    wanted = [rational(sp.Rational(e.subs(at))) for e in (quotient, *(sp.diff(quotient, s) for s in (x, y, z)))]
    assert exactly(program, list(point)) == wanted


TRANSCENDENTAL = [
    sp.sqrt(x * y), sp.exp(x * y), sp.log(x + y**2), sp.sin(x * y), sp.cos(x * y), sp.tan(x * y), sp.sinh(x / y),
    sp.cosh(x / y), sp.tanh(x * y), x ** sp.Rational(1, 3), (x * y) ** sp.Rational(7, 3), x**y, 2 ** (x * y), x ** sp.Rational(-5, 3),
    sp.exp(sp.sin(x) * sp.log(y)) / sp.sqrt(1 + x**4), sp.pi * x / (y - 7), -x, 3 * x - y, x**-3, (x + 1) ** x,
]  # fmt: skip


@pytest.mark.parametrize("expression", TRANSCENDENTAL, ids=str)
def test_every_operation_has_sympys_derivative(expression):
    program = derivative(program_of([expression], [x, y]), [0, 1])
    wanted = program_of([expression, sp.diff(expression, x), sp.diff(expression, y)], [x, y])
    generator = np.random.default_rng(1)
    with precision(300):
        for _ in range(5):
            point = [flint.arb(v) for v in generator.uniform(0.2, 1.4, 2)]
            for have, want in zip(ball.evaluate(program, point), ball.evaluate(wanted, point), strict=True):
                assert have.overlaps(want)
                assert max(have.rad(), want.rad()) < flint.arb("1e-80")


@pytest.mark.parametrize(("name", "number"), COORDINATES)
def test_steps_of_models_have_the_symbolic_jacobian(name, number):
    step = cached(name).coordinates[number].step
    jacobian = jacobian_program(step)
    assert jacobian is not None
    program = derivative(step_program(step), [str(s) for s in step.state])
    generator = np.random.default_rng(2)
    with precision(300):
        for _ in range(5):
            point = [flint.arb(v) for v in generator.uniform(0.1, 1.5, len(program.inputs))]
            found = ball.evaluate(program, point)[len(step.state) :]
            wanted = ball.evaluate(jacobian, point)
            for have, want in zip(found, wanted, strict=True):
                assert have.is_finite() == want.is_finite()
                if want.is_finite():
                    assert have.overlaps(want)
                    assert max(have.rad(), want.rad()) < flint.arb("1e-70")


def test_zeros_and_ones_are_not_multiplied():
    linear = derivative(program_of([x - 3 * y, y, sp.Integer(7)], [x, y]), ["x", "y"])
    assert linear.operations == 2
    assert linear.outputs[3:] == (1, -3, 0, 1, 0, 0)
    assert all(isinstance(o, Fraction) for o in linear.outputs[3:])
    assert derivative(program_of([x * y], [x, y]), ["x"]).operations == 1


def test_equal_subexpressions_stay_one():
    program = program_of([(x * y + 1) ** 2, sp.exp(x * y)], [x, y])
    found = derivative(program, [0, 1])
    assert len(set(found.instructions)) == found.operations
    assert sum(i.op == "exp" for i in found.instructions) == 1
    assert sum(i == Instruction("mul", (0, 1)) for i in found.instructions) == 1


def test_a_product_with_the_constant_of_a_values_number_is_no_square():
    """Value 1 is not the constant 1, though 1 == Fraction(1) in Python."""
    program = Program(("a", "b"), (Instruction("mul", (1, Fraction(1))), Instruction("mul", (1, Fraction(3)))), (2, 3))
    assert exactly(derivative(program, [0, 1]), [Fraction(5), Fraction(7)]) == [7, 21, 0, 1, 0, 3]


def test_what_no_output_needs_is_not_differentiated():
    program = Program(("a",), (Instruction("abs", (0,)), Instruction("neg", (0,))), (2,))
    assert derivative(program, [0]).outputs[1:] == (Fraction(-1),)


def test_an_absolute_value_of_what_is_held_fixed_is_allowed():
    program = derivative(program_of([x * sp.Abs(y)], [x, y]), ["x"])
    assert exactly(program, [Fraction(3), Fraction(-5)]) == [15, 5]


@pytest.mark.parametrize(
    ("expression", "at", "slope"),
    [
        (sp.Abs(x), -0.5, -1),
        (sp.Abs(x), 2.0, 1),
        (sp.Min(x, y), 0.5, 1),
        (sp.Min(x, y), 2.0, 0),
        (x * sp.Max(x, 1), 0.5, 1),
        (x * sp.Max(x, 1), 2.0, 4),
        (sp.Abs(x) ** 3, -0.5, -0.75),
        (sp.sign(x - 1), 0.5, 0),
    ],
)
def test_beside_a_kink_the_derivative_is_that_of_its_side(expression, at, slope):
    program = derivative(program_of([expression], [x, y]), ["x"])
    symbolic = program_of([sp.diff(expression, x)], [x, y])
    assert reference.evaluate(program, [at, 1.0])[1] == slope
    assert reference.evaluate(symbolic, [at, 1.0])[0] == slope


def test_on_a_kink_ball_arithmetic_takes_every_slope_between_the_two_sides():
    with precision(100):
        at = flint.arb(0, 0.125)
        slope = ball.evaluate(derivative(program_of([sp.Abs(x)], [x, y]), ["x"]), [at, flint.arb(1)])[1]
        assert all(slope.contains(flint.arb(k)) for k in (-1, 0, 1))
        assert slope.abs_upper() < 1.001
        assert reference.evaluate(program_of([sp.diff(x * sp.sign(x), x)], [x]), [0.0])[0] == 0  # x kink(x) = 0
        jump = ball.evaluate(derivative(program_of([sp.sign(x)], [x, y]), ["x"]), [at, flint.arb(1)])[1]
        assert not jump.is_finite()  # a step has no slope: nothing is proved with it


@pytest.mark.parametrize("wrt", [["z"], [2], [-1]])
def test_an_unknown_input_is_refused(wrt):
    with pytest.raises(ValueError, match=r"the program has no input .*: its inputs are x, y$"):
        derivative(program_of([x * y], [x, y]), wrt)
