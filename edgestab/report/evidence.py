"""What the page shows of the evidence for one part of a claim."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp
from markupsafe import Markup

from edgestab.report.hypotheses import hypotheses
from edgestab.report.mathml import formula
from edgestab.report.prose import prose
from edgestab.theory.part import Part
from edgestab.verify.evidence.evidence import Evidence, ended


def shown(evidence: Evidence, part: Part | None, links: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return what the page shows of one part; texts of it are typeset, and all markup in them is ours."""
    statement = evidence.tested(part)
    written = {} if statement is None else {sp.Symbol(v.name): e for v, e in statement.written.items()}
    return {
        "part": prose(evidence.part, links),
        "standing": str(evidence.standing),
        "sentence": prose(ended(evidence.sentence), links),
        "type": evidence.kind,
        "hypotheses": hypotheses(statement),
        **_typeset(evidence.shown(), written, links or {}),
    }


_PLAIN = frozenset({"standing", "value", "exact"})
"""Entries that name something: a verdict, a number."""


def _typeset(value: Any, written: Mapping[sp.Symbol, sp.Expr], links: Mapping[str, str], key: str = "") -> Any:
    """The same with every SymPy expression and every text in it as safe HTML."""
    if isinstance(value, sp.Basic):
        return Markup(formula(value.xreplace(written)))  # escaped there
    if isinstance(value, str):
        return value if key in _PLAIN else Markup(prose(value, links))  # likewise
    if isinstance(value, dict):
        return {k: _typeset(v, written, links, k) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_typeset(v, written, links, key) for v in value)
    return value
