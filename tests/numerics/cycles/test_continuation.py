"""Branches of cycles: the special points are where they are known to be, and nothing else is called by their names."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from edgestab.numerics.cycles.bifurcations import locate
from edgestab.numerics.cycles.continuation import beside_flip, continue_cycle
from edgestab.numerics.cycles.cycles import cycles
from edgestab.numerics.cycles.jets import Family
from edgestab.numerics.printers.ball import ball
from edgestab.numerics.rigorous.balls import precision
from edgestab.theory.loss import Loss
from edgestab.theory.models.of_loss import model_of_loss
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import ETA, symbols
from tests.models_under_test import cached, frozen_s

X, Y, A, B, R, MU = symbols("x y a b r mu")
HENON = StepMap("Henon", (X, Y), (1 - A * X**2 + Y, B * X), (A, B))
DELAYED = StepMap("delayed logistic", (X, Y), (R * X * (1 - Y), X), (R,))
CUBIC = StepMap("cubic", (X,), (X**3 + (A - 2) * X**2 + (1 - 2 * A) * X,), (A,))
PITCHFORK = StepMap("pitchfork", (X,), (MU * X - X**3,), (MU,))
FROZEN = cached("frozen-cubic").own.step


def kinds(branch):
    return [s.kind for s in branch.special]


def test_the_minimum_of_the_cubic_flips_once():
    branch = continue_cycle(FROZEN, frozen_s, (0.5, 2.5), [1.0], 0.6)
    assert branch.ends == ("interval", "interval")
    assert kinds(branch) == ["flip"]
    assert branch.special[0].proved
    assert branch.special[0].parameter.contains(1)
    assert branch.values[0] == 0.5
    assert branch.values[-1] == 2.5
    assert np.all(np.diff(branch.values) > 0)
    assert np.allclose(branch.points[:, 0, 0], 1, atol=1e-14)
    assert np.allclose(branch.multipliers[:, 0], 1 - 2 * branch.values, atol=1e-12)
    assert np.array_equal(branch.stable, branch.values < 1)


def test_the_doubled_cycle_is_reached_by_switching_at_the_flip():
    family = Family(FROZEN, {}, frozen_s)
    flip = locate(family, "flip", [1.0], 1.0, 1)
    start, at = beside_flip(family, flip)
    branch = continue_cycle(FROZEN, frozen_s, (0.5, 2.0), start, at, 2)
    assert "branch point" in branch.ends  # back to the flip, where it ends
    assert sorted(s.kind for s in branch.special if s.value < 1.3) == ["branch point", "flip"]
    birth, flip = sorted((s for s in branch.special if s.value < 1.3), key=lambda s: s.value)
    assert birth.parameter.contains(1)
    with precision(128):
        assert flip.parameter.contains(ball(5).sqrt() - 1)
    s = branch.values
    assert np.allclose(branch.points.prod(axis=1)[:, 0], 1 / s, atol=1e-11)
    assert np.allclose((branch.points**2).sum(axis=1)[:, 0], 1 + 1 / s, atol=1e-11)
    assert np.allclose(branch.multipliers[:, 0], 9 - 2 * (1 + s) ** 2, atol=1e-10)


def test_period_three_begins_with_a_fold_and_turns_back():
    (cycle, _) = cycles(CUBIC, {A: Fraction(146, 100)}, [(-2, 2)], 3).of_period(3)
    branch = continue_cycle(CUBIC, A, (1.0, 1.6), [float(x) for x in cycle.centres[0]], 1.46, 3)
    assert branch.ends == ("interval", "interval")
    fold, flip = sorted(branch.special, key=lambda s: s.value)
    assert (fold.kind, flip.kind) == ("fold", "flip")
    assert fold.proved
    assert abs(fold.value - 1.45044096448788) < 1e-13
    assert branch.values.min() >= fold.value
    assert branch.values[0] == branch.values[-1] == 1.6  # both halves reach the end of the interval
    assert 1.46 < flip.value < 1.47
    # On one side of the flip the cycle is stable, proved.
    for share, wanted in ((-1e-6, "attracting"), (1e-6, "repelling")):
        at = Fraction(flip.value) + Fraction(share)
        found = cycles(CUBIC, {A: at}, [(flip.centre[0] - 1e-3, flip.centre[0] + 1e-3)], 3)
        assert [c.stability for c in found.of_period(3)] == [wanted]


def test_fold_and_flip_of_the_henon_map():
    box = [(-20, 20), (-20, 20)]
    branch = continue_cycle(HENON, A, (-1, 1.4), [0.63, 0.19], 1.4, fixed={B: Fraction(3, 10)}, box=box)
    assert "box" in branch.ends
    assert sorted(kinds(branch)) == ["flip", "fold"]
    fold, flip = sorted(branch.special, key=lambda s: s.value)
    with precision(128):
        assert fold.parameter.contains(ball(Fraction(-49, 400)))
        assert flip.parameter.contains(ball(Fraction(147, 400)))
    stable = branch.values[branch.stable]
    assert fold.value < stable.min()
    assert stable.max() < flip.value


def test_the_delayed_logistic_map_meets_the_circle():
    branch = continue_cycle(DELAYED, R, (1.2, 2.4), [1 / 3, 1 / 3], 1.5)
    assert kinds(branch) == ["Neimark-Sacker"]
    assert branch.special[0].parameter.contains(2)
    assert branch.special[0].cosine.contains(ball(Fraction(1, 2)))
    assert np.array_equal(branch.stable, branch.values < 2)
    assert np.allclose(branch.points[:, 0, :], (1 - 1 / branch.values)[:, None], atol=1e-12)


@pytest.mark.parametrize("start", [0.0, 1 / 3])
def test_where_two_branches_cross_there_is_no_fold(start):
    """The transcritical point r = 1 of the delayed logistic map, on either branch."""
    branch = continue_cycle(DELAYED, R, (0.5, 1.8), [start, start], 1.5)
    assert kinds(branch) == ["branch point"]
    crossing = branch.special[0]
    assert not crossing.proved
    assert abs(crossing.value - 1) < 1e-9
    assert crossing.parameter.contains(1)


@pytest.mark.parametrize(("start", "at"), [(0.0, 0.5), (0.5**0.5, 1.5)])
def test_a_pitchfork_is_no_fold_though_one_branch_turns_back(start, at):
    branch = continue_cycle(PITCHFORK, MU, (-0.5, 1.8), [start], at)
    assert kinds(branch) == ["branch point"]
    assert abs(branch.special[0].value - 1) < 1e-6


def test_a_subcritical_flip_sends_its_cycle_back():
    step = StepMap("subcritical", (X,), (-(1 + MU) * X - X**3,), (MU,))
    family = Family(step, {}, MU)
    flip = locate(family, "flip", [0.01], 0.01, 1)
    (x,), at = beside_flip(family, flip)
    assert at < 0
    branch = continue_cycle(step, MU, (-0.5, 0.5), [x], at, 2)
    assert branch.values.max() <= 1e-3
    assert np.allclose(branch.points[:, 0, 0] ** 2, -branch.values, atol=1e-9)
    assert not branch.stable.any()


def test_nothing_special_is_met_on_a_branch_of_saddles_without_any():
    """Real multipliers whose product passes 1 are no Neimark-Sacker point."""
    step = StepMap("neutral saddle", (X, Y), ((2 + MU) * X, Y / 2), (MU,))
    assert continue_cycle(step, MU, (-0.5, 0.5), [0.0, 0.0], 0.4).special == ()


def test_the_number_of_points_is_bounded():
    branch = continue_cycle(FROZEN, frozen_s, (0.5, 2.5), [1.0], 1.4, points=3)
    assert branch.ends == ("points", "points")
    assert len(branch.values) == 7


def test_a_branch_is_a_dataset():
    branch = continue_cycle(FROZEN, frozen_s, (0.5, 1.5), [1.0], 0.6)
    data = branch.dataset()
    assert data["points"].dims == ("position", "phase", "variable")
    assert np.array_equal(data["s"].values, branch.values)
    assert data.attrs["period"] == 1


@pytest.mark.parametrize(
    ("start", "at", "period", "message"),
    [([1.0], 3.0, 1, "outside the interval"), ([1.0], 0.6, 2, "shorter period"), ([1e30], 0.6, 1, "no cycle")],
)
def test_a_start_that_is_none_is_refused(start, at, period, message):
    with pytest.raises(ValueError, match=message):
        continue_cycle(FROZEN, frozen_s, (0.5, 2.5), start, at, period)


def test_special_points_have_rows():
    row = continue_cycle(FROZEN, frozen_s, (0.5, 2.5), [1.0], 0.6).special[0].row()
    assert row["kind"] == "flip"
    assert abs(row["parameter"] - 1) <= row["error"] < 1e-15


def test_the_map_may_be_transcendental():
    """x' = mu sin x: 0 has a pitchfork at 1 and a flip at -1; the other branch flips where mu cos x = -1."""
    step = StepMap("sine", (X,), (MU * sp.sin(X),), (MU,))
    zero = continue_cycle(step, MU, (-2, 2), [0.0], 0.5)
    assert sorted((s.kind, round(s.value, 6)) for s in zero.special) == [("branch point", 1.0), ("flip", -1.0)]
    branch = continue_cycle(step, MU, (1.2, 3), [1.5], 1.6)
    (flip,) = branch.special
    assert flip.kind == "flip"
    assert flip.value * np.cos(flip.centre[0]) == pytest.approx(-1, abs=1e-12)
    assert flip.value * np.sin(flip.centre[0]) == pytest.approx(flip.centre[0], abs=1e-12)


def test_two_flips_within_one_step_are_both_found():
    step = model_of_loss(Loss.parse("(x**2-1)**2/4 + 201*(y**2-1)**2/800", "x y")).own.step
    branch = continue_cycle(step, ETA, (0.5, 1.5), [1.0, 1.0], 0.5)
    flips = [b for b in branch.special if b.kind == "flip"]
    assert np.allclose([b.value for b in flips], [1 / 1.005, 1.0], atol=1e-12)
    assert all(b.proved for b in flips)


def test_flips_at_the_same_place_are_said_and_not_proved():
    step = model_of_loss(Loss.parse("(x**2-1)**2/4 + (y**2-1)**2/4", "x y")).own.step
    (found,) = continue_cycle(step, ETA, (0.5, 1.5), [1.0, 1.0], 0.5).special
    assert (found.kind, found.proved) == ("flip", False)
    assert abs(found.value - 1) < 1e-5
