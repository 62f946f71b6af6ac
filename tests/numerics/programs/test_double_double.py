"""Double-double programs against exact rationals and ball arithmetic; compiled kernels against NumPy to the bit."""

from __future__ import annotations

import itertools
import math
import operator
from fractions import Fraction

import flint
import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from edgestab.numerics.orbits.lanes import LANES, LaneKernel
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.printers import reference
from edgestab.numerics.printers.ball import ball
from edgestab.numerics.programs.double_double import doubled, split
from edgestab.numerics.programs.program import Program, program_of, step_program
from edgestab.numerics.rigorous.balls import BallMap, precision
from edgestab.theory.models.base import Coordinates
from edgestab.theory.optimizers.momentum import BETA, heavy_ball
from edgestab.theory.stepmap import Observer
from edgestab.theory.symbols import symbols
from tests.models_under_test import cached, eta, frozen_s

Array = NDArray[np.float64]

BOUND = Fraction(1, 2**100)
a, b = symbols("a b")
BINARY = {"add": a + b, "sub": a - b, "mul": a * b, "div": a / b, "min": sp.Min(a, b), "max": sp.Max(a, b)}
UNARY = {"neg": -a, "abs": sp.Abs(a), "sqrt": sp.sqrt(a)}


def kernel_of(where: Coordinates) -> LaneKernel:
    inputs = (*where.step.state, *where.step.parameters)
    return LaneKernel(
        step_program(where.step),
        program_of([where.residual], inputs),
        len(where.step.state),
        (True,) * len(where.step.parameters),
    )


QUARTIC = kernel_of(cached("quartic").own)


def exact(high: float, low: float) -> Fraction:
    return Fraction(float(high)) + Fraction(float(low))


def run(program: Program, *operands: Fraction) -> tuple[float, float]:
    """One value from pairs that stand for the operands."""
    high, low = split(operands)
    found = reference.evaluate(program, [*high, *low])
    return float(found[0]), float(found[1])


def assert_close(found: tuple[float, float], wanted: Fraction) -> None:
    high, low = found
    assert high + low == high  # normalised
    assert abs(exact(high, low) - wanted) <= BOUND * abs(wanted)


def wanted_of(op: str, x: Fraction, y: Fraction) -> Fraction:
    operations = {"add": operator.add, "sub": operator.sub, "mul": operator.mul, "div": operator.truediv}
    return {**operations, "min": min, "max": max}[op](x, y)


@st.composite
def pairs(draw: st.DrawFn) -> Fraction:
    """Numbers that are pairs of doubles exactly, with full, tiny, absent and half-way lo parts."""
    high = math.ldexp(draw(st.integers(2**52, 2**53 - 1)), draw(st.integers(-200, 100)))
    kind = draw(st.sampled_from(["full", "half", "tiny", "none", "round"]))
    low = {
        "full": high * 2.0**-54 * draw(st.floats(-1, 1)),
        "half": math.ulp(high) / 2 * draw(st.sampled_from([-1, 1])),
        "tiny": high * 2.0**-90,
        "none": 0.0,
        "round": math.ldexp(1.0, math.frexp(high)[1] - 80),
    }[kind]
    if kind == "round":
        high = math.ldexp(1.0, math.frexp(high)[1])
    if high + low != high:
        low = 0.0  # the half-way case rounds to the even neighbour
    return draw(st.sampled_from([-1, 1])) * (Fraction(high) + Fraction(low))


@pytest.mark.parametrize("op", BINARY)
@given(x=pairs(), y=pairs())
def test_every_binary_operation_is_accurate(op: str, x: Fraction, y: Fraction) -> None:
    program = doubled(program_of([BINARY[op]], [a, b]), 2)
    assert_close(run(program, x, y), wanted_of(op, x, y))


@given(x=pairs(), shift=st.integers(-110, 4), sign=st.sampled_from([-1, 1]))
def test_cancellation_loses_nothing(x: Fraction, shift: int, sign: int) -> None:
    near = exact(*(float(part[0]) for part in split([x * (1 + sign * Fraction(2) ** shift)])))
    for op in ("sub", "min", "max"):
        assert_close(run(doubled(program_of([BINARY[op]], [a, b]), 2), x, near), wanted_of(op, x, near))
    assert_close(run(doubled(program_of([a + b], [a, b]), 2), x, -near), x - near)


