"""The mean-value form encloses, is no wider than the natural extension, and converges quadratically."""

from __future__ import annotations

from fractions import Fraction

import flint
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edgestab.numerics.intervals.forms import mean_value, midpoint, natural
from edgestab.numerics.printers import ball
from edgestab.numerics.programs.program import Instruction, Program, program_of, step_program
from edgestab.numerics.rigorous.balls import precision
from edgestab.theory.symbols import symbols
from tests.models_under_test import COORDINATES, cached
from tests.numerics.intervals.operands_under_test import intervals, points_of
from tests.numerics.intervals.programs_under_test import SMOOTH, programs

x, y = symbols("x y")


def assert_encloses(program, lower, upper, wrt, seed) -> int:
    low, high = mean_value(program, lower, upper, wrt)
    wide = natural(program, lower, upper)
    assert (low <= high).all()
    assert (wide[0] <= low).all()
    assert (high <= wide[1]).all()
    generator = np.random.default_rng(seed)
    points = np.array([points_of(a, b, generator) for a, b in zip(lower, upper, strict=True)])
    compared = 0
    with precision(200):
        for k, point in enumerate(points.T.tolist()):
            for i, value in enumerate(ball.evaluate(program, [flint.arb(v) for v in point])):
                if value.is_finite():
                    compared += 1
                    assert not value < low[i, k]
                    assert not value > high[i, k]
    return compared


BY_A_CONSTANT = Program(
    ("a", "b", "c"),
    (Instruction("mul", (Fraction(1), Fraction(3))), Instruction("neg", (3,)), Instruction("div", (1, 4))),
    (5,),
)
"""Made by no builder, which would fold the constants."""


@settings(max_examples=300)
@example(BY_A_CONSTANT, [(0.0, 0.0), (1.0, 0.15625), (0.0, 0.0)], None, 0)
@example(BY_A_CONSTANT, [(0.0, 0.0), (0.0, 1.0), (0.0, 0.0)], None, 0)
@given(
    programs(operations=SMOOTH, most=12),
    st.lists(st.tuples(st.floats(-2, 2), st.floats(0, 1)), min_size=3, max_size=3),
    st.one_of(st.none(), st.lists(st.integers(0, 2), unique=True)),
    st.integers(0, 2**32),
)
def test_random_programs_are_enclosed(program, box, wrt, seed):
    lower = np.array([a for a, _ in box])[:, None].repeat(10, axis=1)
    upper = lower + np.array([width for _, width in box])[:, None]
    assert_encloses(program, lower, upper, wrt, seed)


@pytest.mark.parametrize(("name", "number"), COORDINATES)
def test_steps_of_models_are_enclosed(name, number):
    step = cached(name).coordinates[number].step
    program = step_program(step)
    generator = np.random.default_rng(8)
    centre = generator.uniform(0.1, 1.5, (len(program.inputs), 30))
    width = centre * 10.0 ** generator.uniform(-12, -1, 30)
    for wrt in (None, [str(s) for s in step.state]):
        assert assert_encloses(program, centre - width, centre + width, wrt, 9) > 20


def test_the_overestimation_is_of_second_order():
    program = program_of([x * (1 - x) * y + x**2 / y], [x, y])
    excess = {}
    for form in (natural, mean_value):
        for width in (1e-2, 1e-3):
            low, high = form(program, [[0.4 - width], [1.5]], [[0.4 + width], [1.5]])
            edge = [v * (1 - v) * 1.5 + v**2 / 1.5 for v in (0.4 - width, 0.4 + width)]  # monotone there
            excess[form, width] = high[0, 0] - low[0, 0] - abs(edge[1] - edge[0])
    assert excess[natural, 1e-2] / excess[natural, 1e-3] == pytest.approx(10, rel=0.1)
    assert excess[mean_value, 1e-2] / excess[mean_value, 1e-3] == pytest.approx(100, rel=0.1)


def test_inputs_that_are_not_expanded_stay_intervals():
    low, high = mean_value(program_of([x * y - x], [x, y]), [[2.0], [0.0]], [[2.0], [1.0]], wrt=["x"])
    assert low[0, 0] == pytest.approx(-2)
    assert high[0, 0] == pytest.approx(0, abs=1e-12)


def test_a_box_out_of_the_domain_is_not_bounded():
    low, high = mean_value(program_of([1 / x], [x]), [[-1.0]], [[1.0]])
    assert (low[0, 0], high[0, 0]) == (-np.inf, np.inf)


def test_a_midpoint_is_a_point_of_its_interval():
    lower, upper = intervals(20_000, np.random.default_rng(10))
    centre = midpoint(lower, upper)
    assert (lower <= centre).all()
    assert (centre <= upper).all()
    assert np.isfinite(centre).all()
    assert midpoint(np.array([1.0, -np.inf, -np.inf]), np.array([3.0, np.inf, -5.0])).tolist() == [2.0, 0.0, -5.0]


def test_what_is_wrong_is_said():
    program = program_of([x * y], [x, y])
    with pytest.raises(ValueError, match=r"shape \(2, n\)"):
        mean_value(program, [[1.0]], [[2.0]])
    with pytest.raises(ValueError, match=r"box 0 is empty: y has lower 3\.0 > upper 2\.0"):
        mean_value(program, [[1.0], [3.0]], [[2.0], [2.0]])
    with pytest.raises(ValueError, match="the program has no input 'z'"):
        mean_value(program, [[1.0], [1.0]], [[2.0], [2.0]], wrt=["z"])
