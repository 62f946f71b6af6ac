r"""An update rule with its settings: how it begins, how it steps, and where a quadratic becomes unstable for it.

Every rule takes the gradient at its own w. On a quadratic with eigenvalue a of :math:`P^{-1}H` it diverges exactly when
a exceeds `edge`, where P is its preconditioner (the identity, unless it has one).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite

from torch import Tensor

from edgestab.errors import InputError

State = tuple[Tensor, ...]
"""w first, then what the rule remembers."""


@dataclass(frozen=True)
class Optimizer:
    r"""An update rule.

    Parameters
    ----------
    name : str
        A key of `edgestab.numerics.networks.optimizers.registry.OPTIMIZERS`.
    eta : float
        The step size.
    edge : float
        The largest stable eigenvalue of the preconditioned Hessian: 2/eta for GD.
    start : callable
        From w to the state before the first step.
    step : callable
        From the state and the gradient at its w to the next state.
    preconditioner : callable
        From the state after a step to the diagonal of the P it was taken with, shape (p,), or to None for the identity.
        It is 0 where the gradient has always been zero: such a parameter does not move.

    Examples
    --------
    >>> import torch
    >>> from edgestab.numerics.networks.optimizers.heavy_ball import heavy_ball
    >>> rule = heavy_ball(0.1, 0.9)
    >>> round(rule.edge, 9)
    38.0
    >>> state = rule.start(torch.ones(1, dtype=torch.float64))
    >>> rule.step(state, torch.ones(1, dtype=torch.float64))[0]
    tensor([0.9000], dtype=torch.float64)
    """

    name: str
    eta: float
    edge: float
    start: Callable[[Tensor], State]
    step: Callable[[State, Tensor], State]
    preconditioner: Callable[[State], Tensor | None] = lambda _: None


def require_step_size(eta: float) -> None:
    """Raise `InputError` unless the step size is positive and finite."""
    if not (isfinite(eta) and eta > 0):
        raise InputError(f"the step size must be positive and finite, got {eta}")
