"""What ball arithmetic says of a sample: failures confirmed or cleared, and single starts followed exactly."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgestab.numerics.orbits.coordinates import to_coordinates
from edgestab.numerics.orbits.follow import length_of
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.printers.reference import evaluate
from edgestab.numerics.programs.program import step_program
from edgestab.theory.effort import Effort
from edgestab.theory.statement import OrbitStatement
from edgestab.verify.conclusions.ending import MinimumJudge
from edgestab.verify.conclusions.judges import judge_of
from edgestab.verify.evidence.followed import Counterexample
from edgestab.verify.orbits.fixed import cycle_in_a_subspace
from edgestab.verify.orbits.rest import displacement
from edgestab.verify.orbits.starts import Sample
from edgestab.verify.orbits.walk import HoldsAsStated, HoldsSoFar, NotConfirmed, OutOfWork, Suspect, Work
from edgestab.verify.sampling.confirm import confirm
from edgestab.verify.sampling.measure import Margins
from edgestab.verify.sampling.stages import is_exhaustive


class Looked(NamedTuple):
    """What was seen.

    Parameters
    ----------
    margins : Margins
        Those in floating point, but 0 where a failure was cleared, NaN where nothing was shown that has to be.
    counterexample : Counterexample, optional
        A confirmed failure.
    suspected : str
        Why a failure, or a single start, was not settled.
    words : str
        What is known of a single start, in words.
    """

    margins: Margins
    counterexample: Counterexample | None = None
    suspected: str = ""
    words: str = ""


def look(statement: OrbitStatement, sample: Sample, measured: Margins, effort: Effort) -> Looked:
    """Follow in ball arithmetic what floating point cannot settle.

    That is: failures; orbits that are said to do what only ball arithmetic can see; and single starts, which are said
    exactly and rounded in floating point.

    Parameters
    ----------
    statement : OrbitStatement
        What is claimed.
    sample, measured : Sample, Margins
        What was followed in floating point.
    effort : Effort
        How much to try.
    """
    seen = Looked(measured)
    if (measured.margin < 0).any() and statement.at_least == 1:
        seen = _confirmed(statement, sample, measured, effort)
    settled = seen.counterexample is None and not (seen.margins.margin < 0).any()
    if settled and statement.interruption is None and np.isfinite(measured.doubt).any():
        seen = _doubts(statement, sample, seen.margins, effort)
    universal = statement.quantifier == "every" and statement.at_least == 1 and statement.interruption is None
    if settled and universal and seen.counterexample is None:
        seen = _resting(statement, sample, seen, effort)
    # A perturbed orbit is not followed in ball arithmetic.
    single = is_exhaustive(statement) and statement.interruption is None
    settled = seen.counterexample is None and not (seen.margins.margin < 0).any()
    if settled and (single or judge_of(statement).holds_only_in_balls):
        seen = _shown(statement, sample, seen.margins, effort, single=single)
    return seen


MOST_RESTS = 4
"""How many orbits that seem to rest where no minimum is are looked at."""


def _resting(statement: OrbitStatement, sample: Sample, seen: Looked, effort: Effort) -> Looked:
    """Follow orbits exactly that rest in floating point where no minimum is found."""
    measured = seen.margins
    margin, outcomes = measured.margin.copy(), measured.outcomes
    rests = np.isnan(margin) & np.isin(outcomes["status"].values, [Status.UNDECIDED, Status.BOUNDED])
    rests &= displacement(statement.model.own.step, sample, outcomes) == 0
    for index in np.flatnonzero(rests)[:MOST_RESTS]:
        try:
            work = Work(effort.confirm_operations / 16)
            found = confirm(statement, suspect_of(statement, sample, measured, int(index)), work)
            return seen._replace(counterexample=found)
        except HoldsAsStated:
            margin[index] = 0.0
        except NotConfirmed:
            continue
    return seen._replace(margins=replace(measured, margin=margin))


WORST, MOST_DOUBTS = 4, 64
"""How many margins within rounding are looked at, where they are taken to hold; and at most, where nothing is known."""


def _doubts(statement: OrbitStatement, sample: Sample, measured: Margins, effort: Effort) -> Looked:
    """Follow orbits whose margins are within their own error, the worst first.

    Where floating point takes such margins to hold, the worst few are looked at: one that the budget does not reach to
    the end of is left as it is. Where it leaves them open, each has to be shown.
    """
    doubt, margin = measured.doubt, measured.margin.copy()
    doubtful = np.flatnonzero(np.isfinite(doubt))
    order = doubtful[np.argsort(doubt[doubtful], kind="stable")]
    ended = np.isin(measured.outcomes["status"].values, [Status.CONVERGED, Status.PERIODIC])
    open_ = order[np.isnan(margin[order]) & ended[order]]
    left, why, tries = float(effort.confirm_operations), "", MOST_TRIED
    for index in [*open_[:MOST_DOUBTS], *order[~np.isin(order, open_)][:WORST]]:
        work = Work(min(left, effort.confirm_operations / 8))
        before = work.left
        try:
            return Looked(measured, confirm(statement, suspect_of(statement, sample, measured, int(index)), work))
        except HoldsAsStated:
            margin[index] = 0.0
        except HoldsSoFar:
            margin[index] = 0.0 if ended[index] else margin[index]
        except NotConfirmed as error:
            if np.isnan(margin[index]):
                why, tries = why or str(error), tries - 1
        left -= before - work.left
        if left <= 0 or not tries:
            break
    return Looked(replace(measured, margin=margin), suspected=why)


MOST_TRIED = 6
"""How many failures are tried in ball arithmetic without any of them being decided."""


def _confirmed(statement: OrbitStatement, sample: Sample, measured: Margins, effort: Effort) -> Looked:
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
    least = effort.confirm_operations / 1000
    left: float = effort.confirm_operations
    for index in failed[np.argsort(cost, kind="stable")]:
        suspect = suspect_of(statement, sample, measured, int(index))
        # No one orbit may spend all there is: the next may be settled at once.
        work = Work(left / 2)
        try:
            return Looked(measured, confirm(statement, suspect, work))
        except HoldsAsStated:
            margin[index] = 0.0
        except NotConfirmed as error:
            reasons.append(str(error))
        left -= left / 2 - work.left
        if left <= least or len(reasons) == MOST_TRIED:
            break
    found = _in_a_subspace(statement, sample, np.flatnonzero(margin < 0), left)
    if found is not None:
        return Looked(measured, found)
    why = reasons[0] if reasons else "the budget for ball arithmetic ended"
    return Looked(replace(measured, margin=margin), suspected=why)


def _in_a_subspace(
    statement: OrbitStatement, sample: Sample, failed: NDArray[np.intp], left: float
) -> Counterexample | None:
    """A cycle in a subspace that a symmetry fixes, where limits are claimed of every start and none was refuted."""
    judge = judge_of(statement)
    if not len(failed) or statement.quantifier != "every" or not isinstance(judge, MinimumJudge):
        return None
    for eta in dict.fromkeys(eta_of(statement, sample, int(index)) for index in failed):
        found = cycle_in_a_subspace(statement, eta, Work(left))
        if found is not None:
            return Counterexample(found[0], f"{judge.on_a_cycle}: {found[1]}")
    return None


def _shown(statement: OrbitStatement, sample: Sample, measured: Margins, effort: Effort, *, single: bool) -> Looked:
    """Ask of some orbits that seem to do as claimed whether they do, or of all where there are no others.

    A start that is said exactly is rounded in floating point, and its orbit may be another one, where it meets a saddle
    or a maximum. Where nothing is shown, nothing is decided; but of a long orbit that passes no such point the number
    of steps is told that the budget of ball arithmetic allowed.
    """
    steps: list[int] = []
    why = ""
    good = np.flatnonzero(measured.margin >= 0)
    margin = measured.margin.copy()
    for index in good if single else good[:: max(len(good) // 4, 1)][:4]:
        suspect = suspect_of(statement, sample, measured, int(index))
        try:
            found = confirm(statement, suspect, Work(effort.confirm_operations / 8))
        except HoldsAsStated:
            continue
        except HoldsSoFar:
            steps.append(suspect.steps)
        except OutOfWork as error:
            if single and not passes_a_fixed_point(statement, sample, measured, int(index)):
                steps.append(error.steps)
            else:
                margin[index], why = np.nan, str(error)
        except NotConfirmed as error:
            margin[index], why = np.nan, str(error)
        else:
            return Looked(measured, found)
    words = f"of which ball arithmetic followed {min(steps)} steps" if steps else "as ball arithmetic shows"
    return Looked(replace(measured, margin=margin), suspected=why, words=words if single else "")


CLOSE, EARLY = 1e-9, 20_000
"""How near a fixed point an orbit passes, in units of its length, that may meet it exactly; in how many steps."""


def passes_a_fixed_point(statement: OrbitStatement, sample: Sample, measured: Margins, index: int) -> bool:
    """Return whether an orbit in floating point nearly comes to rest on its way to the limit."""
    where = judge_of(statement).coordinates
    values = {p: v[[index]] for p, v in sample.parameters(where.step).items()}
    state = to_coordinates(statement.model, where, sample.start[:, [index]], values)
    near = CLOSE * length_of(where, state, values)
    program = step_program(where.step)
    for _ in range(min(int(measured.outcomes["steps"].values[index]) // 2, EARLY)):
        after = np.array(evaluate(program, [*state, *values.values()]))
        if bool((np.abs(after - state).max(axis=0) <= near)[0]):
            return True
        state = after
    return False


def eta_of(statement: OrbitStatement, sample: Sample, index: int) -> Fraction:
    """Return the exact step size of one orbit."""
    sizes = statement.step_sizes
    exact = next((v for v in sizes.values or (sizes.low, sizes.high) if float(v) == sample.eta[index]), None)
    return Fraction(int(exact.p), int(exact.q)) if exact is not None else Fraction(float(sample.eta[index]))


def suspect_of(statement: OrbitStatement, sample: Sample, measured: Margins, index: int) -> Suspect:
    """Return the start of one orbit exactly, with what became of it in floating point."""
    return Suspect(
        eta_of(statement, sample, index),
        {k: Fraction(float(v[index])) for k, v in sample.variables.items()},
        int(measured.outcomes["steps"].values[index]),
        int(measured.outcomes["period"].values[index]),
        spread=statement.quantifier == "almost every",
    )
