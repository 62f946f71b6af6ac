"""Sampling evidence: designs, attack from the worst points, exact binomial bounds, confirmed refutations."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray
from scipy.stats import beta

from edgestab.numerics.orbits import designs
from edgestab.numerics.orbits.follow import Rules
from edgestab.numerics.orbits.status import Status
from edgestab.theory.statement import Diverges, FinalSharpness, OrbitStatement
from edgestab.theory.symbols import ETA
from edgestab.verify.evidence.evidence import Counterexample, SamplingEvidence
from edgestab.verify.sampling.falsify import attack
from edgestab.verify.sampling.recheck import ESCAPES, NotConfirmed, Suspect, confirm
from edgestab.verify.sampling.sample import Measured, Sample, dimension, draw, measure

Array = NDArray[np.float64]
Report = Callable[[str, float], None]


@dataclass(frozen=True)
class Effort:
    """How hard to look.

    Parameters
    ----------
    uniform, stratified, boundary : int
        Points of each design.
    local_rounds : int
        Rounds of local search about the worst points.
    examples : int
        Examples Hypothesis proposes.
    confirm_seconds : float
        Time for the attempts to confirm a counterexample in ball arithmetic.
    iterates : float
        Rough bound on the iterates spent on the designs of one statement; the designs shrink to meet it.
    """

    name: str
    uniform: int
    stratified: int
    boundary: int
    local_rounds: int
    examples: int
    confirm_seconds: float
    iterates: float


EFFORTS = {
    "quick": Effort("quick", 1024, 512, 512, 2, 10, 60.0, 2e9),
    "standard": Effort("standard", 16384, 8192, 8192, 6, 60, 300.0, 6e10),
    "deep": Effort("deep", 131072, 65536, 65536, 12, 300, 1800.0, 2e12),
}

CONFIDENCE = 0.999
FIGURE_POINTS = 4096


def binomial_bounds(failures: int, trials: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return the exact (Clopper-Pearson) bounds on a failing fraction, each side at (1 + confidence)/2.

    With no failure the upper bound is one-sided.

    Examples
    --------
    >>> low, high = binomial_bounds(0, 1000)
    >>> low, round(high, 4)
    (0.0, 0.0069)
    """
    if trials == 0:
        return 0.0, 1.0
    alpha = 1 - confidence
    tail = alpha if failures in (0, trials) else alpha / 2
    low = 0.0 if failures == 0 else float(beta.ppf(tail, failures, trials - failures + 1))
    high = 1.0 if failures == trials else float(beta.ppf(1 - tail, failures + 1, trials - failures))
    return low, high


def sample_statement(
    statement: OrbitStatement,
    effort: Effort,
    seed: int = 0,
    threads: int | None = None,
    report: Report | None = None,
) -> SamplingEvidence:
    """Look for a counterexample to a statement, and say what was seen.

    Parameters
    ----------
    statement : OrbitStatement
        Without unspecified constants.
    effort : Effort
        How hard to look.
    seed : int
        Of every design.
    threads : int, optional
        Threads of the sweeps; the result does not depend on them.
    report : callable, optional
        Called with the name of the stage and the fraction done.
    """
    tell = report or (lambda _name, _fraction: None)
    size = dimension(statement)
    shrink = _shrink(statement, effort)
    counts = [max(int(c * shrink), 32) for c in (effort.uniform, effort.stratified, effort.boundary)]
    exhaustive = all(a == b for a, b in statement.region.bounds) and bool(statement.step_sizes.values)
    generator = np.random.default_rng([seed, 7])
    if exhaustive:
        counts = [len(statement.step_sizes.values), 0, 0]
        uniform = ((np.arange(counts[0]) + 0.5) / counts[0])[:, None][:, :size]
    else:
        uniform = generator.random((counts[0], size))
    stratified = _avoiding(statement, designs.stratified(counts[1], size, seed)) if counts[1] else uniform[:0]
    boundary = designs.boundary_seeking(counts[2], size, seed + 1) if counts[2] else uniform[:0]

    def run(unit: Array, stage: str) -> tuple[Sample, Measured]:
        sample = draw(statement, unit)
        progress = (lambda done, total: tell(stage, done / max(total, 1))) if report else None
        return sample, _settled(statement, sample, measure(statement, sample, None, threads, progress), threads)

    special = _special(statement, size)
    stages = [run(uniform, "uniform design"), run(np.vstack([stratified, boundary, special]), "boundary design")]
    fair = stages[0]
    total_excluded = sum(s.excluded for s, _ in stages)
    if not exhaustive and any(s.count for s, _ in stages) and not any((m.margin < 0).any() for _, m in stages):
        stages += attack(statement, stages, effort.local_rounds, effort.examples, seed, lambda u: run(u, "attack"))
    sample, measured = _stacked([s for s, _ in stages], [m for _, m in stages])
    uniform_failed = int((fair[1].margin < 0).sum())
    failed = measured.margin < 0
    counterexample, suspected = None, ""
    if failed.any() and statement.at_least == 1:
        tell("ball arithmetic", 0.0)
        counterexample, suspected = _confirmed(statement, sample, measured, effort)
    elif isinstance(statement.conclusion, Diverges) and (measured.margin > 0).any():
        measured = _divergence_shown(statement, sample, measured, effort)
    finite = np.isfinite(measured.margin)
    worst = int(np.nanargmin(measured.margin)) if finite.any() else -1
    return SamplingEvidence(
        part=statement.name,
        points=sample.count,
        excluded=total_excluded,
        undecided=int((~finite).sum()),
        failed=int(failed.sum()),
        uniform=fair[0].count,
        uniform_failed=uniform_failed,
        failing_fraction=binomial_bounds(uniform_failed, fair[0].count),
        margin=float(measured.margin[worst]) if worst >= 0 else float("nan"),
        worst=_point(sample, worst) if worst >= 0 else {},
        outcomes=_tally(measured),
        step_sizes=describe_step_sizes(statement),
        counterexample=counterexample,
        suspected=suspected,
        open_case=_open_case(sample, measured) if not finite.all() else "",
        allowed=float(1 - statement.at_least),
        confidence=CONFIDENCE,
        exhaustive=exhaustive,
        series=_series(statement, sample, measured),
    )


