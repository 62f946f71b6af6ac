"""Cascades against published values, against each other by conjugacy, and against proofs of stability beside them."""

from __future__ import annotations

import functools
from fractions import Fraction
from itertools import pairwise

import pytest

from edgestab.numerics.cycles.branches import flips
from edgestab.numerics.cycles.cascade import cascade, cascade_of
from edgestab.numerics.cycles.cycles import cycles
from edgestab.numerics.printers.ball import ball
from edgestab.numerics.rigorous.balls import precision
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import symbols
from tests.models_under_test import cached, eta, frozen_s

X, Y, A, B, R, MU = symbols("x y a b r mu")
HENON = StepMap("Henon", (X, Y), (1 - A * X**2 + Y, B * X), (A, B))
CUBIC = StepMap("cubic", (X,), (X**3 + (A - 2) * X**2 + (1 - 2 * A) * X,), (A,))
LOGISTIC = StepMap("logistic", (X,), (R * X * (1 - X),), (R,))
DELTA, ALPHA = 4.669201609102990, 2.502907875095892

followed = functools.cache(lambda name: cascade_of(cached(name), 8))

MODELS = ["frozen-cubic", "balanced:2", "balanced:3", "balanced:4", "balanced:5"]


@pytest.mark.parametrize("name", MODELS)
def test_eight_doublings_are_proved(name):
    found = followed(name)
    assert [f.period for f in found.flips] == [2**k for k in range(9)]
    assert all(f.kind == "flip" and f.proved for f in found.flips)
    assert all(float(f.parameter.rad()) < 1e-20 for f in found.flips)
    assert all(a.parameter < b.parameter for a, b in pairwise(found.flips))
    assert all(c > 0 and float(c.rad()) < 1e-2 * float(c) for c in found.coefficients)
    assert abs(float(found.ratios[-1]) - DELTA) < 1e-4
    assert float(found.ratios[-1].rad()) < 1e-10
    assert abs(found.width_ratios[-1] - ALPHA) < 5e-3


@pytest.mark.parametrize(
    ("depth", "second", "third", "end", "ratios"),
    [
        (2, "2.472135955", "2.576063509", "2.604566925", ["4.54293", "4.64120", "4.66318"]),
        (3, "2.489214786", "2.600832950", "2.631555945", ["4.38293", "4.62564", "4.65820"]),
    ],
)
def test_the_flips_of_the_balanced_chain_are_the_known_ones(depth, second, third, end, ratios):
    """In units of the step size times the sharpness L, to the digits known."""
    found = followed(f"balanced:{depth}")
    with precision(128):
        assert (depth * found.flips[0].parameter).contains(2)
    assert f"{depth * found.flips[1].value:.9f}" == second
    assert f"{depth * found.flips[2].value:.9f}" == third
    assert f"{depth * found.accumulation[0]:.9f}" == end
    assert [f"{float(r):.5f}" for r in found.ratios[:3]] == ratios


@pytest.mark.parametrize(("depth", "ratio"), [(2, 4.54293), (3, 4.38293), (4, 4.33777)])
def test_first_ratios_are_the_known_ones(depth, ratio):
    assert float(followed(f"balanced:{depth}").ratios[0]) == pytest.approx(ratio, abs=5e-6)


def test_exact_flips():
    for name in ("frozen-cubic", "balanced:2"):
        first, second, third, *_ = followed(name).flips
        assert first.parameter.contains(1)
        with precision(128):
            assert second.parameter.contains(ball(5).sqrt() - 1)
        assert third.value == pytest.approx(1.2880317544828, abs=1e-12)
    values = [f.value for f in followed("balanced:3").flips]
    assert values[1:3] == pytest.approx([0.82973826189288, 0.86694431650487], abs=5e-15)
    # The second flip at depth 3 belongs to a root z of a palindromic polynomial; rho2 = z rho1.
    flip = followed("balanced:3").flips[1]
    rho = flip.centre[0]
    other = rho + flip.value * (1 - rho**3) * rho**2
    assert max(rho, other) / min(rho, other) == pytest.approx(1.28787175172289, abs=1e-13)


