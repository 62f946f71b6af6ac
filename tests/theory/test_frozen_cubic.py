"""The exact facts about the frozen-s cubic, against the map itself."""

import pytest
import sympy as sp

from edgestab.theory import frozen_cubic as facts
from edgestab.theory.models.catalogue import model

STEP = model("frozen-cubic").own.step
(D,), (UPDATE,) = STEP.state, STEP.update
MULTIPLIER = UPDATE.diff(D)


def test_the_fixed_point_flips():
    assert MULTIPLIER.subs({D: 1, facts.S: facts.FLIP}) == -1


@pytest.mark.parametrize("s", [sp.Rational(11, 10), sp.Rational(6, 5)])
def test_the_two_cycle_is_one(s):
    upper, lower = (point.subs(facts.S, s) for point in facts.two_cycle())
    there = {facts.S: s}
    assert float(upper) > 1 > float(lower) > 0
    assert abs(sp.N(UPDATE.subs(there).subs(D, upper) - lower, 30)) < 1e-25
    assert abs(sp.N(UPDATE.subs(there).subs(D, lower) - upper, 30)) < 1e-25


def test_the_two_cycle_flips():
    upper, lower = (point.subs(facts.S, facts.SECOND_FLIP) for point in facts.two_cycle())
    m = MULTIPLIER.subs(facts.S, facts.SECOND_FLIP)
    assert abs(sp.N(m.subs(D, upper) * m.subs(D, lower) + 1, 30)) < 1e-25


def test_the_greatest_image_maps_to_zero():
    s = facts.REACHES_ZERO
    there = UPDATE.subs(facts.S, s)
    top = there.subs(D, sp.sqrt((1 + s) / (3 * s)))
    assert abs(sp.N(there.subs(D, top), 30)) < 1e-25


def test_at_the_escape_the_greatest_image_is_on_the_boundary():
    s = facts.ESCAPE
    there = UPDATE.subs(facts.S, s)
    top = there.subs(D, sp.sqrt((1 + s) / (3 * s)))
    assert sp.simplify(there.subs(D, top) + top) == 0  # a cycle of period 2: beyond it nothing comes back
