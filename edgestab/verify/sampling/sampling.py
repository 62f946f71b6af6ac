"""Sampling evidence: designs, attack from the worst points, exact binomial bounds, confirmed refutations."""

from __future__ import annotations

import time
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from edgestab.numerics.orbits.coordinates import to_coordinates
from edgestab.numerics.orbits.follow import length_of
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.printers.reference import evaluate
from edgestab.numerics.programs.program import step_program
from edgestab.theory.effort import Effort
from edgestab.theory.statement import OrbitStatement
from edgestab.theory.symbols import ETA
from edgestab.verify.conclusions.judges import judge_of
from edgestab.verify.evidence.followed import Counterexample
from edgestab.verify.evidence.sampling import SamplingEvidence
from edgestab.verify.orbits.starts import Sample
from edgestab.verify.orbits.walk import HoldsAsStated, HoldsSoFar, NotConfirmed, OutOfTime, Suspect
from edgestab.verify.sampling.confirm import confirm
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
    uniform_failed = int((fair[1].margin < 0).sum())
    counterexample, suspected, exactly_seen = None, "", ""
    exhaustive = is_exhaustive(statement)
    exactly = exhaustive and statement.interruption is None  # a perturbed orbit is not followed in ball arithmetic
    if (measured.margin < 0).any() and statement.at_least == 1:
        tell("ball arithmetic", 0.0)
        counterexample, suspected, measured = _confirmed(statement, sample, measured, effort)
    elif (exactly or judge_of(statement).holds_only_in_balls) and (measured.margin >= 0).any():
        counterexample, measured, exactly_seen = _shown_in_balls(
            statement, sample, measured, effort, exhaustive=exactly
        )
    failed = measured.margin < 0
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
        counterexample=counterexample,
        suspected=suspected,
        open_case=_open_case(sample, measured) if not finite.all() else "",
        allowed=float(1 - statement.at_least),
        confidence=CONFIDENCE,
        exhaustive=exhaustive,
        exactly=exactly_seen,
        measure=describe_measure(statement),
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
    region, words = statement.region, []
    for variable, (low, high) in zip(region.variables, region.bounds, strict=True):
        if low == high:
            continue
        on = [str(v) for v in region.variables if v in low.free_symbols | high.free_symbols]
        words.append(f"then {variable} uniform given {', '.join(on)}" if on else f"{variable} uniform")
    several = statement.step_sizes.values
    if not several:
        words.append("log eta uniform")
    elif len(several) > 1:
        words.append("eta one of those")
    return ", and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


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
        np.concatenate([m.margin for m in measured]), xr.concat([m.outcomes for m in measured], dim="orbit")
    )


MOST_TRIED = 6
"""How many failures are tried in ball arithmetic without any of them being decided."""


def _confirmed(
    statement: OrbitStatement, sample: Sample, measured: Margins, effort: Effort
) -> tuple[Counterexample | None, str, Margins]:
    """Try to confirm the most promising failures: cheap orbits first, clear failures before narrow ones.

    Those that ball arithmetic clears are failures no more: their margin is 0.
    """
    margin = measured.margin.copy()
    failed = np.flatnonzero(measured.margin < 0)
    steps = measured.outcomes["steps"].values[failed]
    status = measured.outcomes["status"].values[failed]
    gone = np.isin(status, [Status.DIVERGED, Status.NONFINITE, Status.LEFT_DOMAIN])
    clear = np.clip(-measured.margin[failed], 1e-12, 1.0)
    wandering = status == Status.BOUNDED
    cost = np.log10(1.0 + steps) + 12 * wandering - 0.5 * np.log10(clear) - 2.0 * gone
    reasons: list[str] = []
    left: float = effort.confirm_seconds
    for index in failed[np.argsort(cost, kind="stable")]:
        suspect = _suspect(statement, sample, measured, int(index))
        began = time.thread_time()
        try:
            # No one orbit may spend all the time: the next may be settled at once.
            return confirm(statement, suspect, left / 2), "", measured
        except HoldsAsStated:
            margin[index] = 0.0
        except NotConfirmed as error:
            reasons.append(str(error))
        left -= time.thread_time() - began
        if left <= 0 or len(reasons) == MOST_TRIED:
            break
    return None, reasons[0] if reasons else "the time for ball arithmetic ended", Margins(margin, measured.outcomes)


def _shown_in_balls(
    statement: OrbitStatement, sample: Sample, measured: Margins, effort: Effort, *, exhaustive: bool
) -> tuple[Counterexample | None, Margins, str]:
    """Ask of some orbits that seem to do as claimed whether they do, or of all where there are no others.

    A start that is said exactly is rounded in floating point, and its orbit may be another one, where it meets a saddle
    or a maximum. Where nothing is shown, nothing is decided; but of a long orbit that passes no such point the number
    of steps is told that ball arithmetic had time for.
    """
    steps: list[int] = []
    good = np.flatnonzero(measured.margin >= 0)
    margin = measured.margin.copy()
    for index in good if exhaustive else good[:: max(len(good) // 4, 1)][:4]:
        suspect = _suspect(statement, sample, measured, int(index))
        try:
            found = confirm(statement, suspect, effort.confirm_seconds / 8)
        except (HoldsAsStated, HoldsSoFar):
            continue
        except OutOfTime as error:
            if exhaustive and not passes_a_fixed_point(statement, sample, measured, int(index)):
                steps.append(error.steps)
            else:
                margin[index] = np.nan
        except NotConfirmed:
            margin[index] = np.nan
        else:
            return found, measured, ""
    seen = f"of which ball arithmetic followed {min(steps)} steps" if steps else "as ball arithmetic shows"
    return None, Margins(margin, measured.outcomes), seen if exhaustive else ""


CLOSE, EARLY = 1e-9, 20_000
"""How near a fixed point an orbit passes, in units of its length, that may meet it exactly; in how many steps."""


def passes_a_fixed_point(statement: OrbitStatement, sample: Sample, measured: Margins, index: int) -> bool:
    """Return whether an orbit in floating point nearly comes to rest on its way to the limit."""
    where = judge_of(statement).coordinates
    values = {p: sample.eta[[index]] for p in where.step.parameters}
    state = to_coordinates(statement.model, where, sample.start[:, [index]], values)
    near = CLOSE * length_of(where, state, values)
    program = step_program(where.step)
    for _ in range(min(int(measured.outcomes["steps"].values[index]) // 2, EARLY)):
        after = np.array(evaluate(program, [*state, *values.values()]))
        if bool((np.abs(after - state).max(axis=0) <= near)[0]):
            return True
        state = after
    return False


def _suspect(statement: OrbitStatement, sample: Sample, measured: Margins, index: int) -> Suspect:
    values = statement.step_sizes.values
    exact = next((v for v in values if float(v) == sample.eta[index]), None)
    eta = Fraction(int(exact.p), int(exact.q)) if exact is not None else Fraction(float(sample.eta[index]))
    return Suspect(
        eta,
        {k: Fraction(float(v[index])) for k, v in sample.variables.items()},
        int(measured.outcomes["steps"].values[index]),
        int(measured.outcomes["period"].values[index]),
    )


def _open_case(sample: Sample, measured: Margins) -> str:
    """The first orbit that was not decided, and why."""
    index = int(np.flatnonzero(~np.isfinite(measured.margin))[0])
    at = ", ".join(f"{k} = {v:.9g}" for k, v in _point(sample, index).items())
    status = Status(int(measured.outcomes["status"].values[index]))
    return f"from {at} the orbit {status.sentence}"


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