@given(x=pairs())
def test_every_unary_operation_is_accurate(x: Fraction) -> None:
    negative, absolute, root = (doubled(program_of([UNARY[op]], [a]), 1) for op in ("neg", "abs", "sqrt"))
    assert exact(*run(negative, x)) == -x
    assert exact(*run(absolute, x)) == abs(x)
    high, low = run(root, abs(x))
    assert high + low == high
    assert abs(exact(high, low) ** 2 - abs(x)) <= 2 * BOUND * abs(x)


@pytest.mark.parametrize("op", ["add", "sub", "mul", "div"])
def test_the_error_stays_below_its_proved_bound_on_many_operands(op: str) -> None:
    generator = np.random.default_rng(3)
    count = 4000
    high = generator.uniform(1, 2, (2, count)) * generator.choice([-1, 1], (2, count))
    low = high * generator.uniform(-(2.0**-54), 2.0**-54, (2, count))
    found = np.array(reference.evaluate(doubled(program_of([BINARY[op]], [a, b]), 2), [*high, *low]))
    assert (found[0] + found[1] == found[0]).all()
    worst = Fraction(0)
    for i in range(count):
        x, y = (exact(high[k, i], low[k, i]) for k in (0, 1))
        wanted = wanted_of(op, x, y)
        worst = max(worst, abs(exact(*found[:, i]) - wanted) / abs(wanted))
    bound = {"add": 3, "sub": 3, "mul": 5, "div": 15}[op] * Fraction(1, 2**106)
    assert Fraction(1, 2**108) < worst < bound + Fraction(1, 2**150)


@pytest.mark.parametrize("x", [0.0, 5e-324, 1e-310, -1e-310, 2.0**-1022, -(2.0**-1022), 1e300, -1e300])
def test_extreme_operands_of_the_exact_operations(x: float) -> None:
    for value in (Fraction(x), Fraction(x) * (1 + Fraction(1, 2**60)) if abs(x) > 1e-200 else Fraction(x)):
        assert exact(*run(doubled(program_of([abs(a)], [a]), 1), value)) == abs(value)
        for other in (Fraction(0), Fraction(1), value):
            for op in ("min", "max"):
                found = run(doubled(program_of([BINARY[op]], [a, b]), 2), value, other)
                assert exact(*found) == wanted_of(op, value, other)


def test_the_root_of_zero_is_zero_and_of_a_negative_number_not_a_number() -> None:
    root = doubled(program_of([sp.sqrt(a)], [a]), 1)
    assert run(root, Fraction(0)) == (0.0, 0.0)
    assert math.isnan(run(root, Fraction(-1))[0])


@pytest.mark.parametrize(
    "c", [Fraction(1, 3), Fraction(-7, 10), Fraction(4), Fraction(-1, 8), Fraction(3), Fraction(1)]
)
def test_constants_enter_as_pairs(c: Fraction) -> None:
    number, x = sp.Rational(c.numerator, c.denominator), Fraction(10, 7)
    near = exact(*(float(p[0]) for p in split([x])))
    for expression, wanted in (
        (number * a, c * near),
        (a + number, near + c),
        (number - a, c - near),
        (number / a, c / near),
        (sp.sqrt(abs(number)) * a, None),
    ):
        found = run(doubled(program_of([expression], [a]), 1), x)
        if wanted is None:
            assert abs(exact(*found) ** 2 - abs(c) * near**2) <= 2 * BOUND * abs(c) * near**2
        else:
            assert_close(found, wanted)


def test_pi_and_outputs_that_are_constants_or_inputs() -> None:
    program = doubled(program_of([sp.pi * a, sp.Rational(1, 3), b], [a, b]), 1)
    assert program.inputs == ("a_hi", "a_lo", "b_hi", "b_lo")
    found = reference.evaluate(program, [1.0, 0.0, 2.0, 2.0**-60])
    assert len(found) == 6
    with precision(200):
        assert abs(ball(exact(found[0], found[3])) - flint.arb.pi()) < ball(BOUND)
    assert abs(exact(found[1], found[4]) - Fraction(1, 3)) < BOUND
    assert (found[2], found[5]) == (2.0, 2.0**-60)


