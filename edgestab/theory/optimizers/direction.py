"""Steps along the gradient's direction alone: the length of the gradient does not enter."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from edgestab.theory.loss import Loss
from edgestab.theory.optimizers.rule import UpdateRule
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import ETA


def direction_of(gradient: Sequence[sp.Expr]) -> tuple[sp.Expr, ...]:
    r"""Return :math:`g/|g|`: undefined where :math:`g = 0`, but for one parameter, of which it is the sign.

    Examples
    --------
    >>> x, y = sp.symbols("x y", real=True)
    >>> direction_of([x]), direction_of([x, y])
    ((sign(x),), (x/sqrt(x**2 + y**2), y/sqrt(x**2 + y**2)))
    """
    if len(gradient) == 1:
        return (sp.sign(gradient[0]),)
    length = sp.sqrt(sp.Add(*(g**2 for g in gradient)))
    return tuple(g / length for g in gradient)


def sign_descent(loss: Loss) -> StepMap:
    r"""Return :math:`\theta'_i = \theta_i - \eta\,\mathrm{sign}(\partial_i L)`, with sign 0 = 0.

    Examples
    --------
    >>> sign_descent(Loss.parse("x**2/2", "x")).update
    (-eta*sign(x) + x,)
    """
    update = tuple(p - ETA * sp.sign(g) for p, g in zip(loss.parameters, loss.gradient, strict=True))
    return StepMap(f"sign descent on {loss.name}", loss.parameters, update, (ETA, *loss.constants))


def normalized(loss: Loss) -> StepMap:
    r"""Return :math:`\theta' = \theta - \eta \nabla L/|\nabla L|`."""
    update = tuple(p - ETA * d for p, d in zip(loss.parameters, direction_of(loss.gradient), strict=True))
    return StepMap(f"normalized GD on {loss.name}", loss.parameters, update, (ETA, *loss.constants))


RULES = (
    UpdateRule("sign", sign_descent, "Bernstein et al. 2018"),
    UpdateRule("normalized", normalized, "Nesterov 1984"),
)