def describe_step_sizes(statement: OrbitStatement) -> str:
    """Return the step sizes in words.

    Examples
    --------
    >>> from edgestab.theory.models.catalogue import model
    >>> from edgestab.theory.statement import Converges, StepSizes
    >>> from edgestab.theory.region import Region
    >>> region = Region.in_coordinates(model("frozen-cubic"), {"d": ("0", "1")})
    >>> describe_step_sizes(OrbitStatement("", model("frozen-cubic"), StepSizes.of("0.5"), region, Converges()))
    'eta = 0.5'
    """
    sizes = statement.step_sizes
    if sizes.values:
        return "eta = " + ", ".join(f"{float(v):g}" for v in sizes.values)
    return f"eta in [{float(sizes.low):g}, {float(sizes.high):g}]"


def _shrink(statement: OrbitStatement, effort: Effort) -> float:
    """By how much to thin the designs so that their iterates stay within the budget."""
    sizes = statement.step_sizes
    each = sizes.values or tuple(sizes.low * (sizes.high / sizes.low) ** sp.Rational(i, 4) for i in range(5))
    per_orbit = sum(40 / float(v) ** 2 for v in each) / len(each)
    total = (effort.uniform + effort.stratified + effort.boundary) * per_orbit
    return min(1.0, effort.iterates / total)


def _special(statement: OrbitStatement, size: int) -> Array:
    """The ends of the step sizes, and starts at which a variable is exactly 0 or 1: minima and saddles lie there."""
    points = []
    region = statement.region
    columns = [(v, pair) for v, pair in zip(region.variables, region.bounds, strict=True) if pair[0] != pair[1]]
    offset = size - len(columns)
    middle = np.full(size, 0.5)
    if offset and not statement.step_sizes.values:
        points += [np.concatenate([[end], middle[1:]]) for end in (0.0, 1.0)]
    for k, (_, (low, high)) in enumerate(columns):
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


def _settled(statement: OrbitStatement, sample: Sample, measured: Measured, threads: int | None) -> Measured:
    """Follow orbits that used up their steps again, eight times as far: near eta = 1/2 they are slower."""
    status = measured.outcomes["status"].values
    open_ = np.isin(status, [Status.UNDECIDED, Status.BOUNDED]) & ~(measured.margin >= 0)
    if not open_.any():
        return measured
    part = Sample(
        sample.unit[open_],
        sample.eta[open_],
        {k: v[open_] for k, v in sample.variables.items()},
        np.ascontiguousarray(sample.start[:, open_]),
        0,
    )
    again = measure(statement, part, Rules(budget=1600.0, least=160_000), threads)
    margin = measured.margin.copy()
    margin[open_] = again.margin
    outcomes = measured.outcomes.copy(deep=True)
    for name in outcomes.data_vars:
        outcomes[name].values[open_] = again.outcomes[name].values
    return Measured(margin, outcomes)


