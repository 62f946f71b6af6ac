"""Sampling evidence: designs, attack from the worst points, exact binomial bounds, confirmed refutations."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from edgestab.numerics.orbits.status import Status
from edgestab.theory.effort import Effort
from edgestab.theory.statement import OrbitStatement
from edgestab.theory.symbols import ETA
from edgestab.verify.conclusions.judges import judge_of
from edgestab.verify.evidence.sampling import SamplingEvidence
from edgestab.verify.orbits.starts import Sample
from edgestab.verify.sampling.in_balls import look
from edgestab.verify.sampling.measure import Margins
from edgestab.verify.sampling.stages import Report, is_exhaustive, stages

Array = NDArray[np.float64]
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
    seen = list(stages(statement, effort, seed, threads, report))
    fair = seen[0]
    sample, measured = _stacked([s for s, _ in seen], [m for _, m in seen])
    tell("ball arithmetic", 0.0)
    seen_in_balls = look(statement, sample, measured, effort)
    measured = seen_in_balls.margins
    failed = measured.margin < 0
    uniform_failed = int(failed[: fair[0].count].sum())  # those that ball arithmetic did not clear
    finite = np.isfinite(measured.margin)
    worst = int(np.nanargmin(measured.margin)) if finite.any() else -1
    return SamplingEvidence(
        part=statement.name,
        points=sample.count,
        excluded=sum(s.excluded for s, _ in seen[:2]),
        undecided=int((~finite).sum()),
        failed=int(failed.sum()),
        uniform=fair[0].count,
        uniform_failed=uniform_failed,
        failing_fraction=binomial_bounds(uniform_failed, fair[0].count),
        margin=float(measured.margin[worst]) if worst >= 0 else float("nan"),
        worst=_point(sample, worst) if worst >= 0 else {},
        outcomes=_tally(measured),
        step_sizes=describe_step_sizes(statement),
        counterexample=seen_in_balls.counterexample,
        suspected=seen_in_balls.suspected,
        open_case=_open_case(statement, sample, measured, seen_in_balls.suspected) if not finite.all() else "",
        allowed=float(1 - statement.at_least),
        confidence=CONFIDENCE,
        exhaustive=is_exhaustive(statement),
        exactly=seen_in_balls.words,
        measure=describe_measure(statement),
        unsettled=int((measured.unsettled > 0).sum()),
        horizon=_horizon(measured),
        calm=judge_of(statement).calm,
        almost=statement.quantifier == "almost every",
        series=_series(statement, sample, measured),
    )


def describe_step_sizes(statement: OrbitStatement) -> str:
    """Return the step sizes in words.

    Examples
    --------
    >>> from edgestab.theory.models.catalogue import model
    >>> from edgestab.theory.conclusions.converges import Converges
    >>> from edgestab.theory.statement import OrbitStatement, StepSizes
    >>> from edgestab.theory.region import Region
    >>> region = Region.in_coordinates(model("frozen-cubic"), {"d": ("0", "1")})
    >>> describe_step_sizes(OrbitStatement("", model("frozen-cubic"), StepSizes.of("0.5"), region, Converges()))
    'eta = 0.5'
    """
    sizes = statement.step_sizes
    if statement.sets_step_size:
        return "step sizes that the state sets" if statement.model.own.step.size is not None else "steps without eta"
    if sizes.values:
        return "eta = " + ", ".join(f"{float(v):g}" for v in sizes.values)
    return f"eta in [{float(sizes.low):g}, {float(sizes.high):g}]"


def describe_measure(statement: OrbitStatement) -> str:
    """Return how independent starts are distributed, in words.

    Where the ends of an interval depend on variables drawn before, starts are not uniform over the region.

    Examples
    --------
    >>> from edgestab.theory.models.catalogue import model
    >>> from edgestab.theory.conclusions.converges import Converges
    >>> from edgestab.theory.statement import OrbitStatement, StepSizes
    >>> import sympy as sp
    >>> from edgestab.theory.region import Region
    >>> x, y = model("quartic").own.step.state
    >>> region = Region((x, y), ((sp.S(1), sp.S(2)), (sp.S(0), x / 2)), (x, y))
    >>> sizes = StepSizes.between("0.1", "0.2")
    >>> describe_measure(OrbitStatement("", model("quartic"), sizes, region, Converges()))
    'x uniform, then y uniform given x, and log eta uniform'
    """
    region, words, names = statement.region, [], {**dict(statement.defined), **statement.written}
    for variable, (low, high) in zip(region.variables, region.bounds, strict=True):
        if low == high:
            continue
        on = [str(names.get(v, v)) for v in region.variables if v in low.free_symbols | high.free_symbols]
        name = names.get(variable, variable)
        words.append(f"then {name} uniform given {', '.join(on)}" if on else f"{name} uniform")
    several = statement.step_sizes.values
    if not several:
        words.append("log eta uniform")
    elif len(several) > 1:
        words.append("eta one of those")
    return ", and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def _horizon(measured: Margins) -> int:
    """The fewest steps of the orbits that had not settled; 0 where all had."""
    steps = measured.unsettled[measured.unsettled > 0]
    return int(steps.min()) if steps.size else 0


def _stacked(samples: list[Sample], measured: list[Margins]) -> tuple[Sample, Margins]:
    import xarray as xr

    merged = Sample(
        np.vstack([s.unit for s in samples]),
        np.concatenate([s.eta for s in samples]),
        {k: np.concatenate([s.variables[k] for s in samples]) for k in samples[0].variables},
        np.hstack([s.start for s in samples]),
        sum(s.excluded for s in samples),
    )
    return merged, Margins(
        np.concatenate([m.margin for m in measured]),
        xr.concat([m.outcomes for m in measured], dim="orbit"),
        np.concatenate([m.doubt for m in measured]),
        np.concatenate([m.unsettled for m in measured]),
    )


def _open_case(statement: OrbitStatement, sample: Sample, measured: Margins, why: str) -> str:
    """The first orbit that was not decided, and why."""
    index = int(np.flatnonzero(~np.isfinite(measured.margin))[0])
    unnamed = {"eta"} if statement.sets_step_size else set()
    at = ", ".join(f"{k} = {v:.9g}" for k, v in _point(sample, index).items() if k not in unnamed)
    status = Status(int(measured.outcomes["status"].values[index]))
    if status not in (Status.CONVERGED, Status.PERIODIC):
        return f"from {at} the orbit {status.sentence}"
    why = why or "it is within rounding, or not defined"
    return f"from {at} the orbit ends, but whether the conclusion holds is not shown: {why}"


def _point(sample: Sample, index: int) -> dict[str, float]:
    return {"eta": float(sample.eta[index])} | {str(k): float(v[index]) for k, v in sample.variables.items()}


def _tally(measured: Margins) -> dict[str, int]:
    codes, counts = np.unique(measured.outcomes["status"].values, return_counts=True)
    return {Status(int(c)).name: int(n) for c, n in zip(codes, counts, strict=True)}


def _series(statement: OrbitStatement, sample: Sample, measured: Margins) -> dict[str, Any]:
    """Columns for the figures, thinned to `FIGURE_POINTS` rows."""
    keep = np.unique(np.linspace(0, sample.count - 1, min(sample.count, FIGURE_POINTS)).astype(int))
    ds = measured.outcomes
    columns: dict[str, Any] = {"eta": sample.eta[keep]}
    columns |= {str(k): v[keep] for k, v in sample.variables.items()}
    columns |= {"margin": measured.margin[keep], "status": ds["status"].values[keep], "steps": ds["steps"].values[keep]}
    steep = ds["sharpness"].values[keep]
    columns["gap"] = (2 / sample.eta[keep] - steep) / sample.eta[keep]
    ending = statement.conclusion.ending
    if ending is not None and ending.window is not None:
        columns["is_window"] = np.ones(keep.size, dtype=bool)
    columns["uses_eta"] = np.full(keep.size, ETA in statement.model.own.step.parameters)
    return columns
