"""What the page shows of the evidence for one part of a claim."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp

from edgestab.report.hypotheses import hypotheses
from edgestab.report.mathml import formula
from edgestab.theory.part import Part
from edgestab.verify.evidence.evidence import Evidence, ended


def shown(evidence: Evidence, part: Part | None) -> dict[str, Any]:
    """Return what the page shows of one part."""
    statement = evidence.tested(part)
    written = {} if statement is None else {sp.Symbol(v.name): e for v, e in statement.written.items()}
    return {
        "part": evidence.part,
        "standing": str(evidence.standing),
        "sentence": ended(evidence.sentence),
        "type": evidence.kind,
        "hypotheses": hypotheses(statement),
        **_typeset(evidence.shown(), written),
    }


def _typeset(value: Any, written: Mapping[sp.Symbol, sp.Expr]) -> Any:
    """The same with every SymPy expression in it as safe HTML."""
    if isinstance(value, sp.Basic):
        return formula(value.xreplace(written))
    if isinstance(value, dict):
        return {k: _typeset(v, written) for k, v in value.items()}
    return type(value)(_typeset(v, written) for v in value) if isinstance(value, list | tuple) else value
