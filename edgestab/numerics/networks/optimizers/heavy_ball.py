"""Polyak's momentum."""

from __future__ import annotations

import torch
from torch import Tensor

from edgestab.numerics.networks.optimizers.optimizer import Optimizer, State, require_step_size
from edgestab.numerics.networks.optimizers.update_rule import Factor, UpdateRule

MOMENTUM = Factor("beta", "momentum", below=1.0)


def heavy_ball(eta: float, beta: float) -> Optimizer:
    r"""Return Polyak's :math:`v' = \beta v + g,\ w' = w - \eta v'`; its edge is (2 + 2 beta)/eta."""
    require_step_size(eta)
    MOMENTUM.require(beta)

    def step(s: State, g: Tensor) -> State:
        v = beta * s[1] + g
        return s[0] - eta * v, v

    return Optimizer("heavy-ball", eta, (2 + 2 * beta) / eta, lambda w: (w, torch.zeros_like(w)), step)


HEAVY_BALL = UpdateRule("heavy-ball", heavy_ball, (MOMENTUM,))
