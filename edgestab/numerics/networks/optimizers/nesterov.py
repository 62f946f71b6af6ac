"""Nesterov's momentum. Its w is the extrapolated point, as in torch."""

from __future__ import annotations

import torch
from torch import Tensor

from edgestab.numerics.networks.optimizers.heavy_ball import MOMENTUM
from edgestab.numerics.networks.optimizers.optimizer import Optimizer, State, require_step_size
from edgestab.numerics.networks.optimizers.update_rule import UpdateRule


def nesterov(eta: float, beta: float) -> Optimizer:
    r"""Return :math:`v' = \beta v + g,\ w' = w - \eta(g + \beta v')`; its edge is (2 + 2 beta)/(eta (1 + 2 beta))."""
    require_step_size(eta)
    MOMENTUM.require(beta)

    def step(s: State, g: Tensor) -> State:
        v = beta * s[1] + g
        return s[0] - eta * (g + beta * v), v

    edge = (2 + 2 * beta) / (eta * (1 + 2 * beta))
    return Optimizer("nesterov", eta, edge, lambda w: (w, torch.zeros_like(w)), step)


NESTEROV = UpdateRule("nesterov", nesterov, (MOMENTUM,))
