"""Branches of cycles over a parameter: all that begin at its ends, those they double into, and their flips."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from edgestab.errors import InputError
from edgestab.numerics import inputs
from edgestab.numerics.cycles.bifurcations import Bifurcation
from edgestab.numerics.cycles.branch import Branch
from edgestab.numerics.cycles.cascade import follow
from edgestab.numerics.cycles.continuation import beside_flip, continue_cycle
from edgestab.numerics.cycles.cycles import Interval, cycles
from edgestab.numerics.cycles.jets import Family
from edgestab.numerics.inputs import Name
from edgestab.theory.stepmap import StepMap


def flips(
    step: StepMap,
    parameter: Name,
    interval: Interval,
    box: Sequence[Interval],
    *,
    fixed: Mapping[Name, Fraction] | None = None,
    periods: Sequence[int] = (1,),
    doublings: int = 8,
    budget: int = 20_000,
) -> tuple[Bifurcation, ...]:
    """Return the flips of a one-parameter family inside an interval, as an orbit diagram shows them.

    Every cycle of the given periods that exists at either end of the interval is followed through it, and from each of
    its supercritical flips the cascade.

    Parameters
    ----------
    step : StepMap
        The map.
    parameter : Symbol or str
        The parameter that moves.
    interval : (low, high)
        Where it moves.
    box : sequence of (low, high)
        For each state variable an interval: where cycles are sought and followed.
    fixed : mapping, optional
        By symbol or name an exact value for every other parameter.
    periods : sequence of int
        The least periods to start from.
    doublings : int
        The longest cascade to follow.
    budget : int
        The largest number of boxes for each search of cycles.

    Returns
    -------
    tuple of Bifurcation
        Proved flips in order of the parameter, one for each value and period: symmetric cycles flip together. Flips of
        cycles that no listed cycle leads to are missing.

    Examples
    --------
    >>> from edgestab.theory.models.catalogue import model
    >>> from edgestab.theory.symbols import symbol
    >>> found = flips(model("frozen-cubic").own.step, symbol("s"), (Fraction(1, 2), Fraction(13, 10)), [(0, 2)])
    >>> [(f.period, round(f.value, 9)) for f in found]
    [(1, 1.0), (2, 1.236067977), (4, 1.288031754), (8, 1.29922794)]
    """
    family = Family(step, dict(fixed or {}), parameter)
    low, high = (float(end) for end in inputs.interval(interval, f"the interval of {parameter}"))
    found: list[Bifurcation] = []
    for branch in branches(step, parameter, interval, box, fixed=fixed, periods=periods, budget=budget):
        for first in (b for b in branch.special if b.kind == "flip" and not _known(b, found)):
            # Where several multipliers cross together there is no one cycle to follow.
            tail = follow(family, first, doublings, within=(low, high)).flips if first.proved else (first,)
            found += [b for b in tail if low <= b.value <= high and not _known(b, found)]
    return tuple(sorted(found, key=lambda b: (b.value, b.period)))


def branches(
    step: StepMap,
    parameter: Name,
    interval: Interval,
    box: Sequence[Interval],
    *,
    fixed: Mapping[Name, Fraction] | None = None,
    periods: Sequence[int] = (1,),
    doublings: int = 0,
    budget: int = 20_000,
) -> tuple[Branch, ...]:
    """Return the branches of the cycles that exist at either end of an interval, followed through it.

    Parameters
    ----------
    step, parameter, interval, box, fixed, periods, budget
        As in `flips`.
    doublings : int
        How often to switch, at every flip of a branch, to the branch of the doubled cycle.

    Raises
    ------
    InputError
        When a search for cycles at an end was not complete.

    Examples
    --------
    >>> from edgestab.theory.models.catalogue import model
    >>> from edgestab.theory.symbols import symbol
    >>> cubic = model("frozen-cubic").own.step
    >>> found = branches(cubic, symbol("s"), (Fraction(1, 2), Fraction(5, 4)), [(Fraction(1, 2), 2)], doublings=1)
    >>> [(b.period, [s.kind for s in b.special]) for b in found]
    [(1, ['flip']), (2, ['branch point', 'flip'])]
    """
    low, high = (Fraction(end) for end in inputs.interval(interval, f"the interval of {parameter}"))
    family = Family(step, dict(fixed or {}), parameter)
    constants = family.fixed
    for name, value, least in (("doublings", doublings, 0), ("budget", budget, 1)):
        inputs.whole(value, name, least)
    inputs.require_box(step.state, box)
    sides = [(float(a), float(b)) for a, b in box]
    found: list[Branch] = []
    for end, period in itertools.product((low, high), periods):
        search = cycles(step, {**constants, parameter: end}, box, period, budget=budget)
        if not search.complete:
            raise InputError(
                f"at {parameter} = {float(end):g} not all cycles of period {period} were found: "
                f"{len(search.undecided)} boxes are undecided; raise the budget, or choose a box without curves of "
                "fixed points"
            )
        for orbit in search.of_period(period):
            start = orbit.centres[0]
            if any(_passes(branch, float(end), start) for branch in found if branch.period == period):
                continue
            branch = continue_cycle(
                step,
                parameter,
                (float(low), float(high)),
                [float(x) for x in start],
                float(end),
                period,
                fixed=constants,
                box=sides,
            )
            found.append(branch)
    newest = found
    for _ in range(doublings):
        newest = _doubled(family, newest, found, (float(low), float(high)), sides)
        found = [*found, *newest]
    return tuple(found)


def _doubled(
    family: Family,
    branches_: Sequence[Branch],
    known: Sequence[Branch],
    interval: tuple[float, float],
    box: list[tuple[float, float]],
) -> list[Branch]:
    """The branches that begin at the flips of some, as far as none of them is known."""
    new: list[Branch] = []
    for flip in (b for branch in branches_ for b in branch.special if b.kind == "flip" and b.proved):
        start, at = beside_flip(family, flip)
        period = 2 * flip.period
        if family.parameter is None or not interval[0] < at < interval[1]:
            continue
        if any(_passes(b, flip.value, flip.centre) for b in (*known, *new) if b.period == period):
            continue
        try:
            new.append(
                continue_cycle(family.step, family.parameter, interval, start, at, period, fixed=family.fixed, box=box)
            )
        except ValueError:
            continue  # no cycle was found beside a flip that is nearly degenerate
    return new


def _passes(branch: Branch, value: float, point: NDArray[np.float64]) -> bool:
    """Whether a branch that was followed ends in this cycle."""
    ends = [(branch.values[i], branch.points[i]) for i in (0, -1)]
    scale = 1e-7 * (1 + np.abs(point).max())
    return any(abs(v - value) <= scale and (np.abs(p - point).max(axis=-1) <= scale).any() for v, p in ends)


def _known(one: Bifurcation, others: Sequence[Bifurcation]) -> bool:
    return any(one.period == o.period and one.parameter.overlaps(o.parameter) for o in others)
