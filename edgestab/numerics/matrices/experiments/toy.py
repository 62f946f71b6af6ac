r"""Runs of the toy :math:`(\theta_1\theta_2)^2` from (-0.1, 10): its top eigenvector, loss and sharpness."""

from __future__ import annotations

import numpy as np

from edgestab.errors import InputError
from edgestab.numerics.experiment import ExperimentResult

START = (-0.1, 10.0)


def toy(*, seed: int, eta: float, steps: int = 20_000) -> ExperimentResult:
    r"""Run to a loss of 1e-28; nothing is random.

    Returns
    -------
    ExperimentResult
        Statistics: ``steps`` (how many), ``angle`` (the largest angle in degrees between the Hessian's top eigenvector
        and the axis of theta_1), ``loss`` (the largest), ``unstable`` (steps in which \|theta_1 theta_2\| grows),
        ``sharpness`` (at the end), ``exceptions`` (steps in which the angle grows and eta tr H < 2, or shrinks and eta
        tr H > 2, while the loss is above 1e-20). Series: ``step``, ``angle``, ``loss``, ``sharpness``, ``edge``.

    Raises
    ------
    InputError
        When the run does not come to a loss of 1e-28.
    """
    del seed
    first, second = START
    rows = []
    for _ in range(steps):
        product, trace = first * second, 2 * (first**2 + second**2)
        spread = second**2 - first**2
        angle = np.degrees(np.arctan2(4 * product, spread) / 2)
        sharpness = trace / 2 + np.hypot(spread, 4 * product)
        rows.append((abs(angle), product**2, sharpness, trace))
        if product**2 < 1e-28:
            break
        first, second = first - 2 * eta * product * second, second - 2 * eta * product * first
    else:
        raise InputError(f"no end within {steps} steps at eta = {eta}: take a smaller step size")
    angle, loss, sharpness, trace = np.array(rows).T
    resolved = loss[:-1] > 1e-20
    growing, unstable = np.diff(angle) > 0, eta * trace[:-1] > 2
    return ExperimentResult(
        {
            "steps": float(len(loss) - 1),
            "angle": float(angle.max()),
            "loss": float(loss.max()),
            "unstable": float((np.diff(loss) > 0).sum()),
            "sharpness": float(sharpness[-1]),
            "exceptions": float(((growing != unstable) & resolved).sum()),
        },
        {
            "step": np.arange(len(loss), dtype=np.float64),
            "angle": angle,
            "loss": loss,
            "sharpness": sharpness,
            "edge": np.full(len(loss), 2 / eta),
        },
    )