@pytest.mark.parametrize("name", ["balanced:4", "balanced:5"])
@pytest.mark.parametrize("level", [1, 2])
def test_stability_changes_at_a_flip(name, level):
    """Proved by another way: attracting just before, repelling just after."""
    flip = followed(name).flips[level]
    x = flip.centre[0]
    for side, wanted in ((-1, "attracting"), (1, "repelling")):
        at = Fraction(flip.value) + side * Fraction(1, 10**9)
        found = cycles(cached(name).own.step, {eta: at}, [(x - 1e-5, x + 1e-5)], flip.period)
        assert [c.stability for c in found.of_period(flip.period)] == [wanted]


def test_conjugate_maps_have_the_same_cascade():
    """In z = s (d^2 - 1) the frozen cubic is z^3 + (a-2) z^2 + (1-2a) z with a = s."""
    other = cascade(CUBIC, A, [0.0], 1.0, 5)
    for one, two in zip(other.flips, followed("frozen-cubic").flips, strict=False):
        with precision(128):
            assert one.parameter.overlaps(two.parameter)
    assert len(other.flips) == 6


def test_the_logistic_map():
    found = cascade(LOGISTIC, R, [0.66], 3.0, 8)
    values = [f.value for f in found.flips]
    assert found.flips[0].parameter.contains(3)
    with precision(128):
        assert found.flips[1].parameter.contains(1 + ball(6).sqrt())
    assert values[2:4] == pytest.approx([3.544090359551923, 3.564407266095], abs=1e-12)
    end, error = found.accumulation
    assert abs(end - 3.5699456718709449) < max(error, 1e-12)
    assert error < 1e-10


def test_the_estimate_of_the_end_covers_what_more_doublings_say():
    for name in MODELS[1:]:
        end, error = cascade_of(cached(name), 5).accumulation
        better, _ = followed(name).accumulation
        assert abs(end - better) <= error


def test_a_cascade_in_the_plane():
    """The Henon map at b = 0.3 ends its cascade at a = 1.0580459..., hence before 1.06."""
    found = cascade(HENON, A, [0.95, 0.28], 0.3675, 5, fixed={B: Fraction(3, 10)})
    assert [f.period for f in found.flips] == [1, 2, 4, 8, 16, 32]
    with precision(128):
        assert found.flips[0].parameter.contains(ball(Fraction(147, 400)))
        # The 2-cycle has trace -1 - b^2 at its flip: 4 a^2 x1 x2 + 2 b = -1 - b^2, x1 x2 = ((1-b)^2 - a) / a^2.
        assert found.flips[1].parameter.contains(ball(Fraction(49 * 4, 400) + Fraction(13**2, 400)))
    assert abs(float(found.ratios[-1]) - DELTA) < 2e-2


def test_a_subcritical_flip_ends_the_cascade():
    step = StepMap("subcritical", (X,), (-(1 + MU) * X - X**3,), (MU,))
    found = cascade(step, MU, [0.01], 0.01, 3)
    assert len(found.flips) == 1
    assert found.coefficients[0] < 0
    with pytest.raises(ValueError, match="four flips"):
        _ = found.accumulation


def test_a_table_has_a_row_for_each_flip():
    rows = followed("balanced:3").rows()
    assert len(rows) == 9
    assert rows[0]["ratio"] is None
    assert rows[1]["ratio"] == pytest.approx(4.38293, abs=1e-5)
    assert all(row["error"] < 1e-15 for row in rows)


def test_flips_of_an_interval_are_marked_exactly():
    found = flips(cached("frozen-cubic").own.step, frozen_s, (0.5, 1.301), [(0, 2)], doublings=6)
    wanted = [f for f in followed("frozen-cubic").flips if f.value < 1.301]
    assert [f.period for f in found] == [1, 2, 4, 8]
    assert all(f.parameter.overlaps(w.parameter) for f, w in zip(found, wanted, strict=True))


def test_the_window_of_period_three_flips_too():
    found = flips(CUBIC, A, (1.44, 1.469), [(-2, 2)], periods=[3], doublings=3)
    assert [f.period for f in found] == [3, 6, 12, 24]
    assert all(f.proved for f in found)
    assert 1.4604 < found[0].value < 1.4609


def test_what_has_no_cascade_is_refused():
    with pytest.raises(ValueError, match="one variable"):
        cascade_of(cached("quartic"), 3)
    with pytest.raises(ValueError, match="no flip"):
        cascade(StepMap("shift", (X,), (X + R,), (R,)), R, [0.0], 0.0, 2)