@pytest.mark.parametrize("op", ["exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "pow"])
def test_transcendental_operations_are_refused_by_name(op: str) -> None:
    expression = a ** sp.Rational(1, 3) if op == "pow" else getattr(sp, op)(a)
    with pytest.raises(ValueError, match=f"'{op}' has no double-double form"):
        doubled(program_of([expression], [a]), 1)


def test_the_number_of_state_variables_is_checked() -> None:
    with pytest.raises(ValueError, match="n_state must be from 0 to the number of inputs, 1, got 2"):
        doubled(program_of([a], [a]), 2)


@given(st.lists(st.fractions(-(10**6), 10**6, max_denominator=10**40), min_size=1, max_size=8))
def test_split_is_close_and_normalised(values: list[Fraction]) -> None:
    high, low = split(values)
    assert (high + low == high).all()
    for value, h, rest in zip(values, high, low, strict=True):
        assert abs(exact(h, rest) - value) <= Fraction(1, 2**106) * abs(value)


def test_neighbouring_pixels_of_a_deep_zoom_are_told_apart() -> None:
    pixels = [Fraction(12345678, 10**7) + i * Fraction(1, 10**28) for i in range(1000)]
    high, low = split(pixels)
    assert len(set(high)) == 1
    assert len(set(low)) == 1000
    assert all(abs(exact(h, e) - p) < Fraction(1, 10**31) for h, e, p in zip(high, low, pixels, strict=True))


def quartic_starts(count: int, seed: int) -> tuple[Array, Array]:
    """States (hi, then lo) and step sizes as pairs."""
    generator = np.random.default_rng(seed)
    y = generator.uniform(0.2, 1.2, count)
    high = np.array([y + generator.uniform(0, 2, count), y])
    etas = generator.uniform(0.05, 0.3, count)
    both = np.vstack([high, high * generator.uniform(-(2.0**-54), 2.0**-54, high.shape)])
    return both, np.array([etas, etas * generator.uniform(-(2.0**-54), 2.0**-54, count)])


def test_a_composed_step_agrees_with_ball_arithmetic() -> None:
    step = cached("quartic").own.step
    program = doubled(step_program(step.compose(3)), 2)
    state, etas = quartic_starts(100, seed=1)
    found = np.array(reference.evaluate(program, [*state, *etas]))
    with precision(300):
        for i in range(state.shape[1]):
            orbit = BallMap(step, {eta: exact(*etas[:, i])}).orbit(
                (ball(exact(state[0, i], state[2, i])), ball(exact(state[1, i], state[3, i])))
            )
            wanted = next(itertools.islice(orbit, 3, None))
            for k in (0, 1):
                error = abs(ball(exact(found[k, i], found[k + 2, i])) - wanted[k])
                assert error < (1 + abs(wanted[k])) * flint.arb("1e-27")


MOMENTUM = Coordinates("momentum", heavy_ball(cached("quartic").loss), sp.Abs(symbols("x")[0]), sp.S(1))


@pytest.mark.parametrize(
    "where", [cached("quartic").own, cached("chain:1,2").own, MOMENTUM], ids=["quartic", "chain:1,2", "momentum"]
)
@pytest.mark.parametrize("count", [1, LANES - 1, LANES + 1])
def test_the_compiled_kernel_equals_the_reference_to_the_bit(where: Coordinates, count: int) -> None:
    kernel = kernel_of(where).doubled
    generator = np.random.default_rng(count)
    n, p = len(where.step.state), len(where.step.parameters)
    high = generator.uniform(0.5, 1.2, (n, count))
    high[:, ::7] *= 40  # these overflow
    state = np.vstack([high, high * 2.0**-55])
    values = [generator.uniform(0.02, 0.2, count) for _ in range(p)]
    parameters = [*values, *(v * 2.0**-56 for v in values)]
    found = kernel.advance(state, parameters, 100)
    for _ in range(100):
        state = np.array(reference.evaluate(kernel.step, [*state, *parameters]))
    if count > 1:
        assert np.isfinite(state).all(axis=0).any()
    nan = np.isnan(state)
    assert (np.isnan(found) == nan).all()
    assert (found.view(np.int64)[~nan] == state.view(np.int64)[~nan]).all()


def test_a_compiled_orbit_agrees_with_the_exact_one_to_25_digits() -> None:
    kernel = QUARTIC.doubled
    step_size = Fraction(1, 5)
    starts = [(Fraction(i + 17, 10), Fraction(j + 5, 10)) for i in range(6) for j in range(4)]
    high, low = (np.array(part) for part in zip(*(split(s) for s in starts), strict=True))
    etas = split([step_size])
    found = kernel.advance(np.vstack([high.T, low.T]), [np.full(24, e[0]) for e in etas], 30)
    with precision(400):
        compared = 0
        for i in range(24):
            start = tuple(ball(exact(h, e)) for h, e in zip(high[i], low[i], strict=True))
            orbit = BallMap(cached("quartic").own.step, {eta: step_size}).orbit(start)
            end = next(itertools.islice(orbit, 30, None))
            assert all(abs(float(x)) < 10 for x in end)
            for k in (0, 1):
                assert abs(ball(exact(found[k, i], found[k + 2, i])) - end[k]) < flint.arb("1e-25")
                compared += 1
        assert compared == 48
    single = QUARTIC.advance(high.T, [np.full(24, 0.2)], 30)
    assert np.abs((single - found[:2]) - found[2:]).max() > 1e-17  # which float64 does not reach


def test_chaotic_orbits_from_starts_that_float64_cannot_tell_apart_separate_as_they_should() -> None:
    where = cached("frozen-cubic").own
    kernel = kernel_of(where).doubled
    starts = [Fraction(3, 10), Fraction(3, 10) + Fraction(1, 10**25)]
    high, low = split(starts)
    assert high[0] == high[1]
    s = Fraction(15, 8)
    parameters = [np.full(2, 1.875), np.zeros(2)]
    ends = [kernel.advance(np.array([high, low]), parameters, n) for n in (40, 120)]
    with precision(600):
        for start, column in zip((exact(*p) for p in zip(high, low, strict=True)), (0, 1), strict=True):
            orbit = BallMap(where.step, {frozen_s: s}).orbit((ball(start),))
            wanted = next(itertools.islice(orbit, 40, None))[0]
            assert abs(ball(exact(*ends[0][:, column])) - wanted) < flint.arb("1e-18")
    assert 1e-23 < abs(float(exact(*ends[0][:, 0]) - exact(*ends[0][:, 1]))) < 1e-10
    assert abs(ends[1][0, 0] - ends[1][0, 1]) > 1e-6


def test_orbits_diverge_and_converge_at_the_steps_of_float64() -> None:
    generator = np.random.default_rng(5)
    count = 400
    y = generator.uniform(0.05, 1.2, count)
    high = np.array([y + generator.uniform(0, 3, count), y])
    high[:, ::11] *= 10.0 ** generator.uniform(0, 200, high[:, ::11].shape[1])
    etas = generator.uniform(0.05, 0.3, count)
    single = QUARTIC.drive(high, [etas], 1e-9, 6400)
    double = QUARTIC.doubled.drive(np.vstack([high, 0 * high]), [etas, 0 * etas], 1e-9, 6400)
    left = single.status == Status.DIVERGED
    assert 20 < left.sum() < 380
    # Chaotic transients may end differently; whatever escapes at once may not.
    quick = left & (single.steps <= 10)
    assert quick.sum() > 20
    assert (double.status[quick] == Status.DIVERGED).all()
    assert (double.steps[quick] == single.steps[quick]).all()
    assert np.isfinite(double.final[:, quick]).all()
    calm = (single.status == Status.CONVERGED) & (single.steps < 40)
    assert calm.sum() > 20
    assert (double.status[calm] == Status.CONVERGED).all()
    assert np.isfinite(double.residual[double.status == Status.CONVERGED]).all()


def test_convergence_goes_on_below_the_resolution_of_float64() -> None:
    start = np.array([[1.5], [0.7], [0.0], [0.0]])
    orbits = QUARTIC.doubled.drive(start, [np.array([0.1]), np.zeros(1)], 1e-29, 20_000)
    assert orbits.status[0] == Status.CONVERGED
    x, y = (exact(orbits.final[k, 0], orbits.final[k + 2, 0]) for k in (0, 1))
    assert abs(x * y - 1) < Fraction(1, 10**28)


@pytest.mark.parametrize("size", [1e8, -1e8, 3e7])
def test_a_state_at_the_radius_steps_to_a_correct_hi_part(size: float) -> None:
    program = doubled(step_program(cached("quartic").own.step.compose(2)), 2)  # of degree 49 in x and y
    single = doubled(step_program(cached("quartic").own.step), 2)
    x, y, step_size = Fraction(size), Fraction(size / 3), Fraction(0.3)
    found = reference.evaluate(single, [size, size / 3, 0.0, 0.0, 0.3, 0.0])
    g = step_size * x * y * (x**2 * y**2 - 1)
    assert_close((float(found[0]), float(found[2])), x - g * y)
    assert_close((float(found[1]), float(found[3])), y - g * x)
    assert not np.isnan(reference.evaluate(program, [size / 100, size / 300, 0.0, 0.0, 0.3, 0.0])[0])


def test_observers_are_carried_in_pairs() -> None:
    own = cached("quartic").own
    x = own.step.state[0]
    least, most = symbols("least most")
    step = own.step.observing(Observer(least, x, sp.Min)).observing(Observer(most, x, sp.Max, before=x))
    inputs = (*step.state, *step.parameters)
    kernel = LaneKernel(step_program(step), program_of([own.residual], inputs), 4, (True,), 2).doubled
    assert (kernel.n_state, kernel.n_observers) == (8, 6)
    state = np.array([[2.3], [0.4], [np.inf], [-np.inf], [0], [0], [0], [0]])
    orbits = kernel.drive(state, [np.array([0.2]), np.zeros(1)], 1e-20, 4000)
    assert orbits.status[0] == Status.CONVERGED
    seen = [Fraction(2.3)]
    point = (Fraction(2.3), Fraction(0.4))
    with precision(300):
        orbit = BallMap(own.step, {eta: Fraction(0.2)}).orbit(tuple(map(ball, point)))
        values = [p[0] for p in itertools.islice(orbit, int(orbits.steps[0]) + 1)]
        smallest = min(float(v) for v in values[1:])
        rise = max(float(v - u) for u, v in itertools.pairwise(values))
    assert seen[0] > 2
    assert orbits.final[2, 0] == pytest.approx(smallest, rel=1e-15)
    assert orbits.final[3, 0] == pytest.approx(rise, rel=1e-15)
    assert np.isfinite(orbits.final).all()


def test_equal_subexpressions_are_one_instruction_and_nothing_is_left_over() -> None:
    program = doubled(program_of([(a * b) ** 2 + a * b], [a, b]), 2)
    assert len(set(program.instructions)) == len(program.instructions)
    used = {v for i in program.instructions for v in i.args if isinstance(v, int)} | set(program.outputs)
    assert used == set(range(4 + program.operations))
    both, leading = doubled(QUARTIC.residual, 2), QUARTIC.doubled.residual
    assert leading.operations < both.operations
    at = [np.array([v]) for v in (1.3, 0.4, 1e-17, -2e-18, 0.2, 0.0)]
    assert reference.evaluate(leading, at) == reference.evaluate(both, at)[:1]
    assert program.is_algebraic


def test_the_momentum_step_has_its_own_parameters() -> None:
    step = MOMENTUM.step
    assert BETA in step.parameters
    program = doubled(step_program(step), len(step.state))
    n, p = len(step.state), len(step.parameters)
    assert len(program.inputs) == 2 * (n + p)
    assert [name.endswith("_hi") for name in program.inputs] == [True] * n + [False] * n + [True] * p + [False] * p
