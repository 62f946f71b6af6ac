"""Adam."""

from __future__ import annotations

import torch
from torch import Tensor

from edgestab.numerics.networks.optimizers.optimizer import Optimizer, State, require_step_size
from edgestab.numerics.networks.optimizers.rmsprop import scale_of
from edgestab.numerics.networks.optimizers.update_rule import Factor, UpdateRule

BETA1 = Factor("beta1", "memory of gradients", default=0.9, below=1.0)
BETA2 = Factor("beta2", "memory of squared gradients", default=0.999, below=1.0)
OFFSET = Factor("eps", "offset of the scale", default=1e-8)


def adam(eta: float, beta1: float = 0.9, beta2: float = 0.999, *, eps: float = 1e-8) -> Optimizer:
    r"""Return Adam (Kingma & Ba 2015) with its bias corrections; its edge is (2 + 2 beta1)/((1 - beta1) eta).

    P is :math:`(1 - \beta_1^t)(\sqrt{\nu/(1 - \beta_2^t)} + \epsilon)` at step t (Cohen et al. 2022).
    """
    require_step_size(eta)
    for factor, value in ((BETA1, beta1), (BETA2, beta2), (OFFSET, eps)):
        factor.require(value)

    def step(s: State, g: Tensor) -> State:
        w, m, nu, t = s
        t = t + 1
        m = beta1 * m + (1 - beta1) * g
        nu = beta2 * nu + (1 - beta2) * g**2
        return w - eta * (m / (1 - beta1**t)) / scale_of(nu / (1 - beta2**t), eps), m, nu, t

    def preconditioner(s: State) -> Tensor:
        t = s[3].clamp(min=1)
        return torch.where(s[2] > 0, (1 - beta1**t) * ((s[2] / (1 - beta2**t)).sqrt() + eps), 0.0)

    def start(w: Tensor) -> State:
        zero = torch.zeros_like(w)
        return w, zero, zero, torch.zeros(1, dtype=w.dtype, device=w.device)

    return Optimizer("adam", eta, (2 + 2 * beta1) / ((1 - beta1) * eta), start, step, preconditioner)


ADAM = UpdateRule("adam", adam, (BETA1, BETA2, OFFSET), preconditioned=True)
