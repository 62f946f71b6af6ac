"""Tapes: random programs enclose Arb's values, larger boxes give larger results, and wrong boxes are named."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import flint
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgestab.numerics.intervals import tape
from edgestab.numerics.intervals.assembly import enclosure
from edgestab.numerics.intervals.kernel import BLOCK, CODES
from edgestab.numerics.intervals.tape import evaluate, tape_of
from edgestab.numerics.printers import ball
from edgestab.numerics.programs.program import Instruction, Program, program_of, step_program
from edgestab.numerics.rigorous.balls import precision
from edgestab.theory.symbols import symbols
from tests.models_under_test import COORDINATES, cached
from tests.numerics.intervals.operands_under_test import intervals, points_of
from tests.numerics.intervals.programs_under_test import programs

ROOT = Path(__file__).parents[3]

x, y = symbols("x y")


def assert_encloses(program: Program, lower: list[list[float]], upper: list[list[float]], points) -> int:
    """Return how many values are defined, and compared."""
    low, high = evaluate(program, lower, upper)
    assert (low <= high).all()
    compared = 0
    with precision(200):
        for k, point in enumerate(np.transpose(points).tolist()):
            for i, value in enumerate(ball.evaluate(program, [flint.arb(v) for v in point])):
                if value.is_finite():
                    compared += 1
                    # Where Arb cannot tell, as after a cancellation to exactly zero, neither can this test.
                    assert not value < low[i, k], (program, point, value, low[i, k])
                    assert not value > high[i, k], (program, point, value, high[i, k])
    return compared


ISOTONE = ("neg", "abs", "sqrt", "add", "sub", "mul", "mul", "div", "min", "max", "pi")

ends = st.one_of(st.floats(-3, 3), st.sampled_from([0.0, -0.0, 1.0, -1.0, 2.0]), st.floats(-1e3, 1e3))
boxes = st.lists(st.tuples(ends, ends).map(sorted), min_size=3, max_size=3)


@settings(max_examples=400)
@given(programs(), boxes, st.integers(0, 2**32))
def test_random_programs_enclose_exact_values(program, box, seed):
    generator = np.random.default_rng(seed)
    lower, upper = np.array(box).T[:, :, None].repeat(12, axis=2)
    points = [points_of(a, b, generator) for a, b in zip(lower, upper, strict=True)]
    assert_encloses(program, lower, upper, points)


@settings(max_examples=200)
@given(
    programs(operations=ISOTONE), boxes, st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=3, max_size=3)
)
def test_a_larger_box_gives_a_larger_result(program, box, shares):
    """Inclusion isotonicity. It holds to the last unit but for exp and log, which are not monotone to the unit."""
    outer = np.array(box)
    a, b = outer.T
    share = np.sort(shares)
    inner = np.clip(a[:, None] * (1 - share) + b[:, None] * share, a[:, None], b[:, None])
    low, high = evaluate(program, np.stack([a, inner.min(axis=1)], axis=1), np.stack([b, inner.max(axis=1)], axis=1))
    assert (low[:, 0] <= low[:, 1]).all()
    assert (high[:, 0] >= high[:, 1]).all()


@pytest.mark.parametrize("seed", range(10))
def test_long_programs_keep_their_registers_apart(seed):
    """Rational operations on integers: every value is exact, and found again in its interval."""
    generator = np.random.default_rng(seed)
    instructions: list[Instruction] = []
    values = [Fraction(2), Fraction(-3), Fraction(5)]
    how = {"add": lambda a, b: a + b, "sub": lambda a, b: a - b, "min": min, "max": max, "neg": lambda a: -a}
    while len(instructions) < 300:
        op = str(generator.choice(list(how)))
        args = [int(v) for v in generator.integers(0, len(values), 1 if op == "neg" else 2)]
        value = how[op](*(values[a] for a in args))
        if abs(value) < 10**6:
            instructions.append(Instruction(op, tuple(args)))
            values.append(value)
    outputs = tuple(int(o) for o in generator.integers(0, len(values), 40))
    low, high = evaluate(Program(("a", "b", "c"), tuple(instructions), outputs), [[2], [-3], [5]], [[2], [-3], [5]])
    for o, a, b in zip(outputs, low[:, 0], high[:, 0], strict=True):
        assert a <= values[o] <= b
        assert b - a < 1e-6


@pytest.mark.parametrize(("name", "number"), COORDINATES)
def test_steps_of_models_enclose_exact_values(name, number):
    program = step_program(cached(name).coordinates[number].step)
    generator = np.random.default_rng(7)
    centre = generator.uniform(0.1, 1.5, (len(program.inputs), 40))
    width = centre * 10.0 ** generator.uniform(-16, -1, 40)
    lower, upper = centre - width, centre + width
    points = [points_of(a, b, generator) for a, b in zip(lower, upper, strict=True)]
    assert assert_encloses(program, lower, upper, points) > 20


@pytest.mark.parametrize("count", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 5])
def test_boxes_do_not_depend_on_each_other(count):
    program = program_of([x * y / (1 + x**2), x**3 - y, x], [x, y])
    generator = np.random.default_rng(count)
    ends = [intervals(count, generator) for _ in range(2)]
    lower, upper = np.array([a for a, _ in ends]), np.array([b for _, b in ends])
    found = np.array(evaluate(program, lower, upper))
    assert found.shape == (2, 3, count)
    for k in range(count):
        alone = np.array(evaluate(program, lower[:, k : k + 1], upper[:, k : k + 1]))
        assert np.array_equal(found[:, :, k], alone[:, :, 0])


def test_what_is_not_contiguous_or_writable_or_float_is_taken_too():
    program = program_of([x - y], [x, y])
    lower = np.arange(12).reshape(6, 2).T
    upper = (lower + 1).astype(np.float64)
    upper.flags.writeable = False
    low, high = evaluate(program, lower, upper)
    assert low.round(9).tolist() == [[-2.0] * 6]
    assert high.round(9).tolist() == [[0.0] * 6]


def test_outputs_may_be_constants_inputs_and_the_same_value_twice():
    program = Program(("a",), (Instruction("add", (0, Fraction(1))),), (1, 0, Fraction(1, 3), 1, Fraction(2)))
    low, high = evaluate(program, [[1.0]], [[2.0]])
    assert low[:, 0].tolist() == [math.nextafter(2, 0), 1.0, 1 / 3, math.nextafter(2, 0), 2.0]
    assert high[:, 0].tolist() == [math.nextafter(3, 4), 2.0, math.nextafter(1 / 3, 1), math.nextafter(3, 4), 2.0]
    none = Program((), (), (Fraction(1),))
    assert evaluate(none, np.empty((0, 2)), np.empty((0, 2)))[0].tolist() == [[1.0, 1.0]]


def test_a_product_of_an_input_with_the_constant_of_its_number_is_no_square():
    program = Program(("a", "b"), (Instruction("mul", (1, Fraction(1))), Instruction("mul", (1, Fraction(-1)))), (2, 3))
    low, high = evaluate(program, [[0.0], [-3.0]], [[0.0], [2.0]])
    assert (low[:, 0].tolist(), high[:, 0].tolist()) == ([-3.0, -2.0], [2.0, 3.0])


@given(
    st.one_of(st.fractions(), st.integers(-(10**320), 10**320).map(Fraction), st.fractions().map(lambda f: f / 10**320))
)
def test_constants_are_enclosed_by_neighbours(number):
    low, high = enclosure(number)
    assert low <= number <= high
    assert high == low or high == math.nextafter(low, math.inf)


def test_pi_is_enclosed():
    low, high = evaluate(Program((), (Instruction("pi", ()),), (0,)), np.empty((0, 1)), np.empty((0, 1)))
    with precision(100):
        assert low[0, 0] < flint.arb.pi() < high[0, 0]
    assert high[0, 0] == math.nextafter(low[0, 0], 4)


def test_a_tape_is_short():
    """Registers are used again, dead values dropped, and powers and scalings found."""
    chain = tuple(Instruction("add", (i % 2, i + 1)) for i in range(49))
    assert tape_of(Program(("a", "b"), chain, (50,))).registers <= 4
    cube = tape_of(program_of([x**3 / 3], [x]))
    assert cube.code[:, 0].tolist() == [CODES["odd"], CODES["scale"], CODES["store"]]


@pytest.mark.parametrize("op", ["sin", "cos", "tan", "sinh", "cosh", "tanh", "store"])
def test_what_has_no_interval_form_is_refused(op):
    with pytest.raises(ValueError, match=f"^{op} has no interval form: write the program without it$"):
        evaluate(Program(("a",), (Instruction(op, (0,)),), (1,)), [[1.0]], [[1.0]])


@pytest.mark.parametrize(
    ("lower", "upper"), [([[1.0]], [[2.0]]), ([1.0, 1.0], [2.0, 2.0]), ([[1.0], [1.0]], [[2.0, 3.0], [2.0, 3.0]])]
)
def test_wrong_shapes_are_refused(lower, upper):
    with pytest.raises(ValueError, match=r"must both have the shape \(2, n\), one row for each input"):
        evaluate(program_of([x * y], [x, y]), lower, upper)


@pytest.mark.parametrize("bad", [0, BLOCK - 1, BLOCK, 150])
def test_the_first_empty_box_is_named(bad):
    lower, upper = np.zeros((2, 200)), np.ones((2, 200))
    lower[1, bad], lower[:, 199] = 3.0, 5.0
    with pytest.raises(ValueError, match=rf"^box {bad} is empty: y has lower 3\.0 > upper 1\.0$"):
        evaluate(program_of([x * y], [x, y]), lower, upper)


@pytest.mark.parametrize("probes", [(1.0, 2.0**-52, 2.0**-1022), (1.0, 2.0**-53, 0.0)])
def test_another_rounding_and_lost_subnormals_are_noticed(probes, monkeypatch):
    monkeypatch.setattr(tape, "_PROBES", probes)
    with pytest.raises(ArithmeticError, match="need rounding to nearest and subnormal numbers"):
        evaluate(program_of([x], [x]), [[1.0]], [[1.0]])


@pytest.mark.deep
def test_the_interpreter_is_compiled_within_ten_seconds(tmp_path):
    code = (
        "import time; from edgestab.numerics.intervals.kernel import kernel; from edgestab.numerics.intervals.tape import evaluate\n"
        "from edgestab.numerics.programs.program import Program\n"
        "kernel(); start = time.process_time()\n"
        "evaluate(Program(('a',), (), (0,)), [[1.0]], [[1.0]]); print(time.process_time() - start)"
    )
    environment = {**os.environ, "EDGESTAB_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, text=True, capture_output=True, env=environment, check=True
    )
    assert float(done.stdout) < 10
