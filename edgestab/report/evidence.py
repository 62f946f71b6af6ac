"""What the page shows of the evidence for one part of a claim."""

from __future__ import annotations

from typing import Any

import sympy as sp

from edgestab.report.hypotheses import hypotheses
from edgestab.report.mathml import formula
from edgestab.theory.part import Part
from edgestab.verify.evidence.evidence import Evidence, ended


def shown(evidence: Evidence, part: Part | None) -> dict[str, Any]:
    """Return what the page shows of one part."""
    return {
        "part": evidence.part,
        "standing": str(evidence.standing),
        "sentence": ended(evidence.sentence),
        "type": evidence.kind,
        "hypotheses": hypotheses(evidence.tested(part)),
        **_typeset(evidence.shown()),
    }


def _typeset(value: Any) -> Any:
    """The same with every SymPy expression in it as safe HTML."""
    if isinstance(value, sp.Basic):
        return formula(value)
    if isinstance(value, dict):
        return {k: _typeset(v) for k, v in value.items()}
    return type(value)(map(_typeset, value)) if isinstance(value, list | tuple) else value
