"""Every model in every coordinate system, and random polynomials: all printers of a step agree.

The compiled kernels and the NumPy reference must agree to the bit, in float64 and in double-double arithmetic. A float
and a ball can only agree up to rounding: the float result must lie in the ball that the ball printer gives when every
operation may be off by its proved error. Taylor coefficients must meet SymPy's derivatives, enclosed in balls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

import flint
import numpy as np
import pytest
import sympy as sp
from numpy.typing import NDArray

from edgestab.numerics.cycles.jets import Family
from edgestab.numerics.orbits.lanes import LANES, LaneKernel
from edgestab.numerics.printers import ball, reference
from edgestab.numerics.programs.double_double import doubled
from edgestab.numerics.programs.program import Instruction, Operand, Program, jacobian_program, program_of, step_program
from edgestab.numerics.rigorous.balls import precision
from edgestab.theory.loss import Loss
from edgestab.theory.optimizers.gradient_descent import gradient_descent
from edgestab.theory.optimizers.momentum import BETA, heavy_ball, nesterov
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import symbols
from tests.models_under_test import COORDINATES, cached, charted, eta, sources
from tests.numerics.printers_under_test import PRINTERS

Array = NDArray[np.float64]

RANDOM = 20
"""How many random polynomials every printer passes over."""

MAPS = (*COORDINATES, *(("random", seed) for seed in range(RANDOM)))
"""Every map: a model's name and the number of its coordinate system, or a random polynomial by its seed."""

COMPILED = ("quartic", "vector:1", "frozen-cubic", "random")


def some_of(maps: Iterable[tuple[str, int]]) -> list[Any]:
    """Maps for tests that compile a kernel for each: one of every dimension, two random ones; others are deep."""
    return [
        pytest.param(name, number, marks=() if name in COMPILED and number < 2 else pytest.mark.deep)
        for name, number in maps
    ]


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


def case_of(name: str, number: int, count: int) -> tuple[StepMap, Array, list[Array]]:
    """One of MAPS with starts and parameters: most tame, every seventh far out; random losses with small steps too."""
    if name != "random":
        return points_of(name, number, count)
    step, state, parameters = polynomial_case(number, count)
    tame = np.arange(count) % 7 > 0
    state[:, tame] /= 4
    state[:, ~tame] *= 20
    parameters[0][1::2] /= 20
    return step, state, parameters


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


@pytest.mark.parametrize("seed", range(RANDOM))
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


@pytest.mark.parametrize("seed", range(RANDOM))
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


# Every printer, and those to come.


@pytest.mark.parametrize("printer", PRINTERS)
@pytest.mark.parametrize(("name", "number"), MAPS)
def test_a_printer_rounds_as_numpy_does_or_encloses_the_exact_value(printer, name, number):
    step, state, parameters = case_of(name, number, 14)
    program, inputs = step_program(step), np.vstack([state, *parameters])
    low, high = PRINTERS[printer].evaluate(program, inputs)
    if PRINTERS[printer].rounds:
        for found in (low, high):
            assert_same_bits(found, np.array(reference.evaluate(program, list(inputs))))
        return
    tame = [c for c in range(14) if c % 7]
    with precision(400):
        for c in tame:
            point = [flint.arb(v) for v in inputs[:, c].tolist()]
            terms = ball.evaluate(all_positive(program), [abs(x) for x in point])
            for i, value in enumerate(ball.evaluate(program, point)):
                assert value >= low[i, c]
                assert value <= high[i, c]
                assert (
                    high[i, c] - low[i, c] <= terms[i] * flint.arb(2) ** -44
                )  # thin enough to notice a wrong operation


# Double-double arithmetic.


def exact(high: float, low: float) -> flint.arb:
    return ball.ball(Fraction(float(high)) + Fraction(float(low)))


def paired(name: str, number: int, count: int) -> tuple[StepMap, Array, Array]:
    """A step map with tame states and parameters as pairs of doubles: all hi parts, then all lo parts."""
    step, state, parameters = case_of(name, number, count * 2)
    tame = [i for i in range(count * 2) if i % 7][:count]
    generator = np.random.default_rng(3)
    values = state[:, tame], np.array(parameters)[:, tame]
    return step, *(np.vstack([v, v * generator.uniform(-(2.0**-54), 2.0**-54, v.shape)]) for v in values)


def all_positive(program: Program) -> Program:
    """The program with every subtraction made a sum: of absolute values it gives the size of the terms."""
    same = {"sub": "add", "neg": "abs"}
    instructions = tuple(
        Instruction(same.get(i.op, i.op), tuple(abs(a) if isinstance(a, Fraction) else a for a in i.args))
        for i in program.instructions
    )
    return Program(program.inputs, instructions, program.outputs)


@pytest.mark.parametrize(("name", "number"), MAPS)
def test_two_steps_in_double_double_are_within_2_to_the_minus_100_of_exact(name, number):
    step, state, values = paired(name, number, 12)
    n, m = len(step.state), len(step.parameters)
    program = step_program(step.compose(2))
    loose, size = rounded(program), all_positive(program)
    found = np.array(reference.evaluate(doubled(program, n), [*state, *values]))
    compared = 0
    with precision(400):
        delta = flint.arb(1, flint.arb(2) ** -102)  # of the operations, division errs most: by 15 u^2 + 56 u^3
        for c in np.flatnonzero((np.abs(found[:n]) < 1e100).all(axis=0)):
            inputs = [exact(state[i, c], state[i + n, c]) for i in range(n)]
            inputs += [exact(values[i, c], values[i + m, c]) for i in range(m)]
            thin = ball.evaluate(program, inputs)
            wide = ball.evaluate(loose, [*inputs, *[delta] * (len(loose.inputs) - len(inputs))])
            terms = ball.evaluate(size, [abs(x) for x in inputs])
            for i in range(n):
                value = exact(found[i, c], found[i + n, c])
                assert found[i, c] + found[i + n, c] == found[i, c]
                assert wide[i].contains(value)
                assert abs(value - thin[i]) <= terms[i] * flint.arb(2) ** -100
                assert thin[i].rad() < terms[i] * flint.arb(2) ** -300
                compared += 1
    assert compared >= 8 * n


