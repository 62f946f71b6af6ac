r"""The edge of stability of full-batch optimizers (Cohen et al. 2021): sharpness before, at and after the crossing.

The edge is where a quadratic becomes unstable for the optimizer (`Optimizer.edge`): 2/eta for gradient descent.
"""

from __future__ import annotations

from math import nan

import numpy as np

from edgestab.numerics.networks.experiments.history import History, follow
from edgestab.numerics.networks.experiments.result import ExperimentResult
from edgestab.numerics.networks.optimizers.registry import update_rule
from edgestab.numerics.networks.specs.problems import problem


def edge_of_stability(
    *,
    seed: int,
    network: str = "chebyshev",
    optimizer: str = "gd",
    eta: float = 0.2,
    steps: int = 4000,
    every: int = 10,
    floor: float = 1e-3,
    **factors: float,
) -> ExperimentResult:
    r"""Train, and measure the sharpness along the way.

    Parameters
    ----------
    network : str
        A name in `PROBLEMS`.
    optimizer : str
        A name in `OPTIMIZERS`; `eta` and `factors` are its settings.
    steps, every : int
        How many steps, and how many between measurements of the sharpness.
    floor : float
        The run ends where the loss falls below it for good: a run that has converged leaves the edge. The plateau is
        the second half of the time from the crossing to the end.

    Returns
    -------
    ExperimentResult
        Statistics: ``start`` (S/edge at the start), ``crossing`` (the step of the first measurement beyond the edge,
        or nan), ``sharpening`` (the fraction of measurements before the crossing with grad L . grad S < 0; GD only),
        ``plateau`` and ``plateau_sd`` (mean and standard deviation of S/edge on the plateau), ``measured`` (how many
        measurements it has), ``highest`` (the largest S/edge), ``rise`` (it over ``start``), ``fall``
        (S at the end over the largest), ``rises_before`` and ``rises_after`` (the fractions of
        steps at which the loss rises, before the crossing and after), ``descent`` (loss at the end over loss at the
        crossing), ``loss`` (at the end). Series: step, sharpness (over the edge), loss_step, loss.
    """
    of = problem(network, seed)
    objective, rule = of.objective, update_rule(optimizer)(eta, **factors)
    history = follow(objective, rule, rule.start(of.start), steps, every=every)
    series = {"step": history.steps, "sharpness": history.sharpness / rule.edge, **history.loss_series}
    return ExperimentResult(_statistics(history, rule.edge, floor), series)


def _statistics(history: History, edge: float, floor: float) -> dict[str, float]:
    losses, steps, ratio = history.losses, history.steps, history.sharpness / edge
    beyond = np.flatnonzero(ratio >= 1)
    first = int(beyond[0]) if len(beyond) else len(ratio)
    at = int(steps[first]) if len(beyond) else len(losses)
    high = np.flatnonzero(losses > floor)
    end = int(high[-1]) if len(high) else -1
    tail = ratio[(steps >= (at + end) / 2) & (steps <= end)] if len(beyond) else ratio[:0]
    rises = np.diff(losses) > 0
    return {
        "start": float(ratio[0]),
        "crossing": float(at) if len(beyond) else nan,
        "sharpening": float((history.slopes[:first] < 0).mean()) if first else nan,
        "plateau": float(tail.mean()) if len(tail) else nan,
        "plateau_sd": float(tail.std()) if len(tail) else nan,
        "measured": float(len(tail)),
        "highest": float(ratio.max()),
        "rise": float(ratio.max() / ratio[0]),
        "fall": float(ratio[-1] / ratio.max()),
        "rises_before": float(rises[:at].mean()) if at else nan,
        "rises_after": float(rises[at:].mean()) if len(rises) > at else nan,
        "descent": float(losses[-1] / losses[at]) if at < len(losses) else nan,
        "loss": float(losses[-1]),
    }
