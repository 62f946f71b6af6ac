"""The page of a model, as one text: its script, its style, the programs and the first view."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import sympy as sp

from edgestab.errors import InputError
from edgestab.explorer.asked import Asked
from edgestab.explorer.decimals import decimal
from edgestab.explorer.known import Known, Landing, known_of, landings_of
from edgestab.explorer.render import embedded, heads
from edgestab.explorer.script import EXPLORER
from edgestab.explorer.view import STEPS, View, coordinates_of
from edgestab.provenance import made_with
from edgestab.report.mathml import formula
from edgestab.report.prose import prose
from edgestab.report.templating import environment
from edgestab.theory.models.base import Model, gradient_norm
from edgestab.theory.optimizers.gradient_descent import is_gradient_descent
from edgestab.theory.symbols import ETA
from edgestab.version import version

if TYPE_CHECKING:
    from edgestab.numerics.browser.spec import Engine

_MOST_UPDATES = 3
"""State variables of a map without a loss up to which its update is typeset."""


def page_of(model: Model, view: View, asked: Asked | None) -> str:
    """Return the page of a model.

    Parameters
    ----------
    model : Model
        What is iterated.
    view : View
        What is shown first.
    asked : Asked or None
        The words for the model; None where no command names it.
    """
    from edgestab.numerics.browser.spec import engine_of

    if any(not (c.start.is_Symbol or c.start.is_Rational) for c in model.own.step.carried):
        raise InputError(
            "a page follows steps that begin at rest or with numbers: what this one carries begins otherwise"
        )
    engine = engine_of(model)
    edge = _has_edge(model)
    known = known_of(model) if edge else []
    landing = landings_of(model) if edge else []
    return str(
        environment("edgestab.explorer")
        .get_template("explorer.html.j2")
        .render(
            title=f"Explorer: {model.title}",
            formula=_formula(model),
            data=embedded(_data(model, engine, view, asked, known, landing, edge)),
            edge=edge,
            plane=len(coordinates_of(model)) > 1,
            minima=len(model.minima) > (_stationary(model) >= 0),
            stationary=_stationary(model) >= 0,
            known=known,
            landing=[prose(at.words) for at in landing],
            band=next((k.source for k in known if k.gaps), ""),
            basin_label=f"Basins: the outcome of every start, {view.x} across and {view.y} up",
            portrait_words=_portrait_words(model),
            provenance=f"Written by edgestab {version()}. {made_with()}",
            **heads(EXPLORER),
        )
    )


def _data(
    model: Model,
    engine: Engine,
    view: View,
    asked: Asked | None,
    known: list[Known],
    landing: list[Landing],
    edge: bool,
) -> dict[str, Any]:
    from edgestab.numerics.browser.scripts import worker_source

    state = coordinates_of(model)
    parameters = model.own.step.parameters
    across, up = (state[0], state[0]) if len(state) == 1 else (state[0], state[1])
    return {
        "version": version(),
        "title": model.title,
        "spec": dict(engine.spec),
        "modules": {name: base64.b64encode(code).decode() for name, code in engine.modules.items()},
        "worker": worker_source(),
        "follows": {str(c.symbol): str(c.start) for c in model.own.step.carried},
        "edge": edge,
        "stationary": _stationary(model),
        "landing": [at.gap for at in landing],
        "known": [{"low": str(k.gaps[0]), "high": str(k.gaps[1])} for k in known if k.gaps],
        "asked": None if asked is None else {"words": asked.words, "entries": list(asked.entries)},
        "ranges": {str(s): {"low": decimal(low), "high": decimal(high)} for s, (low, high) in view.ranges.items()},
        "view": {
            "x": _axis(view, view.x),
            "y": _axis(view, view.y),
            "vary": _axis(view, parameters[0] if parameters else state[0]),
            "seen": _axis(view, state[0]),
            "across": _axis(view, across),
            "up": _axis(view, up),
            "values": {str(s): decimal(v) for s, v in view.values.items()},
            "colour": "limit" if len(engine.spec["sets"]) > 1 else "status",
            "steps": STEPS,
        },
    }


def _axis(view: View, symbol: sp.Symbol) -> dict[str, str]:
    low, high = view.ranges[symbol]
    return {"name": str(symbol), "low": decimal(low), "high": decimal(high)}


def _stationary(model: Model) -> int:
    """Which of the model's sets is where the gradient vanishes, of a loss about which no more is known; -1 for none."""
    loss = model.loss
    known = [] if loss is None else [s.residual == gradient_norm(loss) for s in model.minima]
    return known.index(True) if True in known else -1


def _has_edge(model: Model) -> bool:
    """Whether 2/eta is the edge of stability: of plain gradient descent on the model's loss."""
    step = model.own.step
    return model.loss is not None and ETA in step.parameters and is_gradient_descent(step.at_a_time(), model.loss)


def _formula(model: Model) -> str:
    if model.loss is not None:
        return formula(sp.Eq(sp.Symbol("L"), model.loss.expression, evaluate=False))
    step = model.own.step
    if step.bindings or len(step.state) > _MOST_UPDATES:
        return ""
    pairs = zip(step.state, step.update, strict=True)
    return " ".join(formula(sp.Eq(sp.Symbol(f"{s}'"), u, evaluate=False)) for s, u in pairs)


def _portrait_words(model: Model) -> str:
    if len(coordinates_of(model)) == 1:
        return "each iterate of the orbit over the one before"
    return "the orbit of the start" + (" among the levels of the loss" if model.loss is not None else "")
