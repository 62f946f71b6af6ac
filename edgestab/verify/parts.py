"""Who settles which part of a claim."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edgestab.theory.effort import Effort, effort_named
from edgestab.theory.observation import Observation
from edgestab.theory.part import Part
from edgestab.theory.parts.argued import Argued
from edgestab.theory.parts.certified import Certified
from edgestab.theory.parts.family import StatementFamily
from edgestab.theory.parts.flips import Flips
from edgestab.theory.parts.noisy import NoisyStability
from edgestab.theory.parts.proof import Proof, Refutation
from edgestab.theory.parts.some_step import SomeStepSize
from edgestab.theory.parts.stationary import StationaryMoment
from edgestab.theory.parts.two_cycle import TwoCycleWindow
from edgestab.theory.statement import OrbitStatement
from edgestab.verify.evidence.evidence import Evidence

if TYPE_CHECKING:
    from edgestab.verify.sampling.stages import Report


@dataclass(frozen=True)
class Work:
    """How hard a part is to be worked on.

    Parameters
    ----------
    effort : Effort
        How hard to look.
    threads : int, optional
        Threads of the sweeps; all cores by default. No evidence depends on it.
    report : callable, optional
        Called with the name of the stage and the fraction done.
    """

    effort: Effort
    threads: int | None = None
    report: Report | None = None


@dataclass(frozen=True)
class Settler:
    """What settles a kind of part.

    Parameters
    ----------
    settle : callable
        From a part and how hard to work to its evidence.
    weight : int
        What to begin with: the greater it is the longer it may take; 0 is not worth a process of its own.
    """

    settle: Callable[[Any, Work], Evidence]
    weight: int = 1


# What settles a part is imported when there is such a part: a proof needs no kernels.


def _proof(part: Proof | Refutation, _: Work) -> Evidence:
    from edgestab.verify.symbolic import settle

    return settle(part)


def _certified(part: Certified, work: Work) -> Evidence:
    from edgestab.verify.certify.part import certify_part

    return certify_part(part, report=work.report).evidence


def _two_cycle(part: TwoCycleWindow, _: Work) -> Evidence:
    from edgestab.verify.certify.window import certify_window

    return certify_window(part).evidence


def _flips(part: Flips, _: Work) -> Evidence:
    from edgestab.verify.certify.flips import certify_flips

    return certify_flips(part).evidence


def _orbits(part: OrbitStatement, work: Work) -> Evidence:
    from edgestab.verify.sampling.sampling import sample_statement
    from edgestab.verify.sampling.witness import find_witness

    if part.quantifier == "some":
        return find_witness(part, work.effort, work.threads, work.report)
    return sample_statement(part, work.effort, threads=work.threads, report=work.report)


def _argued(part: Argued, work: Work) -> Evidence:
    from edgestab.verify.certify.tube_argument import tube_of
    from edgestab.verify.evidence.argued import ArguedEvidence
    from edgestab.verify.evidence.sampling import SamplingEvidence
    from edgestab.verify.proofs.attempts import argument_for
    from edgestab.verify.proofs.certificate import Again, again

    sampled = _orbits(part, work)
    if not isinstance(sampled, SamplingEvidence) or sampled.failed or sampled.points == 0:
        return sampled
    argument, _ = argument_for(part)
    if argument is not None:
        return ArguedEvidence(part.name, argument, sampled, again(argument))
    found = tube_of(part)
    return sampled if found is None else ArguedEvidence(part.name, found, sampled, Again(proved=True))


def _some_step(part: SomeStepSize, work: Work) -> Evidence:
    from edgestab.verify.evidence.some_step import HOLDS, SomeStepEvidence

    members: dict[str, Evidence] = {}
    for eta, statement in part.members:
        members[str(eta)] = _argued(statement, work)
        if members[str(eta)].standing in HOLDS:
            break
    return SomeStepEvidence(part.name, members, part.is_exhaustive)


def _noisy(part: NoisyStability, _: Work) -> Evidence:
    from edgestab.verify.noise import settle

    return settle(part)


def _stationary(part: StationaryMoment, _: Work) -> Evidence:
    from edgestab.verify.stationary import settle

    return settle(part)


def _family(part: StatementFamily, work: Work) -> Evidence:
    from edgestab.verify.sampling.family import check_family

    return check_family(part, work.effort, work.threads, work.report)


def _observation(part: Observation, work: Work) -> Evidence:
    from edgestab.verify.observe import observe

    return observe(part, work.effort.name, work.report)


SETTLED_BY: Mapping[type[Part], Settler] = {
    Proof: Settler(_proof, 0),
    Refutation: Settler(_proof, 0),
    Certified: Settler(_certified),
    TwoCycleWindow: Settler(_two_cycle),
    Flips: Settler(_flips),
    OrbitStatement: Settler(_orbits),
    Argued: Settler(_argued),
    SomeStepSize: Settler(_some_step, 2),
    NoisyStability: Settler(_noisy, 0),
    StationaryMoment: Settler(_stationary, 0),
    StatementFamily: Settler(_family, 3),
    Observation: Settler(_observation),
}
"""A new kind of part is a file in `edgestab.theory.parts`, what settles it, and a line here."""


def settle_part(
    part: Part, effort: str = "quick", *, threads: int | None = None, report: Report | None = None
) -> Evidence:
    """Settle one part of a claim; what it gives depends on nothing else.

    Raises
    ------
    InputError
        When there is no such effort.
    """
    return SETTLED_BY[type(part)].settle(part, Work(effort_named(effort), threads, report))
