"""Gradient descent."""

from __future__ import annotations

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


GRADIENT_DESCENT = UpdateRule("gradient-descent", gradient_descent, "Cauchy 1847")
RULES = (GRADIENT_DESCENT,)
