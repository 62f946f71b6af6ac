"""Adaptive steps: the gradient is divided by a running mean of its size."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from edgestab.theory.loss import Loss
from edgestab.theory.optimizers.rule import Factor, UpdateRule
from edgestab.theory.stepmap import Carried, StepMap
from edgestab.theory.symbols import ETA, symbol

BETA, BETA1, BETA2 = symbol("beta"), symbol("beta1"), symbol("beta2")
EPS = symbol("eps")
"""What is added to the root, so that no gradient is divided by 0."""


def _from_zero(names: Sequence[str]) -> tuple[Carried, ...]:
    """Running means that begin at 0, and end there."""
    return tuple(Carried(symbol(n), sp.S.Zero, sp.S.Zero) for n in names)


def _mean(old: sp.Symbol, new: sp.Expr, beta: sp.Symbol) -> sp.Expr:
    return beta * old + (1 - beta) * new


def rmsprop(loss: Loss) -> StepMap:
    r"""Return :math:`v' = \beta v + (1 - \beta) g^2, \theta' = \theta - \eta g/(\sqrt{v'} + \epsilon)`, by coordinates.

    Tieleman & Hinton 2012. The state is (theta, v), and v begins at 0.
    """
    carried = _from_zero([f"{p.name}_square" for p in loss.parameters])
    squares = tuple(_mean(c.symbol, g**2, BETA) for c, g in zip(carried, loss.gradient, strict=True))
    update = tuple(
        p - ETA * g / (sp.sqrt(v) + EPS) for p, g, v in zip(loss.parameters, loss.gradient, squares, strict=True)
    )
    return _step("RMSProp", loss, update, squares, carried, (BETA, EPS))


def scalar_rmsprop(loss: Loss) -> StepMap:
    r"""Return RMSProp with one mean for all: :math:`v' = \beta v + (1 - \beta)|g|^2` (Cohen et al. 2024)."""
    carried = _from_zero(["square"])
    square = _mean(carried[0].symbol, sp.Add(*(g**2 for g in loss.gradient)), BETA)
    update = tuple(p - ETA * g / (sp.sqrt(square) + EPS) for p, g in zip(loss.parameters, loss.gradient, strict=True))
    return _step("scalar RMSProp", loss, update, (square,), carried, (BETA, EPS))


def adam(loss: Loss) -> StepMap:
    r"""Return Adam with its correction of the means' bias (Kingma & Ba 2015).

    :math:`m' = \beta_1 m + (1 - \beta_1) g`, :math:`v' = \beta_2 v + (1 - \beta_2) g^2`, and
    :math:`\theta' = \theta - \eta \hat m/(\sqrt{\hat v} + \epsilon)` with :math:`\hat m = m'/(1 - \beta_1^t)`,
    :math:`\hat v = v'/(1 - \beta_2^t)` at the t-th step.
    The state carries both powers at t - 1 as well.
    """
    means = _from_zero([f"{p.name}_mean" for p in loss.parameters])
    squares = _from_zero([f"{p.name}_square" for p in loss.parameters])
    powers = tuple(Carried(symbol(f"{b.name}_power"), sp.S.One, sp.S.Zero) for b in (BETA1, BETA2))
    new_powers = (powers[0].symbol * BETA1, powers[1].symbol * BETA2)
    new_means = tuple(_mean(c.symbol, g, BETA1) for c, g in zip(means, loss.gradient, strict=True))
    new_squares = tuple(_mean(c.symbol, g**2, BETA2) for c, g in zip(squares, loss.gradient, strict=True))
    update = tuple(
        p - ETA * (m / (1 - new_powers[0])) / (sp.sqrt(v / (1 - new_powers[1])) + EPS)
        for p, m, v in zip(loss.parameters, new_means, new_squares, strict=True)
    )
    carried = (*means, *squares, *powers)
    return _step("Adam", loss, update, (*new_means, *new_squares, *new_powers), carried, (BETA1, BETA2, EPS))


def _step(
    name: str,
    loss: Loss,
    update: tuple[sp.Expr, ...],
    after: tuple[sp.Expr, ...],
    carried: tuple[Carried, ...],
    factors: tuple[sp.Symbol, ...],
) -> StepMap:
    state = (*loss.parameters, *(c.symbol for c in carried))
    parameters = (ETA, *factors, *loss.constants)
    return StepMap(f"{name} on {loss.name}", state, (*update, *after), parameters, carried=carried)


def _memory(symbol_: sp.Symbol, title: str, example: str) -> Factor:
    return Factor(symbol_, title, sp.S.Zero, sp.S.One, example)


FLOOR = Factor(EPS, "floor of the root", sp.S.Zero, sp.oo, "1e-8", sp.Rational(1, 10**8))
OF_SQUARES = _memory(BETA, "memory of the squares", "0.99")

RULES = (
    UpdateRule("rmsprop", rmsprop, "Tieleman & Hinton 2012", (OF_SQUARES, FLOOR)),
    UpdateRule("scalar-rmsprop", scalar_rmsprop, "Cohen et al. 2024", (OF_SQUARES, FLOOR)),
    UpdateRule(
        "adam",
        adam,
        "Kingma & Ba 2015",
        (_memory(BETA1, "memory of the mean", "0.9"), _memory(BETA2, "memory of the squares", "0.999"), FLOOR),
    ),
)