def amplification(step: StepMap, orbit: list[Array], parameters: Array) -> Array:
    """For each orbit the most that an error made on the way has grown by at its end."""
    jacobian, n = jacobian_program(step), len(step.state)
    assert jacobian is not None
    product = np.broadcast_to(np.eye(n), (orbit[0].shape[1], n, n))
    largest = np.ones(orbit[0].shape[1])
    for state in orbit[-2::-1]:
        entries = np.array(reference.evaluate(jacobian, [*state, *parameters])).reshape(n, n, -1)
        product = product @ np.moveaxis(entries, -1, 0)
        largest = np.maximum(largest, np.abs(product).sum(axis=2).max(axis=1))
    return largest


@pytest.mark.parametrize(("name", "number"), MAPS)
def test_the_hi_part_after_20_steps_in_double_double_is_exact_to_half_an_ulp(name, number):
    step, state, values = paired(name, number, 60)
    n, m = len(step.state), len(step.parameters)
    program = step_program(step)
    twice = doubled(program, n)
    orbit = [state]
    for _ in range(20):
        orbit.append(np.array(reference.evaluate(twice, [*orbit[-1], *values])))
    calm = (np.abs(orbit) < 100).all(axis=(0, 1))
    growth = amplification(step, [x[:n, calm] for x in orbit], values[:m, calm])
    compared = 0
    with precision(400):
        for c, factor in zip(np.flatnonzero(calm), growth, strict=True):
            if factor > 2.0**30:
                continue
            point = [exact(state[i, c], state[i + n, c]) for i in range(n)]
            own = [exact(values[i, c], values[i + m, c]) for i in range(m)]
            for _ in range(20):
                point = ball.evaluate(program, [*point, *own])
            scale = max(float(np.abs(x[:n, c]).max()) for x in orbit)
            for i in range(n):
                high, low = orbit[-1][[i, i + n], c]
                rest = flint.arb(scale * factor) * flint.arb(2) ** -92
                assert abs(exact(high, low) - point[i]) <= rest
                assert abs(ball.ball(float(high)) - point[i]) <= flint.arb(float(np.spacing(abs(high)))) / 2 + rest
                compared += 1
    assert compared >= 4 * n


def assert_doubled_kernel_conforms(name: str, number: int) -> None:
    step, state, values = paired(name, number, 40)
    kernel = kernel_of(step).doubled
    wanted = state
    for _ in range(30):
        wanted = np.array(reference.evaluate(kernel.step, [*wanted, *values]))
    assert np.isfinite(wanted).all(axis=0).mean() > 0.3
    assert_same_bits(kernel.advance(state, list(values), 30), wanted)


@pytest.mark.parametrize(("name", "number"), some_of(COORDINATES))
def test_the_double_double_kernel_equals_reference(name, number):
    assert_doubled_kernel_conforms(name, number)


@pytest.mark.parametrize(
    "seed", [pytest.param(n, marks=() if n < 8 else pytest.mark.deep) for n in range(0, RANDOM, 4)]
)
def test_the_double_double_kernel_equals_reference_on_five_of_the_random_polynomials(seed):
    assert_doubled_kernel_conforms("random", seed)


# Taylor arithmetic.

SLOW = {("vector:2", 0), ("vector:3", 0)}
"""Whose many directional derivatives take SymPy longer than all others together."""


@pytest.mark.parametrize(
    ("name", "number"), [pytest.param(*m, marks=pytest.mark.deep if m in SLOW else ()) for m in MAPS]
)
def test_taylor_coefficients_meet_the_symbolic_directional_derivatives(name, number):
    step, state, parameters = case_of(name, number, 4)
    inputs = (*step.state, *step.parameters)
    u = [Fraction((-1) ** k * (k + 2), 7) for k in range(len(inputs))]
    derivatives = [step.closed_form()]
    for _ in range(3):
        terms = [
            [sp.Rational(*c.as_integer_ratio()) * sp.diff(e, s) for c, s in zip(u, inputs, strict=True)]
            for e in derivatives[-1]
        ]
        derivatives.append(tuple(sp.Add(*t) for t in terms))
    programs = [program_of(d, inputs) for d in derivatives]
    family = Family(step, {}, *step.parameters)  # the one parameter is free as well
    with precision(400):
        for column in (1, 2, 3):
            z = [ball.ball(float(v)) for v in (*state[:, column], *(p[column] for p in parameters))]
            found = family.curve(z, [ball.ball(c) for c in u], 1, 3)
            for k, program in enumerate(programs):
                wanted = [d / flint.arb(k).fac() for d in ball.evaluate(program, z)]
                for a, b in zip(found[k], wanted, strict=True):
                    assert a.overlaps(b)
                    assert max(a.rad(), b.rad()) < flint.arb("1e-90")
