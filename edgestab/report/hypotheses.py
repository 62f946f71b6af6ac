"""What was checked on orbits, in words and MathML."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

import sympy as sp

from edgestab.report.mathml import formula, interval, values
from edgestab.report.prose import prose
from edgestab.theory.conclusions.conclusion import Window
from edgestab.theory.statement import OrbitStatement


def hypotheses(statement: OrbitStatement | None) -> list[tuple[str, str]]:
    """Return what was checked, in words and MathML: rows of a label and a cell that is safe HTML."""
    if statement is None:
        return []
    sizes, region = statement.step_sizes, statement.region
    eta = formula(sp.Symbol("eta"))
    if statement.sets_step_size:
        wanted = "set by the state"
    elif len(sizes.values) == 1:
        wanted = f"{eta} = {values(sizes.values)}"
    else:
        wanted = f"{eta} ∈ {values(sizes.values) if sizes.values else interval(sizes.low, sizes.high, closed=True)}"
    rows = [("model", prose(statement.model.title)), ("step sizes", wanted)]
    written = statement.written
    bounds = [
        f"{formula(v)} = {formula(low)}" if low == high else f"{formula(v)} ∈ {interval(low, high)}"
        for v, low, high in (
            (e.xreplace(written) for e in (v, *ends)) for v, ends in zip(region.variables, region.bounds, strict=True)
        )
    ]
    rows.append(("starts", _each([*bounds, *(formula(w.xreplace(written)) for w in region.where)])))
    known: dict[sp.Expr, sp.Symbol] = {}
    own = []
    for symbol, value in (*zip(statement.model.own.step.state, region.start, strict=True), *statement.defined):
        if symbol != value:
            own.append(f"{formula(symbol)} = {formula(value.subs(known).xreplace(written))}")
            known |= {} if value.is_Atom else {value: symbol}
    if own:
        rows.append(("where", _each(own)))
    rows.append(("conclusion", "".join(_words(w, written) for w in statement.conclusion.words)))
    if statement.at_least != 1:
        rows.append(("for", f"at least a fraction {formula(statement.at_least)} of the starts"))
    if statement.quantifier != "every":
        rows.append(("for", f"{statement.quantifier} start"))
    if statement.interruption is not None:
        after = statement.interruption.after
        state = statement.model.own.step.state
        update = zip(state, statement.interruption.update, strict=False)
        change = ", ".join(f"{formula(s)} ↦ {formula(u)}" for s, u in update)
        rows.append(("perturbed", f"once, after {after} steps: {change}"))
    return rows


def _each(rows: Sequence[str]) -> str:
    """Rows below each other."""
    return "".join(f'<span class="each">{row}</span>' for row in rows)


def _words(piece: str | sp.Expr | Window, written: Mapping[sp.Symbol, sp.Expr]) -> str:
    """A piece of a conclusion's words as safe HTML."""
    if isinstance(piece, str):
        return html.escape(piece)
    if isinstance(piece, tuple):
        return interval(*(end.xreplace(written) for end in piece))
    return formula(piece.xreplace(written))
