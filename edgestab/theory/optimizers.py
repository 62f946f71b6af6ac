"""Update rules: gradient descent, heavy ball, Nesterov."""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp

from edgestab.theory.loss import Loss
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import ETA, symbol

BETA = symbol("beta")
"""Momentum coefficient."""


def gradient_descent(loss: Loss) -> StepMap:
    r"""Return :math:`\theta' = \theta - \eta \nabla L(\theta)`.

    Examples
    --------
    >>> gradient_descent(Loss.parse("x**2/2", "x")).update
    (-eta*x + x,)
    """
    update = tuple(p - ETA * g for p, g in zip(loss.parameters, loss.gradient, strict=True))
    return StepMap(f"GD on {loss.name}", loss.parameters, update, (ETA, *loss.constants))


def _previous(loss: Loss) -> tuple[sp.Symbol, ...]:
    return tuple(symbol(f"{p.name}_prev") for p in loss.parameters)


def heavy_ball(loss: Loss) -> StepMap:
    r"""Return :math:`\theta' = \theta - \eta\nabla L(\theta) + \beta(\theta - \theta_{prev})` (Polyak 1964).

    The state is (theta, theta_prev). Its edge is :math:`S = (2 + 2\beta)/\eta`.
    """
    old = _previous(loss)
    update = tuple(p - ETA * g + BETA * (p - q) for p, g, q in zip(loss.parameters, loss.gradient, old, strict=True))
    state = (*loss.parameters, *old)
    return StepMap(f"heavy ball on {loss.name}", state, (*update, *loss.parameters), (ETA, BETA, *loss.constants))


def nesterov(loss: Loss) -> StepMap:
    r"""Return Nesterov's rule: the gradient is taken at the look-ahead :math:`\theta + \beta(\theta-\theta_{prev})`.

    The state is (theta, theta_prev). Its edge is :math:`S = (2 + 2\beta)/(\eta(1 + 2\beta))`.
    """
    old = _previous(loss)
    ahead = tuple(symbol(f"{p.name}_ahead") for p in loss.parameters)
    bindings = tuple((a, p + BETA * (p - q)) for a, p, q in zip(ahead, loss.parameters, old, strict=True))
    look = dict(zip(loss.parameters, ahead, strict=True))
    update = tuple(a - ETA * g.xreplace(look) for a, g in zip(ahead, loss.gradient, strict=True))
    state = (*loss.parameters, *old)
    return StepMap(
        f"Nesterov on {loss.name}", state, (*update, *loss.parameters), (ETA, BETA, *loss.constants), bindings
    )


OPTIMIZERS: dict[str, Callable[[Loss], StepMap]] = {
    "gradient-descent": gradient_descent,
    "heavy-ball": heavy_ball,
    "nesterov": nesterov,
}
"""Update rules by the name a specification file uses."""
