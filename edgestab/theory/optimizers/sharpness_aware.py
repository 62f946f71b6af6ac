"""Sharpness-aware minimization: the gradient is taken at a point displaced along the gradient."""

from __future__ import annotations

import sympy as sp

from edgestab.theory.loss import Loss
from edgestab.theory.optimizers.direction import direction_of
from edgestab.theory.optimizers.rule import Factor, UpdateRule
from edgestab.theory.stepmap import Binding, StepMap
from edgestab.theory.symbols import ETA, symbol

RHO = symbol("rho")
"""Radius of the displacement."""
GAMMA, BETA = symbol("gamma"), symbol("beta")


def _gradients(loss: Loss, signs: tuple[int, ...]) -> tuple[tuple[Binding, ...], list[tuple[sp.Expr, ...]]]:
    r"""The gradients at :math:`\theta \pm \rho\nabla L/|\nabla L|`, with what they are written in."""
    bindings: list[Binding] = []
    found = []
    directions = direction_of(loss.gradient)
    for sign, word in zip(signs, ("ahead", "behind"), strict=False):
        there = {p: symbol(f"{p.name}_{word}") for p in loss.parameters}
        bindings += [(there[p], p + sign * RHO * d) for p, d in zip(loss.parameters, directions, strict=True)]
        found.append(tuple(g.xreplace(there) for g in loss.gradient))
    return tuple(bindings), found


def sam(loss: Loss) -> StepMap:
    r"""Return :math:`\theta' = \theta - \eta\nabla L(\theta + \rho\nabla L/|\nabla L|)` (Foret et al. 2021).

    On :math:`l w^2/2` it never converges from :math:`w \ne 0`; for :math:`\eta l < 2` its 2-cycle
    :math:`|w| = \eta\rho l/(2 - \eta l)` attracts.
    """
    bindings, (ahead,) = _gradients(loss, (1,))
    update = tuple(p - ETA * g for p, g in zip(loss.parameters, ahead, strict=True))
    return StepMap(f"SAM on {loss.name}", loss.parameters, update, (ETA, RHO, *loss.constants), bindings)


def unnormalized_sam(loss: Loss) -> StepMap:
    r"""Return :math:`\theta' = \theta - \eta\nabla L(\theta + \rho\nabla L)` (Andriushchenko & Flammarion 2022)."""
    there = {p: symbol(f"{p.name}_ahead") for p in loss.parameters}
    bindings = tuple((there[p], p + RHO * g) for p, g in zip(loss.parameters, loss.gradient, strict=True))
    update = tuple(p - ETA * g.xreplace(there) for p, g in zip(loss.parameters, loss.gradient, strict=True))
    name = f"unnormalized SAM on {loss.name}"
    return StepMap(name, loss.parameters, update, (ETA, RHO, *loss.constants), bindings)


def cr_sam(loss: Loss) -> StepMap:
    r"""Return the step of CR-SAM as its published code takes it (Wu, Luo & Wunsch 2024).

    With :math:`g_\pm = \nabla L(\theta \pm \rho\nabla L/|\nabla L|)` and :math:`g = \nabla L(\theta)` the step is along
    :math:`g_+ + \gamma(g_+ + g_- - 2g) + \beta(g_+ - g_-)`.
    """
    bindings, (ahead, behind) = _gradients(loss, (1, -1))
    update = tuple(
        p - ETA * (a + GAMMA * (a + b - 2 * g) + BETA * (a - b))
        for p, g, a, b in zip(loss.parameters, loss.gradient, ahead, behind, strict=True)
    )
    parameters = (ETA, RHO, GAMMA, BETA, *loss.constants)
    return StepMap(f"CR-SAM on {loss.name}", loss.parameters, update, parameters, bindings)


RADIUS = Factor(RHO, "radius", sp.S.Zero, sp.oo, "0.05")
CURVATURE = Factor(GAMMA, "weight of the curvature", sp.S.Zero, sp.oo, "0.1", sp.Rational(1, 10))
SLOPE = Factor(BETA, "weight of the slope", sp.S.Zero, sp.oo, "0.01", sp.Rational(1, 100))

RULES = (
    UpdateRule("sam", sam, "Foret et al. 2021", (RADIUS,)),
    UpdateRule("unnormalized-sam", unnormalized_sam, "Andriushchenko & Flammarion 2022", (RADIUS,)),
    UpdateRule("cr-sam", cr_sam, "Wu, Luo & Wunsch 2024", (RADIUS, CURVATURE, SLOPE)),
)
