r"""Update rules on flat parameters: GD, heavy ball, Nesterov, RMSProp with one or many scales, Adam.

Every rule takes the gradient at its own w. Nesterov's w is the extrapolated point, as in torch. A rule also knows
where a quadratic becomes unstable for it: on a quadratic with eigenvalue a of :math:`P^{-1}H` it diverges exactly when
a exceeds `edge`, where P is its preconditioner (the identity, unless it has one).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite

import torch
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
        A key of `OPTIMIZERS`.
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


def gradient_descent(eta: float) -> Optimizer:
    r"""Return :math:`w' = w - \eta g`; its edge is 2/eta."""
    _require(eta)
    return Optimizer("gd", eta, 2 / eta, lambda w: (w,), lambda s, g: (s[0] - eta * g,))


def heavy_ball(eta: float, beta: float) -> Optimizer:
    r"""Return Polyak's :math:`v' = \beta v + g,\ w' = w - \eta v'`; its edge is (2 + 2 beta)/eta."""
    _require(eta, beta)

    def step(s: State, g: Tensor) -> State:
        v = beta * s[1] + g
        return s[0] - eta * v, v

    return Optimizer("heavy-ball", eta, (2 + 2 * beta) / eta, lambda w: (w, torch.zeros_like(w)), step)


def nesterov(eta: float, beta: float) -> Optimizer:
    r"""Return :math:`v' = \beta v + g,\ w' = w - \eta(g + \beta v')`; its edge is (2 + 2 beta)/(eta (1 + 2 beta))."""
    _require(eta, beta)

    def step(s: State, g: Tensor) -> State:
        v = beta * s[1] + g
        return s[0] - eta * (g + beta * v), v

    edge = (2 + 2 * beta) / (eta * (1 + 2 * beta))
    return Optimizer("nesterov", eta, edge, lambda w: (w, torch.zeros_like(w)), step)


def scalar_rmsprop(eta: float, beta2: float, *, nu: float = 0.0) -> Optimizer:
    r"""Return scalar RMSProp (Cohen et al. 2024); P is sqrt(nu).

    .. math:: \nu' = \beta_2\nu + (1 - \beta_2)|g|^2, \qquad w' = w - \eta g/\sqrt{\nu'}.
    """
    _require(eta, beta2)

    def step(s: State, g: Tensor) -> State:
        new = beta2 * s[1] + (1 - beta2) * (g @ g)
        return s[0] - eta * g / _root(new), new

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
    _require(eta, beta2)

    def step(s: State, g: Tensor) -> State:
        new = beta2 * s[1] + (1 - beta2) * g**2
        return s[0] - eta * g / _root(new, eps), new

    return Optimizer(
        "rmsprop",
        eta,
        2 / eta,
        lambda w: (w, torch.zeros_like(w)),
        step,
        lambda s: torch.where(s[1] > 0, s[1].sqrt() + eps, 0.0),
    )


def adam(eta: float, beta1: float = 0.9, beta2: float = 0.999, *, eps: float = 1e-8) -> Optimizer:
    r"""Return Adam (Kingma & Ba 2015) with its bias corrections; its edge is (2 + 2 beta1)/((1 - beta1) eta).

    P is :math:`(1 - \beta_1^t)(\sqrt{\nu/(1 - \beta_2^t)} + \epsilon)` at step t (Cohen et al. 2022).
    """
    _require(eta, beta1, beta2)

    def step(s: State, g: Tensor) -> State:
        w, m, nu, t = s
        t = t + 1
        m = beta1 * m + (1 - beta1) * g
        nu = beta2 * nu + (1 - beta2) * g**2
        return w - eta * (m / (1 - beta1**t)) / _root(nu / (1 - beta2**t), eps), m, nu, t

    def preconditioner(s: State) -> Tensor:
        t = s[3].clamp(min=1)
        return torch.where(s[2] > 0, (1 - beta1**t) * ((s[2] / (1 - beta2**t)).sqrt() + eps), 0.0)

    def start(w: Tensor) -> State:
        zero = torch.zeros_like(w)
        return w, zero, zero, torch.zeros(1, dtype=w.dtype, device=w.device)

    return Optimizer("adam", eta, (2 + 2 * beta1) / ((1 - beta1) * eta), start, step, preconditioner)


OPTIMIZERS: Mapping[str, Callable[..., Optimizer]] = {
    "gd": gradient_descent,
    "heavy-ball": heavy_ball,
    "nesterov": nesterov,
    "scalar-rmsprop": scalar_rmsprop,
    "rmsprop": rmsprop,
    "adam": adam,
}
"""The update rules by name."""


def _root(nu: Tensor, eps: float = 0.0) -> Tensor:
    """The scale of a step; a parameter whose gradient has always been zero does not move."""
    return torch.where(nu > 0, nu.sqrt() + eps, torch.inf)


def _require(eta: float, *betas: float) -> None:
    if not (isfinite(eta) and eta > 0):
        raise InputError(f"the step size must be positive and finite, got {eta}")
    for beta in betas:
        if not 0 <= beta < 1:
            raise InputError(f"momentum and averaging factors must be in [0, 1), got {beta}")
