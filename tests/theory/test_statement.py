"""Statements about orbits: step sizes are positive and exact, constants are replaced everywhere."""

from __future__ import annotations

import pytest
import sympy as sp

from edgestab.theory.conclusions.along import Along
from edgestab.theory.conclusions.converges import Converges
from edgestab.theory.conclusions.final_sharpness import FinalSharpness
from edgestab.theory.conclusions.monotone import Monotone
from edgestab.theory.region import Region
from edgestab.theory.statement import Interruption, OrbitStatement, StepSizes
from edgestab.theory.symbols import ETA, symbols
from tests.models_under_test import cached

K, x, y = symbols("K x y")
R = sp.Rational


def test_step_sizes_are_exact():
    assert StepSizes.of("0.1", "1/3").values == (R(1, 10), R(1, 3))
    assert StepSizes.of("0.1", "1/3", "0.2").largest == R(1, 3)
    interval = StepSizes.between("0.05", "1")
    assert (interval.low, interval.high, interval.largest, interval.values) == (R(1, 20), 1, 1, ())


@pytest.mark.parametrize("value", ["0", "-0.1", "nan", "oo", "inf"])
def test_step_sizes_are_positive_and_finite(value):
    with pytest.raises((ValueError, TypeError)):
        StepSizes.of(value)
    with pytest.raises((ValueError, TypeError)):
        StepSizes.of("0.1", value)
    with pytest.raises((ValueError, TypeError)):
        StepSizes.between("0.1", value)


def test_the_message_says_what_was_given():
    with pytest.raises(ValueError, match="step size must be positive and finite, got -1/10"):
        StepSizes.of("-0.1")


@pytest.mark.parametrize(("low", "high"), [("0.2", "0.1"), ("0.1", "0.1")])
def test_an_empty_range_is_refused(low, high):
    with pytest.raises(ValueError, match="is empty: write the smaller end first"):
        StepSizes.between(low, high)


def test_no_step_sizes_are_refused():
    with pytest.raises(ValueError, match="step size must be positive"):
        StepSizes.of()


@pytest.mark.parametrize("text", ["", "0.1.2", "eta", "__import__('os')"])
def test_a_text_that_is_no_number_is_refused(text):
    with pytest.raises((ValueError, TypeError)):
        StepSizes.of(text)


def statement(conclusion, interruption=None) -> OrbitStatement:
    region = Region.in_coordinates(cached("quartic"), {"x": (K, 2 * K), "y": (sp.S(0), sp.S(1))})
    return OrbitStatement("s", cached("quartic"), StepSizes.of("0.1"), region, conclusion, interruption=interruption)


@pytest.mark.parametrize(
    ("conclusion", "wanted"),
    [
        (FinalSharpness(2 / ETA - K * ETA, 2 / ETA, "xy = 1"), FinalSharpness(2 / ETA - 3 * ETA, 2 / ETA, "xy = 1")),
        (FinalSharpness(1 / ETA, K / ETA), FinalSharpness(1 / ETA, 3 / ETA)),
        (Along(K - x * y), Along(3 - x * y)),
        (Converges("xy = 1"), Converges("xy = 1")),
        (Monotone(x**2, "nonincreasing"), Monotone(x**2, "nonincreasing")),
        (Monotone(K * x**2, "nonincreasing"), Monotone(3 * x**2, "nonincreasing")),
    ],
)
def test_constants_are_replaced_everywhere(conclusion, wanted):
    fixed = statement(conclusion, Interruption(5, (x + K, y))).with_constants({K: sp.S(3)})
    assert fixed.conclusion == wanted
    assert fixed.region.bounds[0] == (3, 6)
    assert fixed.interruption == Interruption(5, (x + 3, y))
    assert fixed.step_sizes == StepSizes.of("0.1")
