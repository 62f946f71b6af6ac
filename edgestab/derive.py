"""What `edgestab derive` prints: the exact objects of a model or a loss, in one of four formats."""

from __future__ import annotations

import json
from collections.abc import Callable

import sympy as sp
from sympy.printing.pretty import pretty
from sympy.printing.pycode import pycode

from edgestab.errors import InputError
from edgestab.theory.domain import Guard
from edgestab.theory.invariants import quadratic_invariants
from edgestab.theory.models.base import Model
from edgestab.theory.models.flow_sharpness import FlowSharpness
from edgestab.theory.stepmap import StepMap
from edgestab.theory.text.spelling import did_you_mean

Rows = list[tuple[str, sp.Basic]]

WHAT = ("gradient", "hessian", "cubic", "step", "two-step", "sharpness", "invariants")
"""What can be derived."""

_LISTED = f"{', '.join(WHAT)}, all"

FORMATS = ("pretty", "latex", "python", "json")
"""How it can be printed."""


def derive(model: Model, what: str) -> Rows:
    """Return named expressions: the parts of `what`, or of everything for "all".

    Raises
    ------
    InputError
        When `what` is unknown, or the model is a bare map and has no loss.
    """
    if what == "all":
        known = [w for w in WHAT if model.loss is not None or w in ("step", "two-step", "sharpness", "invariants")]
        return [row for w in known for row in derive(model, w)]
    if what not in WHAT:
        raise InputError(f"cannot derive {what[:40]!r}{did_you_mean(what, WHAT, f'choose one of {_LISTED}')}")
    if what == "step":
        return _step("", model.own.step)
    if what == "two-step":
        return _step("two-step ", model.own.step.compose(2))
    if what == "invariants":
        found = model.invariants or (quadratic_invariants(model.loss) if model.loss is not None else ())
        return [("invariant of gradient flow", i) for i in found]
    if what == "sharpness":
        return _sharpness(model)
    if model.loss is None:
        raise InputError(f"{model.name} is a map without a loss: it has no {what}")
    loss = model.loss
    if what == "gradient":
        return [(f"dL/d{p}", sp.factor(g)) for p, g in zip(loss.parameters, loss.gradient, strict=True)]
    if what == "hessian":
        return [("Hessian", loss.hessian.applyfunc(sp.factor))]
    return [("cubic Taylor model", loss.cubic_model().expression)]


def _step(prefix: str, step: StepMap) -> Rows:
    rows: Rows = [(f"{prefix}let {bound}", e) for bound, e in step.bindings]
    return rows + [(f"{prefix}{s}'", u) for s, u in zip(step.state, step.update, strict=True)]


def _sharpness(model: Model) -> Rows:
    rows: Rows = [(f"minima {s.name}: zero of", s.residual) for s in model.minima]
    if model.own.sharpness is not None:
        rows.append(("sharpness at a minimum", model.own.sharpness))
    elif model.loss is not None and len(model.loss.parameters) <= 2:
        h = model.loss.hessian
        trace, det = h.trace(), h.det()
        top = trace if len(model.loss.parameters) == 1 else (trace + sp.sqrt(trace**2 - 4 * det)) / 2
        rows.append(("largest Hessian eigenvalue", sp.factor_terms(sp.expand(top))))
    ending = model.own.gfs_sharpness
    if ending is not None:
        # Where flow comes to a minimum: the guards say so, and are no formula.
        ending = ending.replace(lambda e: isinstance(e, Guard), lambda _: sp.S.Zero)
        # A root has no closed form.
        rows += [("sharpness of the gradient-flow solution", e) for e in [ending] if not e.has(FlowSharpness)]
    return rows


def render(rows: Rows, style: str) -> str:
    """Return the rows as text in one of `FORMATS`."""
    if style == "json":
        return json.dumps([{"name": n, "expression": sp.sstr(e)} for n, e in rows], indent=2)
    writers: dict[str, Callable[[sp.Basic], str]] = {
        "pretty": lambda e: str(pretty(e, use_unicode=True, num_columns=110)),
        "latex": lambda e: str(sp.latex(e)),
        "python": lambda e: str(pycode(e, fully_qualified_modules=False)),
    }
    if style not in writers:
        listed = f"choose one of {', '.join(FORMATS)}"
        raise InputError(f"unknown format {style[:40]!r}{did_you_mean(style, FORMATS, listed)}")
    if style == "pretty":
        return "\n\n".join(f"{name}:\n{writers[style](e)}" for name, e in rows)
    if style == "python":
        return "\n".join(f"# {name}\n{_identifier(name)} = {writers[style](e)}" for name, e in rows)
    return "\n".join(f"% {name}\n{writers[style](e)}" for name, e in rows)


def _identifier(name: str) -> str:
    plain = name.replace("'", "_next").replace("let ", "")
    return "".join(c if c.isalnum() else "_" for c in plain)
