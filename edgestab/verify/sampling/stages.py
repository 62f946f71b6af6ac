"""The stages of sampling: an independent uniform design, one that crowds the boundary, and the attack."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from edgestab.numerics.orbits import designs
from edgestab.numerics.orbits.follow import Rules
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.programs.program import step_program
from edgestab.theory.effort import Effort
from edgestab.theory.statement import OrbitStatement
from edgestab.theory.symbols import ETA
from edgestab.verify.conclusions.judges import judge_of
from edgestab.verify.orbits.starts import Array, Sample, dimension, draw
from edgestab.verify.sampling.falsify import attack
from edgestab.verify.sampling.measure import Margins, measure

Report = Callable[[str, float], None]
Stage = tuple[Sample, Margins]


def is_exhaustive(statement: OrbitStatement) -> bool:
    """Whether the hypotheses allow one start only, at single step sizes."""
    return all(a == b for a, b in statement.region.bounds) and bool(statement.step_sizes.values)


def stages(
    statement: OrbitStatement, effort: Effort, seed: int = 0, threads: int | None = None, report: Report | None = None
) -> Iterator[Stage]:
    """Yield what is seen at each stage, as it is asked for: the two designs, then the attack when nothing failed.

    Parameters
    ----------
    statement, effort, seed, threads, report
        As for `edgestab.verify.sampling.sampling.sample_statement`.
    """
    size = dimension(statement)
    shrink = _shrink(statement, effort)
    counts = [max(int(c * shrink), 32) for c in (effort.uniform, effort.stratified, effort.boundary)]
    exhaustive = is_exhaustive(statement)
    if exhaustive:
        counts = [len(statement.step_sizes.values), 0, 0]
        uniform = ((np.arange(counts[0]) + 0.5) / counts[0])[:, None][:, :size]
    else:
        uniform = np.random.default_rng([seed, 7]).random((counts[0], size))

    rules = Rules(plain=effort.watched) if judge_of(statement).watches else None
    farther = Rules(budget=1600.0, least=160_000, plain=8 * (rules or Rules()).plain)

    def run(unit: Array, stage: str) -> Stage:
        sample = draw(statement, unit)
        progress = (lambda done, total: report(stage, done / max(total, 1))) if report else None
        return sample, _settled(
            statement, sample, measure(statement, sample, rules, threads, progress), farther, threads
        )

    seen = [run(uniform, "uniform design")]
    yield seen[0]
    stratified = _avoiding(statement, designs.stratified(counts[1], size, seed)) if counts[1] else uniform[:0]
    boundary = designs.boundary_seeking(counts[2], size, seed + 1) if counts[2] else uniform[:0]
    every = statement.quantifier == "every"
    special = [_special(statement, size)] if every else []
    seen.append(run(np.vstack([stratified, boundary, *special]), "boundary design"))
    yield seen[1]
    margins = np.concatenate([m.margin for _, m in seen])
    # Where nothing could be decided there is no margin to drive down; and an attack would close in on exceptional sets.
    if every and not exhaustive and np.isfinite(margins).any() and not (margins < 0).any():
        yield from attack(statement, seen, effort.local_rounds, effort.examples, seed, lambda u: run(u, "attack"))


def survives(statement: OrbitStatement, effort: Effort, threads: int | None = None) -> bool:
    """Whether orbits are found and none of them fails in floating point; the search ends at the first that does."""
    points = 0
    for sample, measured in stages(statement, effort, threads=threads):
        if (measured.margin < 0).any():
            return False
        points += sample.count
    return points > 0


def _shrink(statement: OrbitStatement, effort: Effort) -> float:
    """By how much to thin the designs so that their iterates stay within the budget."""
    sizes, pace = statement.step_sizes, statement.model.best.pace
    if pace is None:
        return 1.0
    each = sizes.values or tuple(sizes.low * (sizes.high / sizes.low) ** sp.Rational(i, 4) for i in range(5))
    per_orbit = sum(40 / float(pace.subs(ETA, v)) ** 2 for v in each) / len(each)
    total = (effort.uniform + effort.stratified + effort.boundary) * per_orbit
    return min(1.0, effort.iterates / total)


MIDDLE = (np.sqrt(5) - 1) / 2
"""Where the other coordinates are of starts with a special one: no place of symmetry, special as well."""

END = 2.0**-49
"""How near the ends of an interval, relative to its length, some starts lie: as near as doubles tell apart."""


def _special(statement: OrbitStatement, size: int) -> Array:
    """The ends of step sizes and intervals, and starts at which a variable is exactly 0 or 1: minima and saddles."""
    points = []
    region = statement.region
    columns = [(v, pair) for v, pair in zip(region.variables, region.bounds, strict=True) if pair[0] != pair[1]]
    offset = size - len(columns)
    middle = np.full(size, MIDDLE)
    if offset and not statement.step_sizes.values:
        points += [np.concatenate([[end], middle[1:]]) for end in (0.0, 1.0)]
    for k, (_, (low, high)) in enumerate(columns):
        for end in (END, 1 - END):
            point = middle.copy()
            point[offset + k] = end
            points.append(point)
        if not (low.is_number and high.is_number and low.is_finite and high.is_finite):
            continue
        for value in (0, 1):
            if low < value < high:
                point = middle.copy()
                point[offset + k] = float((value - low) / (high - low))
                points.append(point)
    return np.array(points).reshape(len(points), size)


def _avoiding(statement: OrbitStatement, unit: Array) -> Array:
    """Crowd the design about values that the hypotheses exclude from inside an interval."""
    region = statement.region
    columns = [v for v, (a, b) in zip(region.variables, region.bounds, strict=True) if a != b]
    offset = unit.shape[1] - len(columns)
    for relation in region.where:
        if isinstance(relation, sp.Ne) and relation.lhs in columns and relation.rhs.is_number:
            low, high = region.bounds[region.variables.index(relation.lhs)]
            if not low.is_number or not high.is_number or not low < relation.rhs < high:
                continue
            column = offset + columns.index(relation.lhs)
            place = float((relation.rhs - low) / (high - low))
            unit[:, column] = designs.avoiding(unit[:, column], place)
    return unit


FEW, LAST = 16, 2 * 10**9
"""How many orbits that used up their steps are followed on first: where one of them stays open, so does the verdict.
And how many operations of a step are spent on each when no more are left: one block of lanes, for a second or a few.
"""


def _settled(
    statement: OrbitStatement, sample: Sample, measured: Margins, rules: Rules, threads: int | None
) -> Margins:
    """Follow orbits that used up their steps again, eight times as far: near eta = 1/2 they are slower.

    A few that are still on their way then, beside a degenerate minimum for example, are followed farther still.
    """
    open_ = _open(measured)
    for which in (open_[:: -(-open_.size // FEW or 1)], open_):
        if not which.size:
            return measured
        again = measure(statement, sample.part(which), rules, threads)
        measured = _replaced(measured, which, again)
        if _open(again).size:
            break
    left = _open(measured)
    if not 0 < left.size <= FEW or (measured.outcomes["status"].values[left] == Status.BOUNDED).any():
        return measured
    farthest = LAST // max(step_program(statement.model.own.step).operations, 30)
    if farthest <= rules.plain:
        return measured
    again = measure(statement, sample.part(left), replace(rules, least=farthest, plain=farthest), threads)
    return _replaced(measured, left, again)


def _open(measured: Margins) -> NDArray[np.intp]:
    on = np.isin(measured.outcomes["status"].values, [Status.UNDECIDED, Status.BOUNDED])
    return np.flatnonzero(on & ~(measured.margin >= 0))


def _replaced(measured: Margins, which: NDArray[np.intp], again: Margins) -> Margins:
    """Margins with those of some orbits replaced."""
    margin = measured.margin.copy()
    margin[which] = again.margin
    outcomes = measured.outcomes.copy(deep=True)
    for name in outcomes.data_vars:
        outcomes[name].values[which] = again.outcomes[name].values
    doubt = measured.doubt.copy()
    doubt[which] = again.doubt
    unsettled = measured.unsettled.copy()
    unsettled[which] = again.unsettled
    return Margins(margin, outcomes, doubt, unsettled)
