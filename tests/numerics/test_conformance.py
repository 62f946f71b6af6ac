"""Every model in every coordinate system: compiled kernel, NumPy reference and ball printer agree.

The kernel and the reference must agree to the bit. A double and a ball can only agree up to rounding: the float
result must lie in the ball that the ball printer gives when every operation may be off by half an ulp.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import flint
import numpy as np
import pytest
import sympy as sp
from numpy.typing import NDArray

from numerics.balls import precision
from numerics.lanes import LANES, LaneKernel
from numerics.printers import ball, reference
from numerics.program import Instruction, Operand, Program, program_of, step_program
from tests.models_under_test import COORDINATES, cached, charted, eta, sources
from theory.loss import Loss
from theory.optimizers import BETA, gradient_descent, heavy_ball, nesterov
from theory.stepmap import StepMap
from theory.symbols import symbols

Array = NDArray[np.float64]

WIDTHS = (1, 3, LANES - 1, LANES, LANES + 1, 600)
STEPS = 200


def points_of(name: str, number: int, count: int) -> tuple[StepMap, Array, list[Array]]:
    """A step map with starts and parameters: most tame, every seventh far out, where orbits overflow."""
    m = cached(name)
    where = m.coordinates[number]
    generator = np.random.default_rng(count)
    own = sources(m, count, seed=count)
    parameters = [generator.uniform(0.02, 0.45, count) for _ in where.step.parameters]
    if eta not in where.step.parameters:
        parameters = [generator.uniform(0.2, 1.9, count)]
    state = charted(m, where, own, dict(zip(where.step.parameters, parameters, strict=True)))
    state[:, ::7] *= generator.uniform(-40, 40, state[:, ::7].shape)
    return where.step, state, parameters


def momentum(rule: Callable[[Loss], StepMap], count: int) -> tuple[StepMap, Array, list[Array]]:
    step = rule(cached("quartic").loss)
    generator = np.random.default_rng(1)
    theta = sources(cached("quartic"), count, seed=2)
    state = np.vstack([theta, theta * generator.uniform(0.98, 1.02, theta.shape)])
    values = {eta: generator.uniform(0.02, 0.3, count), BETA: generator.uniform(0, 0.95, count)}
    return step, state, [values[p] for p in step.parameters]


def random_polynomial(seed: int) -> Loss:
    generator = np.random.default_rng(seed)
    names = symbols("x y z")[: generator.integers(1, 4)]
    terms = [
        sp.Rational(int(generator.integers(-9, 10)) or 1, int(generator.integers(1, 8)))
        * sp.Mul(*(v ** int(generator.integers(0, 4)) for v in names))
        for _ in range(generator.integers(2, 6))
    ]
    return Loss(names, sp.Add(*terms, *(v**2 / 2 for v in names), *(sp.Rational(7, 100) * v**6 for v in names)))


def polynomial_case(seed: int, count: int) -> tuple[StepMap, Array, list[Array]]:
    step = gradient_descent(random_polynomial(seed))
    generator = np.random.default_rng([seed, 1])
    state = generator.uniform(-2, 2, (len(step.state), count))
    return step, state, [generator.uniform(0.01, 0.3, count)]


def kernel_of(step: StepMap, per_orbit: bool = True) -> LaneKernel:
    inputs = (*step.state, *step.parameters)
    anything = program_of([sp.Abs(step.state[0])], inputs)
    return LaneKernel(step_program(step), anything, len(step.state), (per_orbit,) * len(step.parameters))


def iterated(step: StepMap, state: Array, parameters: list[Array], steps: int) -> Array:
    program = step_program(step)
    for _ in range(steps):
        state = np.array(reference.evaluate(program, [*state, *parameters]))
    return state


def assert_same_bits(found: Array, wanted: Array) -> None:
    """Equal to the sign of zero; not-a-number in the same places."""
    nan = np.isnan(wanted)
    assert (np.isnan(found) == nan).all()
    assert (found.view(np.int64)[~nan] == wanted.view(np.int64)[~nan]).all()


def assert_conforms(step: StepMap, state: Array, parameters: list[Array]) -> None:
    kernel = kernel_of(step)
    first = iterated(step, state, parameters, 1)
    assert np.isfinite(first).all(axis=0).mean() > 0.5  # else hardly anything is compared
    assert_same_bits(kernel.advance(state, parameters, 1), first)
    last = iterated(step, state, parameters, STEPS)
    for width in WIDTHS:
        found = kernel.advance(state[:, :width], [p[:width] for p in parameters], STEPS)
        assert_same_bits(found, np.ascontiguousarray(last[:, :width]))


def rounded(program: Program) -> Program:
    """The program with one more input for every constant and operation, a factor 1 + delta on its value."""
    factors: list[str] = []
    instructions: list[Instruction] = []
    constants = sorted(
        {a for i in program.instructions for a in i.args if isinstance(a, Fraction)}
        | {o for o in program.outputs if isinstance(o, Fraction)}
    )
    total = len(program.inputs) + len(constants) + len(program.instructions)  # as many factors as values
    place: dict[tuple[bool, Operand], int] = {(False, i): i for i in range(len(program.inputs))}

    def at(old: Operand) -> int:
        return place[isinstance(old, Fraction), old]  # Fraction(1) == 1: the key must tell them apart

    def emit(old: Operand, instruction: Instruction | None) -> None:
        value: Operand = old
        if instruction is not None:
            instructions.append(instruction)
            value = total + len(instructions) - 1
        instructions.append(Instruction("mul", (value, len(program.inputs) + len(factors))))
        factors.append(f"delta{len(factors)}")
        place[isinstance(old, Fraction), old] = total + len(instructions) - 1

    for constant in constants:
        emit(constant, None)
    for k, i in enumerate(program.instructions):
        emit(len(program.inputs) + k, Instruction(i.op, tuple(map(at, i.args))))
    return Program((*program.inputs, *factors), tuple(instructions), tuple(map(at, program.outputs)))


def assert_balls_enclose(step: StepMap, state: Array, parameters: list[Array], steps: int = 20) -> None:
    """Each step of a float orbit, taken from its exact dyadic state, lies in the ball that allows for rounding."""
    program = step_program(step)
    assert program.is_algebraic  # only then IEEE 754 promises half an ulp
    loose = rounded(program)
    compared = 0
    with precision(200):
        half_ulp = flint.arb(1, flint.arb(2) ** -53)
        for column in range(state.shape[1]):
            x = state[:, column]
            own = [p[column] for p in parameters]
            for _ in range(steps):
                inputs = [ball.ball(float(v)) for v in (*x, *own)]
                x = np.array(reference.evaluate(program, [*x, *own]))
                if not (np.isfinite(x).all() and np.abs(x).max() < 100):
                    break
                exact = ball.evaluate(program, inputs)
                around = ball.evaluate(loose, [*inputs, *[half_ulp] * (len(loose.inputs) - len(inputs))])
                for value, thin, wide in zip(x, exact, around, strict=True):
                    assert wide.contains(ball.ball(float(value)))
                    assert wide.contains(thin)
                    assert float(thin.rad()) < 1e-45
                    assert float(wide.rad()) < 1e-6  # thin enough to notice a wrong operation
                    compared += 1
    assert compared >= 2 * steps


@pytest.mark.parametrize(("name", "number"), COORDINATES)
def test_kernel_equals_reference(name, number):
    assert_conforms(*points_of(name, number, max(WIDTHS)))


@pytest.mark.parametrize("rule", [heavy_ball, nesterov])
def test_kernel_equals_reference_with_momentum(rule):
    assert_conforms(*momentum(rule, max(WIDTHS)))


@pytest.mark.parametrize("seed", range(20))
def test_kernel_equals_reference_on_random_polynomials(seed):
    assert_conforms(*polynomial_case(seed, max(WIDTHS)))


def test_a_shared_parameter_gives_the_bits_of_a_parameter_per_orbit():
    step, state, _ = points_of("quartic", 1, 300)
    shared = kernel_of(step, per_orbit=False).advance(state, [0.23], STEPS)
    assert_same_bits(kernel_of(step).advance(state, [np.full(300, 0.23)], STEPS), shared)


def test_a_parameter_per_orbit_may_be_one_number():
    step, state, _ = points_of("quartic", 0, 300)
    kernel = kernel_of(step)
    assert_same_bits(kernel.advance(state, [0.2], 9), kernel.advance(state, [np.full(300, 0.2)], 9))


def test_advance_leaves_the_starts_alone_and_composes():
    step, state, parameters = points_of("quartic", 0, 300)
    kernel, before = kernel_of(step), state.copy()
    assert_same_bits(kernel.advance(state, parameters, 0), before)
    half = kernel.advance(state, parameters, 8)
    assert_same_bits(kernel.advance(half, parameters, 5), kernel.advance(state, parameters, 13))
    assert_same_bits(state, before)


@pytest.mark.parametrize(("name", "number"), COORDINATES)
def test_balls_enclose_the_float_result(name, number):
    step, state, parameters = points_of(name, number, 14)
    tame = [i for i in range(14) if i % 7]
    assert_balls_enclose(step, state[:, tame], [p[tame] for p in parameters])


@pytest.mark.parametrize("rule", [heavy_ball, nesterov])
def test_balls_enclose_the_float_result_with_momentum(rule):
    step, state, parameters = momentum(rule, 5)
    assert_balls_enclose(step, state, parameters)


@pytest.mark.parametrize("seed", range(20))
def test_balls_enclose_the_float_result_on_random_polynomials(seed):
    step, state, parameters = polynomial_case(seed, 6)
    assert_balls_enclose(step, state / 4, parameters)


def test_the_rounding_allowance_notices_a_wrong_operation():
    """The ball check can fail: a result two ulps of its largest term away is outside."""
    x, y = symbols("x y")
    program = program_of([x * y - 1], [x, y])
    with precision(200):
        half_ulp = flint.arb(1, flint.arb(2) ** -53)
        inputs = [ball.ball(1.1), ball.ball(2.3)]
        loose = rounded(program)
        wide = ball.evaluate(loose, [*inputs, *[half_ulp] * (len(loose.inputs) - 2)])[0]
        right = 1.1 * 2.3 - 1
        assert wide.contains(ball.ball(right))
        assert not wide.contains(ball.ball(right + 2 * np.spacing(1.1 * 2.3)))
