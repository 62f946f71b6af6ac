"""Every refutation again, in ball arithmetic: a counterexample is reported only when its failure is enclosed."""

from __future__ import annotations

from edgestab.numerics.rigorous.balls import TooImprecise, at_rising_precision
from edgestab.theory.statement import OrbitStatement
from edgestab.verify.conclusions.judges import judge_of
from edgestab.verify.evidence.followed import Counterexample
from edgestab.verify.orbits.specialised import specialised
from edgestab.verify.orbits.walk import LeftDomain, NotConfirmed, Suspect, Work, walk_from


def confirm(statement: OrbitStatement, suspect: Suspect, work: Work) -> Counterexample:
    """Return the counterexample that a suspected point is.

    Raises
    ------
    NotConfirmed
        When the start does not satisfy the hypotheses exactly, or the failure cannot be enclosed with that work; as
        `HoldsAsStated`, when ball arithmetic shows that the conclusion holds there.
    """
    here, start = specialised(statement, suspect)
    judge = judge_of(here)
    try:
        detail = at_rising_precision(lambda: judge.failure(walk_from(here, start, judge.provable, work)))
    except LeftDomain as left:
        detail = str(left)
    except TooImprecise as error:
        raise NotConfirmed(str(error)) from error
    if statement.model.pair is not None:
        detail = detail.replace("the orbit", "the pair of orbits")
    around = ", and so at all starts within one part in 2^60 of it" if suspect.spread else ""
    return Counterexample(point_of(statement, suspect), detail + around)


def point_of(statement: OrbitStatement, suspect: Suspect) -> dict[str, str]:
    """Return the exact step size, unless the state sets it, and the exact variables of a start, as texts."""
    size = {} if statement.sets_step_size else {"eta": str(suspect.eta)}
    return {**size, **{str(s): str(v) for s, v in suspect.variables.items()}}
