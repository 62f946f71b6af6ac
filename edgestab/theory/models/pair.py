"""Two orbits of one start with two step sizes, side by side: what a larger step does is said of the pair."""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from edgestab.errors import InputError
from edgestab.theory.loss import Loss
from edgestab.theory.models.base import Model, Pair
from edgestab.theory.models.of_loss import model_of_loss
from edgestab.theory.stepmap import Carried, StepMap, T
from edgestab.theory.symbols import ETA, symbol

OTHER = "_other"
"""With what the names of the second orbit end."""


def paired(single: Model, other: sp.Expr) -> Model:
    r"""Return the model of two orbits, :math:`(\theta, \theta')`, of which the second has another step size.

    Its loss is :math:`L(\theta) + L(\theta')`, and its starts have :math:`\theta' = \theta`.

    Parameters
    ----------
    single : Model
        Of one orbit, of a loss.
    other : Expr
        The step size of the second, in eta.

    Raises
    ------
    InputError
        When the model has no loss, or a name is taken.

    Examples
    --------
    >>> of = paired(model_of_loss(Loss.parse("x**2/2", "x")), 2 * ETA)
    >>> of.own.step.closed_form()
    (-eta*x + x, -2*eta*x_other + x_other)
    """
    loss, step = single.loss, single.own.step
    if loss is None or single.network_hessian is not None:
        raise InputError(f"{single.name} is no plain loss: eta_other is for one")
    twin = {s: symbol(s.name + OTHER) for s in (*step.state, *(b for b, _ in step.bindings)) if s != T}
    if {*twin.values()} & {*twin, *step.parameters}:
        raise InputError(f"a name ends in {OTHER}, which stands for the second orbit: call it otherwise")
    changed = {**twin, ETA: other}
    copy = replace(
        loss,
        parameters=tuple(twin[p] for p in loss.parameters),
        expression=loss.expression.xreplace(twin),
        domain=tuple(type(c)(c.lhs.xreplace(twin), 0, evaluate=False) for c in loss.domain),
    )
    both = Loss(
        (*loss.parameters, *copy.parameters),
        loss.expression + copy.expression,
        loss.name,
        (*loss.domain, *copy.domain),
    )
    found = model_of_loss(both, _side_by_side(step, loss, twin, changed))
    return replace(found, pair=Pair(loss, tuple(twin.items())), title=f"{single.title}, with two step sizes")


def _side_by_side(
    step: StepMap, loss: Loss, twin: dict[sp.Symbol, sp.Symbol], changed: dict[sp.Symbol, sp.Expr]
) -> StepMap:
    after = dict(zip(step.state, step.update, strict=True))
    kept = [c for c in step.carried if c.symbol != T]
    first = [*loss.parameters, *(c.symbol for c in kept)]
    order = [*loss.parameters, *(twin[p] for p in loss.parameters)]
    order += [s for c in kept for s in (c.symbol, twin[c.symbol])]
    updates = {**{s: after[s] for s in first}, **{twin[s]: after[s].xreplace(changed) for s in first}}
    carried = [
        k
        for c in kept
        for k in (
            c,
            Carried(twin[c.symbol], c.start.xreplace(twin), None if c.rest is None else c.rest.xreplace(twin)),
        )
    ]
    if step.clock is not None:
        order, updates, carried = [*order, T], {**updates, T: T + 1}, [*carried, Carried(T, sp.S.Zero)]
    return replace(
        step,
        name=f"{step.name}, twice",
        state=tuple(order),
        update=tuple(updates[s] for s in order),
        bindings=(*step.bindings, *((twin[b], e.xreplace(changed)) for b, e in step.bindings)),
        carried=tuple(carried),
    )
