"""RMSProp with one scale and with many."""

from __future__ import annotations

import torch
from torch import Tensor

from edgestab.numerics.networks.optimizers.optimizer import Optimizer, State, require_step_size
from edgestab.numerics.networks.optimizers.update_rule import Factor, UpdateRule

MEMORY = Factor("beta2", "memory of squared gradients", below=1.0)
FIRST_SQUARE = Factor("nu", "nu before the first step", default=0.0)
OFFSET = Factor("eps", "offset of the scale", default=0.0)


def scalar_rmsprop(eta: float, beta2: float, *, nu: float = 0.0) -> Optimizer:
    r"""Return scalar RMSProp (Cohen et al. 2024); P is sqrt(nu).

    .. math:: \nu' = \beta_2\nu + (1 - \beta_2)|g|^2, \qquad w' = w - \eta g/\sqrt{\nu'}.
    """
    require_step_size(eta)
    MEMORY.require(beta2)
    FIRST_SQUARE.require(nu)

    def step(s: State, g: Tensor) -> State:
        new = beta2 * s[1] + (1 - beta2) * (g @ g)
        return s[0] - eta * g / scale_of(new), new

    return Optimizer(
        "scalar-rmsprop",
        eta,
        2 / eta,
        lambda w: (w, torch.full((1,), nu, dtype=w.dtype, device=w.device)),
        step,
        lambda s: s[1].sqrt().expand_as(s[0]),
    )


def rmsprop(eta: float, beta2: float, *, eps: float = 0.0) -> Optimizer:
    r"""Return RMSProp; P is sqrt(nu) + eps.

    .. math:: \nu' = \beta_2\nu + (1 - \beta_2)g^2, \qquad w' = w - \eta g/(\sqrt{\nu'} + \epsilon).
    """
    require_step_size(eta)
    MEMORY.require(beta2)
    OFFSET.require(eps)

    def step(s: State, g: Tensor) -> State:
        new = beta2 * s[1] + (1 - beta2) * g**2
        return s[0] - eta * g / scale_of(new, eps), new

    return Optimizer(
        "rmsprop",
        eta,
        2 / eta,
        lambda w: (w, torch.zeros_like(w)),
        step,
        lambda s: torch.where(s[1] > 0, s[1].sqrt() + eps, 0.0),
    )


def scale_of(nu: Tensor, eps: float = 0.0) -> Tensor:
    """Return what a step is divided by; a parameter whose gradient has always been zero does not move."""
    return torch.where(nu > 0, nu.sqrt() + eps, torch.inf)


SCALAR_RMSPROP = UpdateRule("scalar-rmsprop", scalar_rmsprop, (MEMORY, FIRST_SQUARE), preconditioned=True)

RMSPROP = UpdateRule("rmsprop", rmsprop, (MEMORY, OFFSET), preconditioned=True)
