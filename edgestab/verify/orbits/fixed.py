"""Orbits in a subspace that a symmetry fixes: there a cycle may be isolated that lies on a whole family elsewhere.

Beside such a cycle orbits come to others of its family, which no enclosure tells apart; in the subspace it attracts,
and an orbit that begins there is an orbit like any other.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from edgestab.numerics.printers.ball import ball
from edgestab.numerics.printers.reference import evaluate
from edgestab.numerics.programs.program import step_program
from edgestab.numerics.rigorous.balls import BallMap, TooImprecise, at_rising_precision, values
from edgestab.numerics.rigorous.limits import Cycle, attracting_cycle
from edgestab.theory.optimizers.gradient_descent import is_gradient_descent
from edgestab.theory.relations import compare
from edgestab.theory.statement import OrbitStatement
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import ETA
from edgestab.theory.symmetry import Subspace, fixed_subspaces
from edgestab.verify.orbits.walk import NotConfirmed, Work

FEW, LONGEST, MOST_STEPS = 4, 64, 4096
"""How many subspaces are tried, the longest period that is looked for, and for how long an orbit is followed."""

CLOSE = 1e-9
"""How nearly an orbit in floating point returns, in units of its size, before the cycle is enclosed."""

SHARES = (Fraction(1, 2), Fraction(1, 4), Fraction(3, 4))
"""Where in the region starts are tried, as shares of its sides."""


def cycle_in_a_subspace(statement: OrbitStatement, eta: Fraction, work: Work) -> tuple[dict[str, str], str] | None:
    """Return a start in a fixed subspace whose orbit settles on a cycle, and what was shown; None where none is found.

    Parameters
    ----------
    statement : OrbitStatement
        About plain gradient descent, with a region in the loss's own parameters.
    eta : Fraction
        The step size.
    work : Work
        What may be spent in ball arithmetic.
    """
    loss, step = statement.model.loss, statement.model.own.step
    if loss is None or loss.constants or step.parameters != (ETA,) or not is_gradient_descent(step, loss):
        return None
    if set(statement.region.variables) != set(step.state):
        return None
    sides = _sides(statement, eta)
    zero = [s for s, (low, high) in sides.items() if low < 0 < high]
    for subspace in itertools.islice(fixed_subspaces(loss, zero), FEW):
        restricted = subspace.restricted(step)
        for start in _starts(statement, subspace, sides, eta):
            found = _shown(restricted, [start[s] for s in restricted.state], eta, work)
            if found:
                shown = f"{found} in the subspace {subspace.words}, which no step leaves"
                return {"eta": str(eta), **{str(s): str(start[s]) for s in statement.region.variables}}, shown
    return None


def _sides(statement: OrbitStatement, eta: Fraction) -> dict[sp.Symbol, tuple[Fraction, Fraction]]:
    """The intervals of a region that is a box of rational numbers; without the others."""
    at = {ETA: sp.Rational(eta.numerator, eta.denominator)}
    sides = {}
    for s, pair in zip(statement.region.variables, statement.region.bounds, strict=True):
        ends = [end.subs(at) for end in pair]
        if all(end.is_Rational for end in ends):
            sides[s] = (Fraction(int(ends[0].p), int(ends[0].q)), Fraction(int(ends[1].p), int(ends[1].q)))
    return sides


def _starts(
    statement: OrbitStatement, subspace: Subspace, sides: dict[sp.Symbol, tuple[Fraction, Fraction]], eta: Fraction
) -> Iterator[dict[sp.Symbol, Fraction]]:
    """Starts in the subspace, inside the region, that satisfy its hypotheses."""
    groups = {}
    for group in subspace.equal:
        if any(s not in sides for s in group):
            return
        low, high = max(sides[s][0] for s in group), min(sides[s][1] for s in group)
        if not low < high:
            return
        groups[group] = (low, high)
    for share in SHARES:
        start = dict.fromkeys(subspace.zero, Fraction(0))
        start |= {s: low + share * (high - low) for group, (low, high) in groups.items() for s in group}
        named = {ETA: ball(eta), **{s: ball(v) for s, v in start.items()}}
        if all(compare(r, *values([r.lhs, r.rhs], named)) for r in statement.region.where):
            yield start


def _shown(step: StepMap, start: list[Fraction], eta: Fraction, work: Work) -> str:
    """What an orbit is shown to do, if it settles on a cycle of two points or more; else nothing."""
    period, steps = _period(step, [float(v) for v in start], float(eta))
    if period < 2:
        return ""

    def enclosed() -> Cycle | None:
        orbit = BallMap(step, {ETA: eta})
        for number, point in enumerate(orbit.orbit(tuple(ball(v) for v in start))):
            work.spend(8 * len(step.state) ** 3 + step_program(step).operations)
            if work.left < 0:
                raise NotConfirmed("the budget for ball arithmetic ended")
            if number >= steps:
                return attracting_cycle(orbit, point, period)
        raise AssertionError("an orbit does not end")

    try:
        cycle = at_rising_precision(enclosed, last=1024)
    except (TooImprecise, NotConfirmed):
        return ""
    # One point of the cycle is not another: no single point is its limit.
    if cycle is None or all(a.overlaps(b) for a, b in zip(cycle.boxes[0], cycle.boxes[1], strict=True)):
        return ""
    return f"it settles on an attracting cycle of more than one point, at most {period},"


def _period(step: StepMap, start: list[float], eta: float) -> tuple[int, int]:
    """The period of the cycle that an orbit in floating point comes to, 0 for none, and after how many steps."""
    program = step_program(step)
    state: NDArray[np.float64] = np.array(start)
    kept: list[NDArray[np.float64]] = []
    for number in range(MOST_STEPS):
        kept.append(state)
        state = np.array(evaluate(program, [*state, eta]))
        if not np.isfinite(state).all():
            return 0, number
        for period in range(1, min(LONGEST, number) + 1) if number % LONGEST == 0 else ():
            if np.abs(state - kept[-period]).max() <= CLOSE * (1e-300 + np.abs(state).max()):
                return period, number + 1
    return 0, MOST_STEPS