def _stacked(samples: list[Sample], measured: list[Measured]) -> tuple[Sample, Measured]:
    import xarray as xr

    merged = Sample(
        np.vstack([s.unit for s in samples]),
        np.concatenate([s.eta for s in samples]),
        {k: np.concatenate([s.variables[k] for s in samples]) for k in samples[0].variables},
        np.hstack([s.start for s in samples]),
        sum(s.excluded for s in samples),
    )
    return merged, Measured(
        np.concatenate([m.margin for m in measured]), xr.concat([m.outcomes for m in measured], dim="orbit")
    )


def _confirmed(
    statement: OrbitStatement, sample: Sample, measured: Measured, effort: Effort
) -> tuple[Counterexample | None, str]:
    """Try to confirm the most promising failures: cheap orbits first, clear failures before narrow ones."""
    failed = np.flatnonzero(measured.margin < 0)
    steps = measured.outcomes["steps"].values[failed]
    status = measured.outcomes["status"].values[failed]
    gone = np.isin(status, [Status.DIVERGED, Status.NONFINITE])
    clear = np.clip(-measured.margin[failed], 1e-12, 1.0)
    wandering = status == Status.BOUNDED
    cost = np.log10(1.0 + steps) + 12 * wandering - 0.5 * np.log10(clear) - 2.0 * gone
    reasons = []
    left = effort.confirm_seconds
    for index in failed[np.argsort(cost, kind="stable")][:6]:
        suspect = _suspect(statement, sample, measured, int(index))
        began = time.monotonic()
        try:
            # No one orbit may spend all the time: the next may be settled at once.
            return confirm(statement, suspect, left / 2), ""
        except NotConfirmed as error:
            reasons.append(str(error))
        left -= time.monotonic() - began
        if left <= 0:
            break
    return None, reasons[0]


def _divergence_shown(statement: OrbitStatement, sample: Sample, measured: Measured, effort: Effort) -> Measured:
    """Ask of some orbits that left the ball whether they stay away; where that is not shown, nothing is decided."""
    gone = np.flatnonzero(measured.margin > 0)
    margin = measured.margin.copy()
    for index in gone[:: max(len(gone) // 4, 1)][:4]:
        try:
            confirm(statement, _suspect(statement, sample, measured, int(index)), effort.confirm_seconds / 8)
        except NotConfirmed as error:
            if str(error) == ESCAPES:
                continue
        margin[index] = np.nan
    return Measured(margin, measured.outcomes)


def _suspect(statement: OrbitStatement, sample: Sample, measured: Measured, index: int) -> Suspect:
    values = statement.step_sizes.values
    exact = next((v for v in values if float(v) == sample.eta[index]), None)
    eta = Fraction(int(exact.p), int(exact.q)) if exact is not None else Fraction(float(sample.eta[index]))
    return Suspect(
        eta,
        {k: Fraction(float(v[index])) for k, v in sample.variables.items()},
        int(measured.outcomes["steps"].values[index]),
        int(measured.outcomes["period"].values[index]),
    )


def _open_case(sample: Sample, measured: Measured) -> str:
    """The first orbit that was not decided, and why."""
    index = int(np.flatnonzero(~np.isfinite(measured.margin))[0])
    at = ", ".join(f"{k} = {v:.9g}" for k, v in _point(sample, index).items())
    status = Status(int(measured.outcomes["status"].values[index]))
    return f"from {at} the orbit {status.sentence}"


def _point(sample: Sample, index: int) -> dict[str, float]:
    return {"eta": float(sample.eta[index])} | {str(k): float(v[index]) for k, v in sample.variables.items()}


def _tally(measured: Measured) -> dict[str, int]:
    codes, counts = np.unique(measured.outcomes["status"].values, return_counts=True)
    return {Status(int(c)).name: int(n) for c, n in zip(codes, counts, strict=True)}


def _series(statement: OrbitStatement, sample: Sample, measured: Measured) -> dict[str, Any]:
    """Columns for the figures, thinned to `FIGURE_POINTS` rows."""
    keep = np.unique(np.linspace(0, sample.count - 1, min(sample.count, FIGURE_POINTS)).astype(int))
    ds = measured.outcomes
    columns: dict[str, Any] = {"eta": sample.eta[keep]}
    columns |= {str(k): v[keep] for k, v in sample.variables.items()}
    columns |= {"margin": measured.margin[keep], "status": ds["status"].values[keep], "steps": ds["steps"].values[keep]}
    steep = ds["sharpness"].values[keep]
    columns["gap"] = (2 / sample.eta[keep] - steep) / sample.eta[keep]
    if isinstance(statement.conclusion, FinalSharpness):
        columns["is_window"] = np.ones(keep.size, dtype=bool)
    columns["uses_eta"] = np.full(keep.size, ETA in statement.model.own.step.parameters)
    return columns
