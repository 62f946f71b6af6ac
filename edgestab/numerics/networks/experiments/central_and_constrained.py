r"""The constrained trajectory of Damian et al. (2023) against the central flow of Cohen et al. (2024)."""

from __future__ import annotations

import numpy as np

from edgestab.numerics.networks.experiments.result import ExperimentResult
from edgestab.numerics.networks.flows.central_flow import central_flow, descent
from edgestab.numerics.networks.specs.problems import problem
from edgestab.numerics.networks.spectra.eigen import Tracker
from edgestab.numerics.networks.stabilization.constrained import constrained_trajectory, project
from edgestab.numerics.networks.training.edge import reach_edge


def central_and_constrained(
    *, seed: int, network: str = "chebyshev", eta: float = 0.2, steps: int = 200, dt: float = 0.5, before: int = 4000
) -> ExperimentResult:
    r"""Follow both from the projection of where GD reaches the edge.

    Parameters
    ----------
    network : str
        A name in `PROBLEMS`.
    eta : float
        The step size.
    steps : int
        Of GD.
    dt : float
        The step of the central flow, one over a whole number.
    before : int
        Within how many steps the edge must be reached.

    Returns
    -------
    ExperimentResult
        Statistics: ``distance`` (the largest between the two), ``path`` (the length of the constrained trajectory),
        ``distance_ratio`` (the first over the second), ``variance_ratio`` (the mean of sigma^2 over the mean of
        delta^2) and ``second`` (the largest second eigenvalue over the edge; both theories hold while it is below 1).
        Series: step, distance, sharpness, constrained_sharpness (over the edge), variance, delta_squared.

    Raises
    ------
    RuntimeError
        When GD does not come to the edge.
    """
    of = problem(network, seed)
    objective = of.objective
    edge = reach_edge(objective, of.start, eta, steps=before)
    start = project(objective, edge.w, eta, Tracker(2, tolerance=1e-6, extra=1)).w
    within = max(1, round(1 / dt))
    flow = central_flow(objective, descent(eta), start, steps=steps + 1, dt=1 / within, tolerance=1e-4)
    rows, before_w, path = [], start, 0.0
    for t, constrained in zip(range(steps + 1), constrained_trajectory(objective, start, eta), strict=False):
        here = next(flow)
        for _ in range(within - 1):
            next(flow)
        path += float((constrained.w - before_w).norm())
        before_w = constrained.w
        rows.append(
            {
                "step": float(t),
                "distance": float((here.w - constrained.w).norm()),
                "sharpness": float(here.eigenvalues[0] / 2),
                "constrained_sharpness": constrained.curvature.sharpness * eta / 2,
                "second": float(here.eigenvalues[1] / 2),
                "variance": eta * here.variance,
                "delta_squared": constrained.delta_squared,
            }
        )
    series = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    farthest = float(series["distance"].max())
    return ExperimentResult(
        {
            "distance": farthest,
            "path": path,
            "distance_ratio": farthest / path,
            "variance_ratio": float(series["variance"].mean() / series["delta_squared"].mean()),
            "second": float(series["second"].max()),
        },
        series,
    )
