r"""Gradient descent against gradient flow, and against its quadratic Taylor model (Cohen et al. 2021)."""

from __future__ import annotations

from itertools import islice
from math import nan

import numpy as np
import torch
from torch import Tensor

from edgestab.numerics.networks.experiments.result import ExperimentResult, without_edge
from edgestab.numerics.networks.flows.gradient_flow import flow
from edgestab.numerics.networks.losses.objective import Objective
from edgestab.numerics.networks.losses.taylor import Taylor
from edgestab.numerics.networks.optimizers.gradient_descent import gradient_descent
from edgestab.numerics.networks.specs.problems import problem
from edgestab.numerics.networks.spectra.eigen import Tracker
from edgestab.numerics.networks.training.edge import NoEdge, find_edge
from edgestab.numerics.networks.training.loop import after_steps, iterates


def flow_departure(
    *,
    seed: int,
    network: str = "chebyshev",
    eta: float = 0.2,
    search: int = 3000,
    after: int = 600,
    excess: float = 0.04,
) -> ExperimentResult:
    r"""Follow gradient descent and gradient flow from one start, at the times eta t, past the edge.

    Parameters
    ----------
    search : int
        At most so many steps to the edge.
    after : int
        How many steps past the edge.
    excess : float
        The quadratic Taylor model is taken where S eta/2 first exceeds 1 + excess.

    Returns
    -------
    ExperimentResult
        Statistics: ``reached`` (1 when the edge was), ``relative`` (|GD - GF| at the edge over |w - w_0|),
        ``halved_later`` (|GD - GF| `after` steps past the edge over the same for step size eta/2 at the same time:
        2 where the discretization is all there is), ``taylor`` (the quadratic model's loss after `after` steps of
        gradient descent on it, over its loss at first), ``descent`` (the same for the loss itself).
        Series: step, distance, halved_distance.
    """
    of = problem(network, seed)
    objective, start = of.objective, of.start
    edge = find_edge(objective, start, eta, steps=search)
    if isinstance(edge, NoEdge):
        return without_edge(("relative", "halved_later", "taylor", "descent"), reached=0.0)
    states = zip(
        islice(flow(objective, start, eta), edge.step + after + 1),
        iterates(objective, gradient_descent(eta), start),
        islice(iterates(objective, gradient_descent(eta / 2), start), 0, None, 2),
        strict=False,
    )
    distance, halved = np.array(
        [(float((whole.w - f).norm()), float((half.w - f).norm())) for f, whole, half in states]
    ).T
    taylor, descent = _taylor(objective, edge.w, eta, after, excess)
    return ExperimentResult(
        {
            "reached": 1.0,
            "relative": float(distance[edge.step] / (edge.w - start).norm()),
            "halved_later": float(distance[-1] / halved[-1]),
            "taylor": taylor,
            "descent": descent,
        },
        {"step": np.arange(len(distance), dtype=np.float64), "distance": distance, "halved_distance": halved},
    )


def _taylor(objective: Objective, w: Tensor, eta: float, steps: int, excess: float) -> tuple[float, float]:
    """Quotients of the quadratic model's loss and of the loss, after steps from where the excess is first seen."""
    tracker, rule = Tracker(1, tolerance=1e-3), gradient_descent(eta)
    for here in islice(iterates(objective, rule, w, curved=True), steps):
        middle = objective.at(here.midpoint)
        if float(tracker(middle.hvp, middle.gradient).values[0]) * eta / 2 >= 1 + excess:
            break
    else:
        return nan, nan
    model = Taylor(here.point)
    v = after_steps(model, rule, torch.zeros_like(here.w), steps)
    return model.loss(v) / here.loss, objective.loss(after_steps(objective, rule, here.w, steps)) / here.loss
