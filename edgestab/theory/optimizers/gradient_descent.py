"""Gradient descent."""

from __future__ import annotations

import functools

import sympy as sp

from edgestab.theory.loss import Loss
from edgestab.theory.optimizers.rule import UpdateRule
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import ETA


def gradient_descent(loss: Loss) -> StepMap:
    r"""Return :math:`\theta' = \theta - \eta \nabla L(\theta)`.

    Examples
    --------
    >>> gradient_descent(Loss.parse("x**2/2", "x")).update
    (-eta*x + x,)
    """
    update = tuple(p - ETA * g for p, g in zip(loss.parameters, loss.gradient, strict=True))
    return StepMap(f"GD on {loss.name}", loss.parameters, update, (ETA, *loss.constants))


@functools.lru_cache(maxsize=256)
def is_gradient_descent(step: StepMap, loss: Loss) -> bool:
    """Return whether a map is plain gradient descent on a loss, however it is written.

    Examples
    --------
    >>> loss = Loss.parse("(x - 1)**2/2", "x")
    >>> is_gradient_descent(gradient_descent(loss), loss)
    True
    """
    if step.state != loss.parameters:
        return False
    plain = gradient_descent(loss).update
    return step.update == plain or all(
        sp.expand(a - b) == 0 or sp.simplify(a - b) == 0 for a, b in zip(step.closed_form(), plain, strict=True)
    )


GRADIENT_DESCENT = UpdateRule("gradient-descent", gradient_descent, "Cauchy 1847")
RULES = (GRADIENT_DESCENT,)
