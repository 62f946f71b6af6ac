"""From a claim to a verdict."""

from __future__ import annotations

import time
from collections.abc import Callable

from edgestab.theory.claim import Claim
from edgestab.theory.effort import effort_named
from edgestab.verify.parts import settle_part
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

    Raises
    ------
    InputError
        When there is no such effort.
    """
    effort_named(effort)
    began = time.perf_counter()
    evidence, checks = (
        tuple(settle_part(part, effort, threads=threads, report=report) for part in parts if part.runs_at(effort))
        for parts in (claim.parts, claim.checks)
    )
    return Verdict(claim, evidence, checks, time.perf_counter() - began)
