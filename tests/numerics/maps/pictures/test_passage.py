"""Slow passages against plain loops, the cycles of the frozen map, and the sharp constant they end at."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from edgestab.numerics.maps.pictures.passage import Passage, passage
from edgestab.numerics.printers import reference
from edgestab.numerics.programs.program import step_program
from edgestab.theory.symbols import symbols
from tests.models_under_test import cached, eta, frozen_s

Array = NDArray[np.float64]

QUARTIC, CUBIC = cached("quartic"), cached("frozen-cubic")
X, Y = QUARTIC.own.step.state
S, D = eta * (X**2 + Y**2), X * Y
START = (12.5, 0.05)
"""The start of Zhu et al. 2023, section 5, for eta = 1/100: s = 1.5625."""


def run(steps: int, points: int, size: float = 0.01, **options) -> Passage:
    return passage(QUARTIC, START, {eta: size}, S, D, steps, points, **options)


def two_cycle(s: Array) -> Array:
    """The points of the frozen map's 2-cycle, the larger first: d1 d2 = 1/s and d1^2 + d2^2 = 1 + 1/s (R4)."""
    root = np.sqrt((1 + 1 / s) ** 2 - 4 / s**2)
    return np.sqrt(np.array([1 + 1 / s + root, 1 + 1 / s - root]) / 2)


@given(st.integers(1, 300), st.integers(2, 80))
def test_samples_are_those_of_a_plain_loop(steps, points):
    found = run(steps, points, 0.004)
    state = np.array(START)[:, np.newaxis]
    orbit = [state]
    for _ in range(int(found.step[-1])):
        state = np.array(reference.evaluate(step_program(QUARTIC.own.step), [*state, np.array([0.004])]))
        orbit.append(state)
    x, y = np.array(orbit)[found.step, :, 0].T
    assert found.ordinate.tolist() == (x * y).tolist()
    np.testing.assert_allclose(found.abscissa, 0.004 * (x**2 + y**2), rtol=1e-15)
    assert 2 <= len(found.step) <= max(2, points)
    assert found.step[0] == 0
    assert steps - found.step[-1] < found.step[:3][-1] or len(found.step) == 2


@pytest.mark.parametrize(("steps", "points"), [(1000, 200), (4321, 64), (60_000, 2500), (99, 99), (7, 4)])
def test_pairs_meet_every_phase_of_a_cycle(steps, points):
    when = run(steps, points).step
    assert (when[1::2] - when[::2] == 1).all()
    assert (when[::2] % 2 == 0).all()
    if len(when) >= 8:
        assert set(when % 4) == {0, 1, 2, 3}
    if len(when) >= 16:
        assert set(when % 8) == set(range(8))


@pytest.mark.parametrize("coordinates", QUARTIC.coordinates, ids=lambda c: c.name)
def test_the_branches_follow_the_frozen_two_cycle(coordinates):
    distance = {}
    for size in (0.02, 0.01, 0.005):
        start = tuple(np.sqrt([1.2 / size, size / 4]))
        found = passage(QUARTIC, start, {eta: size}, S, D, int(8 / size**2), 4000, coordinates=coordinates)
        away = []
        for phase in (0, 1):
            s, d = found.abscissa[phase::2], found.ordinate[phase::2]
            part = (s > 1.05) & (s < 1.18)
            assert part.sum() > 100
            upper = d[part] > 1
            assert upper.all() or not upper.any()  # an even number of steps stays on one branch
            away.append(np.abs(d[part] - two_cycle(s[part])[0 if upper.all() else 1]).max())
        distance[size] = max(away)
        assert distance[size] < size
    # Better still: O(eta^2), the drift of s in one step.
    assert distance[0.01] / distance[0.02] == pytest.approx(1 / 4, rel=0.05)
    assert distance[0.005] / distance[0.01] == pytest.approx(1 / 4, rel=0.05)


@pytest.mark.parametrize("coordinates", QUARTIC.coordinates, ids=lambda c: c.name)
def test_the_passage_ends_at_the_edge(coordinates):
    found = run(2_000_000, 100, coordinates=coordinates)
    assert found.abscissa[0] == pytest.approx(1.5625 + 0.01 * 0.05**2, rel=1e-14)
    assert abs(found.abscissa[-1] - 1) < 0.01**2
    # 2 s is eta times the sharpness, and the final sharpness is 2/eta - G eta (R2).
    gap = 1 / 2 - 129 / 32 * 0.01**2
    assert (1 - found.abscissa[-1]) / 0.01**2 == pytest.approx(gap / 2, rel=1e-4)
    assert found.ordinate[-2:] == pytest.approx([1, 1], abs=1e-9)


def test_an_orbit_of_a_frozen_map_meets_both_points_of_its_cycle():
    (d,) = CUBIC.own.step.state
    found = passage(CUBIC, (0.7,), {frozen_s: Fraction(11, 10)}, frozen_s, d**2, 20_000, 50)
    assert (found.abscissa == 1.1).all()
    squares = np.sort(two_cycle(np.array(1.1)) ** 2)
    assert np.sort(found.ordinate[-2:]) == pytest.approx(squares, abs=1e-12)
    assert found.ordinate[10::2] == pytest.approx(np.full(len(found.step) // 2 - 5, found.ordinate[-2]), abs=1e-9)


def test_an_orbit_that_escapes_goes_on_without_numbers():
    found = passage(QUARTIC, (30, 1), {eta: 0.01}, S, D, 100, 20)
    assert np.isfinite([found.abscissa[0], found.ordinate[0]]).all()
    assert not np.isfinite(found.abscissa[-1])


def test_a_start_outside_the_charts_domain_keeps_its_own_side():
    plain, mirrored = (
        passage(QUARTIC, start, {eta: 0.1}, Y - X, D, 300, 50, coordinates=QUARTIC.best)
        for start in ((3.3, 0.3), (0.3, 3.3))
    )
    assert mirrored.abscissa == pytest.approx(-plain.abscissa)
    assert mirrored.ordinate == pytest.approx(plain.ordinate)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"start": (1.0,)}, "the start must be 2 finite numbers"),
        ({"start": (1.0, np.nan)}, "the start must be 2 finite numbers"),
        ({"parameters": {}}, "no value is given for eta"),
        ({"abscissa": X * symbols("q")[0]}, "q is no state variable and has no value"),
        ({"steps": 0}, "at least 1 step and 2 points are needed"),
        ({"points": 1}, "at least 1 step and 2 points are needed"),
    ],
)
def test_a_bad_passage_is_refused(changes, message):
    fields = {
        "start": START, "parameters": {eta: 0.01}, "abscissa": S, "ordinate": D, "steps": 100, "points": 10,
    } | changes  # fmt: skip
    with pytest.raises(ValueError, match=message):
        passage(QUARTIC, **fields)


def test_constants_are_quantities_too():
    found = passage(QUARTIC, START, {eta: 0.01}, sp.Integer(2), eta, 10, 4)
    assert found.abscissa.tolist() == [2.0] * len(found.step)
    assert found.ordinate.tolist() == [0.01] * len(found.step)
