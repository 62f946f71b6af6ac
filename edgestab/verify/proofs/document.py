"""The certificate of an argument: the statement and the proof as the file that the independent checker reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp

from edgestab.numerics.orbits.domain import guards_of
from edgestab.theory.conclusions.along import Along
from edgestab.theory.conclusions.bounded import Bounded
from edgestab.theory.conclusions.conclusion import Conclusion
from edgestab.theory.conclusions.converges import Converges
from edgestab.theory.conclusions.diverges import Diverges
from edgestab.theory.conclusions.final_sharpness import FinalSharpness
from edgestab.theory.conclusions.limit import AtTheLimit
from edgestab.theory.conclusions.monotone import Monotone
from edgestab.theory.domain import Nonnegative, Nonzero, Positive
from edgestab.theory.optimizers.gradient_descent import is_gradient_descent
from edgestab.theory.statement import OrbitStatement
from edgestab.theory.stepmap import StepMap
from edgestab.verify.proofs.argument import region_box, step_sizes
from edgestab.verify.proofs.writing import NotWritable, name_of, written

FORMAT, VERSION = "edgestab-argument", 1

_SIGNS = {sp.Gt: ">", sp.Lt: ">", sp.Ge: ">=", sp.Le: ">=", sp.Ne: "!="}
_GUARDS = {Positive: ">", Nonnegative: ">=", Nonzero: "!="}


def document(
    statement: OrbitStatement, argument: str, proof: Mapping[str, Any], *, start: bool = True
) -> dict[str, Any] | str:
    """Return what the file of a proof holds; or why something of it cannot be put in a file.

    Parameters
    ----------
    statement : OrbitStatement
        What was proved.
    argument : str
        What the checker calls the argument.
    proof : mapping
        What the argument found.
    start : bool
        Whether it speaks of a region of starts, rather than of every state.
    """
    try:
        return {
            "format": FORMAT,
            "version": VERSION,
            "argument": argument,
            "step": _step(statement, argument),
            "eta": [box_text(ends) for ends in step_sizes(statement)],
            "starts": _starts(statement, everywhere=argument == "trapping") if start else None,
            "claim": _claim(statement),
            "proof": dict(proof),
        }
    except NotWritable as reason:
        return str(reason)


def box_text(ends: tuple[sp.Rational, sp.Rational]) -> list[str]:
    """Return an interval as the texts of its ends."""
    return [str(e) for e in ends]


def _step(statement: OrbitStatement, argument: str) -> dict[str, Any]:
    step, loss = statement.model.own.step, statement.model.loss
    timeless = step.at_a_time()
    state = [name_of(s) for s in timeless.state]
    with_loss = loss is not None and not loss.constants and loss.parameters == timeless.state[: len(loss.parameters)]
    if loss is not None and with_loss and is_gradient_descent(timeless, loss):
        return {
            "state": state,
            "parameters": state,
            "loss": written(loss.expression),
            "update": None,
            "domain": _domain(timeless),
        }
    with_loss = with_loss and argument == "linear"  # the others say nothing of a loss that is not followed downhill
    return {
        "state": state,
        "parameters": [name_of(p) for p in loss.parameters] if loss is not None and with_loss else [],
        "loss": written(loss.expression) if loss is not None and with_loss else None,
        "update": [written(sp.expand(u) if argument == "linear" else u) for u in timeless.closed_form()],
        "domain": _domain(timeless),
    }


def _domain(step: StepMap) -> list[dict[str, str]]:
    return [{"text": written(g.args[0]), "is": _GUARDS[type(g)]} for g in guards_of(step)]


def _starts(statement: OrbitStatement, *, everywhere: bool) -> dict[str, Any]:
    box = region_box(statement, clock=statement.model.own.step.clock)
    where = [] if everywhere else [w for w in statement.region.where if type(w) in _SIGNS]
    return {
        "box": [box_text(ends) for ends in box],
        "where": [
            {"text": written(w.lhs - w.rhs if isinstance(w, sp.Ne) else w.gts - w.lts), "is": _SIGNS[type(w)]}
            for w in where
        ],
    }


def _claim(statement: OrbitStatement) -> dict[str, Any]:
    conclusion = statement.conclusion
    match conclusion:
        case Along():
            said = {"kind": "along", "margin": written(conclusion.margin), "strict": conclusion.strict}
            return {**said, "from": conclusion.begin, "until": conclusion.until}
        case FinalSharpness():
            ends = {"low": conclusion.low, "high": conclusion.high}
            texts = {name: None if e.is_infinite else written(e) for name, e in ends.items()}
            return {"kind": "final-sharpness", **texts, "to": _to(statement, conclusion)}
        case AtTheLimit():
            said = {"kind": "limit", "margin": written(conclusion.margin), "strict": conclusion.strict}
            return {**said, "to": _to(statement, conclusion)}
        case Converges():
            return {"kind": "converges", "to": _to(statement, conclusion)}
        case Bounded() | Monotone() | Diverges():
            return {"kind": conclusion.kind}
    raise NotWritable(f"the checker knows no conclusion {conclusion.kind}")


def _to(statement: OrbitStatement, conclusion: Conclusion) -> list[list[str]] | None:
    """The box of an isolated minimum that is named; a set of several is not what a file says."""
    ending = conclusion.ending
    if ending is None or ending.to is None:
        return None
    wanted = next(s for s in statement.model.minima if s.name == ending.to)
    if not wanted.box:
        raise NotWritable(f"the set {ending.to} is not one isolated minimum")
    return [_shorter(ends) for ends in wanted.box]


def _shorter(ends: tuple[sp.Rational, sp.Rational]) -> list[str]:
    """An interval inside another, with ends that are short to write: a minimum is not at its edge."""
    unit = sp.Integer(2) ** (sp.floor(sp.log(ends[1] - ends[0], 2)) - 10)
    return [str(sp.ceiling(ends[0] / unit) * unit), str(sp.floor(ends[1] / unit) * unit)]
