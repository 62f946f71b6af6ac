"""Refutations are confirmed in ball arithmetic, and what is not confirmed is not reported."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
import sympy as sp

from edgestab.theory.claim import Claim
from edgestab.theory.conclusions.along import Along
from edgestab.theory.conclusions.converges import Converges
from edgestab.theory.conclusions.diverges import Diverges
from edgestab.theory.conclusions.final_sharpness import FinalSharpness
from edgestab.theory.conclusions.monotone import Monotone
from edgestab.theory.loss import Loss
from edgestab.theory.models.base import Model
from edgestab.theory.models.catalogue import model
from edgestab.theory.models.of_loss import model_of_loss
from edgestab.theory.optimizers.momentum import BETA, heavy_ball
from edgestab.theory.region import Region
from edgestab.theory.statement import OrbitStatement, StepSizes
from edgestab.theory.symbols import ETA, symbol, symbols
from edgestab.verify.check import check
from edgestab.verify.evidence.standing import Standing
from edgestab.verify.orbits.walk import NotConfirmed, Suspect, Work
from edgestab.verify.sampling.confirm import confirm

R = sp.Rational
X, Y, B = symbols("x y b")


def statement(m: Model, bounds: dict[str, tuple[str, str]], conclusion, eta: str = "0.1", **more) -> OrbitStatement:
    return OrbitStatement("test", m, StepSizes.of(eta), Region.in_coordinates(m, bounds), conclusion, **more)


def verdict_of(s: OrbitStatement):
    return check(Claim("test.claim", "a test", "", "", (s,), kind="user"), "quick")


def test_a_window_is_judged_by_the_enclosed_limit() -> None:
    wrong = statement(
        model("quartic"), {"offset": ("0.05", "0.2"), "b": ("0.02", "0.1")}, FinalSharpness(R(1999, 100), R(20))
    )
    at = Suspect(Fraction(1, 10), {symbol("offset"): Fraction(1, 10), B: Fraction(1, 20)}, 4000)
    assert "below 19.99" in confirm(wrong, at, Work(2e8)).detail
    right = replace(wrong, conclusion=FinalSharpness(R(1995, 100), R(20)))
    with pytest.raises(NotConfirmed, match="as stated"):
        confirm(right, at, Work(2e8))


def test_a_start_outside_the_hypotheses_confirms_nothing() -> None:
    wrong = statement(model("quartic"), {"offset": ("0.05", "0.2"), "b": ("0.02", "0.1")}, Converges("xy = -1"))
    outside = Suspect(Fraction(1, 10), {symbol("offset"): Fraction(1, 5), B: Fraction(1, 20)}, 4000)
    with pytest.raises(NotConfirmed, match="strictly inside"):
        confirm(wrong, outside, Work(2e8))
    excluded = replace(wrong, region=replace(wrong.region, where=(sp.Gt(B, R(1, 20)),)))
    with pytest.raises(NotConfirmed, match="not certain"):
        confirm(
            excluded, replace(outside, variables={symbol("offset"): Fraction(1, 10), B: Fraction(1, 20)}), Work(2e8)
        )


def test_along_and_monotone_end_when_the_orbit_does() -> None:
    inside = {"offset": ("0.05", "0.2"), "b": ("0.02", "0.1")}
    at = Suspect(Fraction(1, 10), {symbol("offset"): Fraction(1, 10), B: Fraction(1, 20)}, 500)
    with pytest.raises(NotConfirmed, match="inequality holds"):
        confirm(statement(model("quartic"), inside, Along(2 - (X * Y) ** 2)), at, Work(2e8))
    gfs = 2 * sp.sqrt((X**2 - Y**2) ** 2 + 4)
    with pytest.raises(NotConfirmed, match="monotone"):
        confirm(statement(model("quartic"), inside, Monotone(gfs, "nonincreasing")), at, Work(2e8))


def test_work_is_bounded() -> None:
    s = statement(model("quartic"), {"offset": ("0.05", "0.2"), "b": ("0.02", "0.1")}, Diverges(), eta="0.001")
    at = Suspect(Fraction(1, 1000), {symbol("offset"): Fraction(1, 10), B: Fraction(1, 20)}, 10**8)
    with pytest.raises(NotConfirmed, match="budget for ball arithmetic ended after"):
        confirm(s, at, Work(1e6))


def test_escape_is_proved_for_products() -> None:
    s = statement(model("quartic"), {"x": ("3", "3.1"), "y": ("2", "2.1")}, Converges())
    verdict = verdict_of(s)
    assert verdict.standing is Standing.REFUTED
    assert "escape criterion" in verdict.sentence


def test_heavy_ball_limits_are_enclosed() -> None:
    loss = Loss.parse("(1 - x*y**2)**2/2", "x y")
    m = model_of_loss(loss, heavy_ball(loss).substitute({BETA: R(1, 2)}))
    start = tuple(symbols("x y x y"))
    region = Region(start[:2], ((R(8, 10), R(12, 10)), (R(9, 10), R(11, 10))), start)
    s = OrbitStatement("test", m, StepSizes.of("0.1"), region, FinalSharpness(R(4), R(52, 10)))
    assert verdict_of(s).standing is Standing.REFUTED
    assert verdict_of(replace(s, conclusion=FinalSharpness(R(3), R(8)))).standing is Standing.SUPPORTED


def test_vector_limits_are_enclosed_in_gram_coordinates() -> None:
    m = model("vector:2")
    bounds = {"x1": ("3.2", "3.3"), "x2": ("0.1", "0.2"), "y1": ("0.1", "0.2"), "y2": ("0.05", "0.1")}
    narrow = statement(m, bounds, FinalSharpness(2 / ETA - R(2, 5) * ETA, 2 / ETA))
    assert verdict_of(narrow).standing is Standing.REFUTED
    wide = statement(m, bounds, FinalSharpness(2 / ETA - R(20, 3) * ETA, 2 / ETA))
    assert verdict_of(wide).standing is Standing.SUPPORTED


def test_limits_of_sums_of_squares_are_enclosed() -> None:
    m = model_of_loss(Loss.parse("(1 - x*y)**2/2 + (1 - x*z)**2/2", "x y z"))
    bounds = {"x": ("0.8", "1.2"), "y": ("0.9", "1.1"), "z": ("0.9", "1.1")}
    assert verdict_of(statement(m, bounds, FinalSharpness(R(2), R(3)), "0.2")).standing is Standing.REFUTED
    assert verdict_of(statement(m, bounds, FinalSharpness(R(5, 2), R(4)), "0.2")).standing is Standing.SUPPORTED


def test_isolated_minima_are_enclosed() -> None:
    m = model_of_loss(Loss.parse("x**2 + 3*y**2/2 + x**4", "x y"))
    bounds = {"x": ("-1", "1"), "y": ("-1", "1")}
    assert verdict_of(statement(m, bounds, FinalSharpness(R(29, 10), R(31, 10)))).standing is Standing.SUPPORTED
    assert verdict_of(statement(m, bounds, FinalSharpness(R(2), R(29, 10)))).standing is Standing.REFUTED
    assert verdict_of(statement(m, bounds, Converges(), eta="0.7")).standing is Standing.REFUTED


def test_a_statement_with_a_vacuous_region_is_undecided() -> None:
    s = statement(model("quartic"), {"x": ("3", "3.1"), "y": ("0.3", "0.31")}, Converges())
    empty = replace(s, region=replace(s.region, where=(sp.Gt(X, 4),)))
    verdict = verdict_of(empty)
    assert verdict.standing is Standing.UNDECIDED
    assert "no start found" in verdict.sentence
