"""What is built in, as plain data: the models and the update rules, with their formulas."""

from __future__ import annotations

from typing import Any

from edgestab.errors import InputError
from edgestab.theory.models.catalogue import MODELS, model
from edgestab.theory.optimizers.catalogue import ALIASES, OPTIMIZERS, update_rule
from edgestab.theory.stepmap import StepMap
from edgestab.theory.text.spelling import did_you_mean

SHOWN_ON = "x**2/2"
"""The loss on which an update rule is written out."""


def names() -> list[dict[str, Any]]:
    """Return kind, name and title of every model and update rule; nothing is built.

    Examples
    --------
    >>> names()[0]
    {'kind': 'model', 'name': 'quartic', 'title': 'coupled four-layer scalar network'}
    """
    models = [{"kind": "model", "name": name, "title": entry.title} for name, entry in MODELS.items()]
    rules = []
    for rule in OPTIMIZERS.values():
        factors = ", ".join(f"{f.symbol} the {f.title}" for f in rule.factors)
        rules.append({"kind": "optimizer", "name": rule.name, "title": f"{rule.reference}{factors and f'; {factors}'}"})
    return models + rules


def described(name: str) -> dict[str, Any]:
    """Return what a model or an update rule is: its formulas and names.

    Parameters
    ----------
    name : str
        Of a model, such as quartic or balanced:3, or of an update rule, such as heavy-ball. A family without the
        colon stands for its first example.

    Raises
    ------
    InputError
        When there is neither.

    Examples
    --------
    >>> found = described("heavy-ball")
    >>> found["step"], found["constants"]
    ({'x': 'beta*(x - x_prev) - eta*x + x', 'x_prev': 'x'}, {'beta': 'momentum, such as 0.9'})
    >>> described("quartic")["loss"]
    '(-x**2*y**2 + 1)**2/4'
    """
    kind = name.partition(":")[0]
    if kind in MODELS:
        return _model(name)
    if ALIASES.get(name, name) in OPTIMIZERS:
        return _rule(name)
    raise InputError(
        f"there is no model and no optimizer {name[:40]!r}"
        f"{did_you_mean(kind, [*MODELS, *OPTIMIZERS], '`edgestab models` lists them')}"
    )


def _model(name: str) -> dict[str, Any]:
    kind, colon, _ = name.partition(":")
    entry = MODELS[kind]
    of = model(f"{kind}:{entry.examples[0]}" if entry.read is not None and not colon else name)
    step = of.own.step
    return {
        "kind": "model",
        "name": of.name,
        "title": of.title,
        "source": of.source,
        "loss": None if of.loss is None else str(of.loss.expression),
        "coordinates": [str(s) for s in step.state],
        "parameters": [str(s) for s in step.parameters],
        **_written(step),
        "minima": {s.name: f"zero of {s.residual}" for s in of.minima},
        "charts": {c.name: {str(t): str(f) for t, f in zip(c.target, c.forward, strict=True)} for c in of.all_charts},
    }


def _rule(name: str) -> dict[str, Any]:
    from edgestab.theory.loss import Loss

    rule = update_rule(name)
    return {
        "kind": "optimizer",
        "name": rule.name,
        "source": rule.reference,
        "loss": f"on L = {SHOWN_ON}",
        **_written(rule.step(Loss.parse(SHOWN_ON, "x"))),
        "constants": {
            str(f.symbol): f"{f.title}, such as {f.example}"
            + ("" if f.default is None else f"; by default {f.default}")
            for f in rule.factors
        },
    }


def _written(step: StepMap) -> dict[str, dict[str, str]]:
    """The formulas of a step, and what they are made of."""
    return {
        "step": {str(s): str(u) for s, u in zip(step.state, step.update, strict=True)},
        "where": {str(s): str(e) for s, e in step.bindings},
    }
