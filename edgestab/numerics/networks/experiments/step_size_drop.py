r"""A cut of the step size at the edge: progressive sharpening resumes, up to the new edge (Cohen et al. 2021)."""

from __future__ import annotations

import numpy as np

from edgestab.numerics.networks.experiments.history import follow
from edgestab.numerics.networks.experiments.result import ExperimentResult
from edgestab.numerics.networks.optimizers.gradient_descent import gradient_descent
from edgestab.numerics.networks.specs.problems import problem


def step_size_drop(
    *,
    seed: int,
    network: str = "chebyshev",
    eta: float = 0.2,
    factor: float = 0.5,
    before: int = 1500,
    after: int = 1500,
) -> ExperimentResult:
    r"""Train with eta, then with factor * eta.

    Returns
    -------
    ExperimentResult
        Statistics: ``old`` (mean of S eta/2 over the last 300 steps before the cut), ``new`` (mean of S factor eta/2
        over the last third after it), ``rise`` (mean S over the last third after the cut, over that before it),
        ``monotone`` (the fraction of the 50 steps after the cut at which the loss falls).
        Series: step, sharpness (over 2/eta before the cut), loss_step, loss.
    """
    of = problem(network, seed)
    objective = of.objective
    first = gradient_descent(eta)
    one = follow(objective, first, first.start(of.start), before)
    second = gradient_descent(factor * eta)
    two = follow(objective, second, second.start(one.state[0]), after)
    old = one.sharpness[one.steps >= before - 300].mean()
    new = two.sharpness[two.steps >= 2 * after / 3].mean()
    return ExperimentResult(
        {
            "old": float(old / first.edge),
            "new": float(new / second.edge),
            "rise": float(new / old),
            "monotone": float((np.diff(two.losses[:51]) <= 0).mean()),
        },
        {
            "step": np.concatenate([one.steps, before + two.steps]),
            "sharpness": np.concatenate([one.sharpness, two.sharpness]) / first.edge,
            "loss_step": np.arange(before + after, dtype=np.float64),
            "loss": np.concatenate([one.losses, two.losses]),
        },
    )
