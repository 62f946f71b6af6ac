"""Momentum: heavy ball and Nesterov's rule. The state is (theta, theta_prev)."""

from __future__ import annotations

import sympy as sp

from edgestab.theory.loss import Loss
from edgestab.theory.optimizers.rule import Factor, UpdateRule
from edgestab.theory.stepmap import Carried, StepMap
from edgestab.theory.symbols import ETA, symbol

BETA = symbol("beta")
"""Momentum coefficient."""


def _previous(loss: Loss) -> tuple[Carried, ...]:
    """The previous iterate: an orbit starts at rest, and comes to rest."""
    return tuple(Carried(symbol(f"{p.name}_prev"), p, p) for p in loss.parameters)


def heavy_ball(loss: Loss) -> StepMap:
    r"""Return :math:`\theta' = \theta - \eta\nabla L(\theta) + \beta(\theta - \theta_{prev})` (Polyak 1964).

    Its edge is :math:`S = (2 + 2\beta)/\eta`.
    """
    carried = _previous(loss)
    old = tuple(c.symbol for c in carried)
    update = tuple(p - ETA * g + BETA * (p - q) for p, g, q in zip(loss.parameters, loss.gradient, old, strict=True))
    parameters = (ETA, BETA, *loss.constants)
    state = (*loss.parameters, *old)
    return StepMap(f"heavy ball on {loss.name}", state, (*update, *loss.parameters), parameters, carried=carried)


def nesterov(loss: Loss) -> StepMap:
    r"""Return Nesterov's rule: the gradient is taken at the look-ahead :math:`\theta + \beta(\theta-\theta_{prev})`.

    Its edge is :math:`S = (2 + 2\beta)/(\eta(1 + 2\beta))`.
    """
    carried = _previous(loss)
    old = tuple(c.symbol for c in carried)
    ahead = tuple(symbol(f"{p.name}_ahead") for p in loss.parameters)
    bindings = tuple((a, p + BETA * (p - q)) for a, p, q in zip(ahead, loss.parameters, old, strict=True))
    look = dict(zip(loss.parameters, ahead, strict=True))
    update = tuple(a - ETA * g.xreplace(look) for a, g in zip(ahead, loss.gradient, strict=True))
    parameters = (ETA, BETA, *loss.constants)
    state = (*loss.parameters, *old)
    return StepMap(f"Nesterov on {loss.name}", state, (*update, *loss.parameters), parameters, bindings, carried)


# Beyond |beta| = 1 heavy ball expands volumes, and nothing attracts.
MOMENTUM = Factor(BETA, "momentum", -sp.S.One, sp.S.One, "0.9")

RULES = (
    UpdateRule("heavy-ball", heavy_ball, "Polyak 1964", (MOMENTUM,)),
    UpdateRule("nesterov", nesterov, "Nesterov 1983", (MOMENTUM,)),
)
