"""Verdicts as plain data: what ``verdicts.json`` and ``--json`` hold."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from edgestab.provenance import made_by
from edgestab.verify.evidence.plain import plain
from edgestab.verify.verdict import Verdict
from edgestab.version import version


def as_data(verdicts: Sequence[Verdict], *, effort: str) -> dict[str, Any]:
    """Return what ``verdicts.json`` holds: the version, the effort and every verdict."""
    return {
        "edgestab": version(),
        "made_by": made_by(),
        "effort": effort,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "verdicts": [as_dict(v) for v in verdicts],
    }


def as_dict(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as plain data that JSON can hold: numbers that are not finite become None.

    Parameters
    ----------
    verdict : Verdict
        From `edgestab.verify.check.check`.

    Returns
    -------
    dict
        With the keys id, title, source, kind, words, standing, sentence, expected, corrected, notes, seconds,
        evidence and checks. The columns for figures are left out.

    Examples
    --------
    >>> from edgestab.theory.claims.catalogue import find
    >>> from edgestab.verify.check import check
    >>> as_dict(check(find("zhu2023.minima")))["standing"]
    'PROVED'
    """
    claim = verdict.claim
    return {
        "id": claim.id,
        "title": claim.title,
        "source": claim.source,
        "kind": claim.kind,
        "words": claim.words,
        "standing": str(verdict.standing),
        "sentence": verdict.sentence,
        "expected": verdict.expected,
        "corrected": claim.corrected,
        "notes": list(claim.notes),
        "seconds": plain(verdict.seconds),
        "evidence": [e.as_data() for e in verdict.evidence],
        "checks": [e.as_data() for e in verdict.checks],
    }
