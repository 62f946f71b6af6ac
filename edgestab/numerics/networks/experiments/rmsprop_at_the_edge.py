r"""Two facts on the central flows of RMSProp: the variance with one scale in closed form, and where nu rests."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np
import torch

from edgestab.numerics.networks.experiments.result import ExperimentResult
from edgestab.numerics.networks.flows.central_flow import central_flow, drift_of
from edgestab.numerics.networks.flows.central_rmsprop import (
    rmsprop_preconditioner,
    scalar_rmsprop_preconditioner,
    scalar_variance,
    stationary_preconditioner,
)
from edgestab.numerics.networks.flows.sdcp import Matrix, solve_sdcp
from edgestab.numerics.networks.losses.objective import Objective
from edgestab.numerics.networks.optimizers.rmsprop import scalar_rmsprop
from edgestab.numerics.networks.specs.problems import problem
from edgestab.numerics.networks.training.edge import below_edge


def scalar_closed_form(
    *, seed: int, network: str = "chebyshev", eta: float = 0.03, beta2: float = 0.99, steps: int = 200
) -> ExperimentResult:
    r"""Compare two ways to the variance of scalar RMSProp's oscillation, along its central flow.

    At each point nu is set to :math:`\eta^2S^2/4`, which puts it exactly at the edge; then `scalar_variance` and the
    complementarity problem must give the same.

    Returns
    -------
    ExperimentResult
        Statistics: ``error`` (the largest relative difference), ``flow_error`` (the median of that between the closed
        form and the variance that the flow's own steps took) and ``points`` (how many had one eigenvalue at the edge).
        Series: step, closed_form, complementarity, flow.
    """
    of = problem(network, seed)
    objective, preconditioner = of.objective, scalar_rmsprop_preconditioner(eta, beta2)
    w, nu = below_edge(objective, scalar_rmsprop(eta, beta2), of.start, 4000)
    rows = []
    for state in islice(central_flow(objective, preconditioner, w, nu, steps=steps), 0, None, 5):
        if len(state.X) != 1 or state.X[0, 0] == 0:
            continue
        u, S = state.pairs.vectors[:, 0], float(state.pairs.values[0] * state.P)
        at_edge = torch.full_like(nu, (eta * S / 2) ** 2)
        closed = scalar_variance(
            gradient=state.point.gradient, sharpness=S, sharpness_gradient=state.point.third(u, u), eta=eta, beta2=beta2
        )
        pairs = replace(state.pairs, values=state.pairs.values * float(state.P) * 2 / S)
        drift = drift_of(state.point, at_edge, preconditioner, pairs, 1)
        X = solve_sdcp(drift.A, drift.B).X[0, 0]
        rows.append((state.time, closed, X * 2 / S, state.X[0, 0] / float(state.P)))
    if not rows:
        raise RuntimeError(f"the flow was at the edge at none of {steps} steps: take more")
    step, closed_form, by_problem, by_flow = np.array(rows).T
    return ExperimentResult(
        {
            "error": float(np.max(np.abs(by_problem / np.maximum(closed_form, 1e-300) - 1))),
            "flow_error": float(np.median(np.abs(by_flow / closed_form - 1))),
            "points": float(len(rows)),
        },
        {"step": step, "closed_form": closed_form, "complementarity": by_problem, "flow": by_flow},
    )


def stationary(*, seed: int, size: int = 6, eta: float = 0.1, beta2: float = 0.9, steps: int = 400) -> ExperimentResult:
    r"""Let RMSProp's nu come to rest at a fixed w with a random Hessian; compare P with the convex problem's.

    Returns
    -------
    ExperimentResult
        Statistics: ``residual`` (of the convex problem's conditions of optimality), ``rate`` (the largest
        :math:`|\dot\nu_i|/(\kappa\nu_i)` at its solution), ``difference`` (of the P at which nu came to rest from it,
        relative), ``multiplier_difference`` (of :math:`(2/\eta^2)\Sigma` from its multiplier, relative) and
        ``critical`` (how many eigenvalues are at the edge there). Series: step, difference.
    """
    rng = np.random.default_rng(seed)
    Q = rng.normal(size=(size, size))
    H, g = Q + Q.T, rng.normal(size=size) * eta
    convex = stationary_preconditioner(H, g, eta)
    at_rest = g**2 + 4 * convex.P**2 * np.diag(convex.multiplier) * eta**2 / 2
    P, multiplier, differences = _come_to_rest(H, g, eta, beta2, steps, convex.P)
    scale = float(np.linalg.norm(convex.multiplier))
    return ExperimentResult(
        {
            "residual": convex.residual,
            "rate": float(np.abs(at_rest / (eta * convex.P) ** 2 - 1).max()),
            "difference": float(np.linalg.norm(P - convex.P) / np.linalg.norm(convex.P)),
            "multiplier_difference": float(np.linalg.norm(multiplier - convex.multiplier)) / scale if scale else 0.0,
            "critical": float(np.sum(np.linalg.eigvalsh(convex.multiplier) > 1e-6)),
        },
        {"step": np.arange(1.0, steps + 1), "difference": differences},
    )


def _come_to_rest(
    H: Matrix, g: Matrix, eta: float, beta2: float, steps: int, target: Matrix
) -> tuple[Matrix, Matrix, Matrix]:
    """P and (2/eta^2) Sigma after so many steps of RMSProp's central flow at a fixed w; distances from the target."""
    hessian, slope = torch.from_numpy(H), torch.from_numpy(g)
    point = Objective("quadratic", len(g), (lambda w: slope @ w + w @ hessian @ w / 2,)).at(torch.zeros(len(g)))
    rule = rmsprop_preconditioner(eta, beta2)
    assert rule.response is not None
    nu = torch.full((len(g),), (eta * float(np.linalg.norm(H, 2))) ** 2, dtype=torch.float64)
    differences = []
    for _ in range(steps):
        scale = rule.diagonal(nu).rsqrt()
        values, vectors = np.linalg.eigh((scale[:, None] * hessian * scale).numpy())
        critical = values > 1.95
        U = scale[:, None] * torch.from_numpy(vectors[:, critical])
        response = rule.response(point, nu, U)
        X = solve_sdcp(np.diag(2 - values[critical]) + response.A, response.B).X
        nu = nu + response.rate(X)
        differences.append(float(np.linalg.norm(rule.diagonal(nu).numpy() - target) / np.linalg.norm(target)))
    sigma = U.numpy() @ X @ U.numpy().T
    return rule.diagonal(nu).numpy(), 2 / eta**2 * sigma, np.array(differences)
