"""Verdicts as plain data: what ``verdicts.json`` and ``--json`` hold."""

from __future__ import annotations

import dataclasses
import datetime
import importlib.metadata
import math
from collections.abc import Mapping, Sequence
from typing import Any

from edgestab.verify.evidence.evidence import (
    CertificateEvidence,
    Evidence,
    FamilyEvidence,
    ObservedEvidence,
    SamplingEvidence,
    SymbolicEvidence,
    UnsettledEvidence,
)
from edgestab.verify.verdict import Verdict


def as_data(verdicts: Sequence[Verdict], *, effort: str) -> dict[str, Any]:
    """Return what ``verdicts.json`` holds: the version, the effort and every verdict."""
    return {
        "edgestab": version(),
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
        "seconds": _plain(verdict.seconds),
        "evidence": [_evidence_dict(e) for e in verdict.evidence],
        "checks": [_evidence_dict(e) for e in verdict.checks],
    }


_KINDS = {
    SymbolicEvidence: "symbolic",
    SamplingEvidence: "sampling",
    FamilyEvidence: "family",
    CertificateEvidence: "certificate",
    ObservedEvidence: "observation",
    UnsettledEvidence: "unsettled",
}


def _evidence_dict(evidence: Evidence) -> dict[str, Any]:
    kind = _KINDS[type(evidence)]
    data: dict[str, Any] = {"type": kind, "standing": str(evidence.standing), "sentence": evidence.sentence}
    for field in dataclasses.fields(evidence):
        if field.name == "series":
            continue
        value = getattr(evidence, field.name)
        if field.name == "members":
            data["members"] = {str(k): _evidence_dict(v) for k, v in value.items()}
        else:
            data[field.name] = _plain(value)
    return data


def _plain(value: Any) -> Any:
    """Numbers, texts, lists and dictionaries only."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, Sequence | set | frozenset):
        return [_plain(v) for v in value]
    if hasattr(value, "tolist"):  # a NumPy number or array
        return _plain(value.tolist())
    return str(value)


def version() -> str:
    """Return the version of the installed distribution."""
    try:
        return importlib.metadata.version("edgestab")
    except importlib.metadata.PackageNotFoundError:
        return "(not installed)"
