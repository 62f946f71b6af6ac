"""From a claim to a verdict."""

from __future__ import annotations

import time
from collections.abc import Callable

from edgestab.errors import InputError
from edgestab.theory.claim import Certified, Claim, Family, Part, Proof, Refutation, Window
from edgestab.theory.observation import Observation
from edgestab.verify.certify.part import certify_part
from edgestab.verify.certify.window import certify_window
from edgestab.verify.evidence.evidence import Evidence
from edgestab.verify.observe import observe
from edgestab.verify.sampling.family import check_family
from edgestab.verify.sampling.sampling import EFFORTS, Report, sample_statement
from edgestab.verify.symbolic import settle
from edgestab.verify.verdict import Verdict


def check(
    claim: Claim,
    effort: str = "quick",
    *,
    threads: int | None = None,
    report: Callable[[str, float], None] | None = None,
) -> Verdict:
    """Check every part of a claim.

    Parameters
    ----------
    claim : Claim
        From the catalogue, or made from a claim file by `edgestab.verify.claim_files`.
    effort : str
        "quick", "standard" or "deep".
    threads : int, optional
        Threads of the sweeps; all cores by default. The verdict does not depend on it.
    report : callable, optional
        Called with the name of the stage and the fraction done.
    """
    require_effort(effort)
    began = time.perf_counter()
    evidence, checks = (
        tuple(settle_part(part, effort, threads=threads, report=report) for part in parts if runs_at(part, effort))
        for parts in (claim.parts, claim.checks)
    )
    return Verdict(claim, evidence, checks, time.perf_counter() - began)


def require_effort(effort: str) -> None:
    """Refuse an effort that does not exist."""
    if effort not in EFFORTS:
        raise InputError(f"effort must be one of {', '.join(EFFORTS)}, got {effort!r}")


def runs_at(part: Part, effort: str) -> bool:
    """Whether a part is settled at an effort: observations that take minutes are left to the greater ones."""
    return not isinstance(part, Observation) or part.count(effort) > 0


def settle_part(
    part: Part, effort: str = "quick", *, threads: int | None = None, report: Report | None = None
) -> Evidence:
    """Settle one part of a claim; what it gives depends on nothing else.

    Raises
    ------
    InputError
        When there is no such effort.
    """
    require_effort(effort)
    how = EFFORTS[effort]
    match part:
        case Proof() | Refutation():
            return settle(part)
        case Certified():
            return certify_part(part, report=report).evidence
        case Window():
            return certify_window(part)
        case Family():
            return check_family(part, how, threads, report)
        case Observation():
            return observe(part, effort, report)
        case _:
            return sample_statement(part, how, threads=threads, report=report)
