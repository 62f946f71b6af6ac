r"""Gradient flow :math:`\dot w = -\nabla L(w)`, sampled at the times :math:`0, \tau, 2\tau, \dots`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import ceil, isfinite

import numpy as np
import torch
from torch import Tensor

from edgestab.errors import InputError
from edgestab.numerics.networks.losses.objective import Objective
from edgestab.numerics.networks.spectra.eigen import Tracker


def flow(
    objective: Objective, w: Tensor, tick: float, *, stride: float = 1.0, tolerance: float = 1e-2
) -> Iterator[Tensor]:
    r"""Yield the flow without end at the times 0, tick, 2 tick, ..., by Runge-Kutta 4 with steps of at most stride/S.

    The sharpness S is measured at every tick. The method is stable for stride below 2.78; at 1 its error is far
    below the distances that the edge of stability makes.

    Parameters
    ----------
    objective : Objective
        The loss.
    w : Tensor
        The start, shape (p,).
    tick : float
        The time between samples; eta, to compare with gradient descent.
    stride : float
        See above.
    tolerance : float
        Of the eigenpairs' residual; see `Tracker`.

    Raises
    ------
    InputError
        Unless tick is positive and finite and stride between 0 and 2.7.
    RuntimeError
        When the flow leaves the finite numbers.

    Examples
    --------
    >>> import torch
    >>> square = Objective("square", 1, (lambda w: w @ w / 2,))
    >>> states = flow(square, torch.ones(1), 0.5, stride=0.1)
    >>> next(states), next(states)
    (tensor([1.], dtype=torch.float64), tensor([0.6065], dtype=torch.float64))
    """
    if not (isfinite(tick) and tick > 0):
        raise InputError(f"the time between samples must be positive and finite, got {tick}")
    if not 0 < stride < 2.7:
        raise InputError(f"stride must be between 0 and 2.7, where Runge-Kutta 4 is stable, got {stride}")
    return _flow(objective, objective.vector(w), tick, stride, Tracker(1, tolerance=tolerance))


def _flow(objective: Objective, w: Tensor, tick: float, stride: float, tracker: Tracker) -> Iterator[Tensor]:
    while True:
        yield w
        point = objective.at(w)
        if not bool(point.gradient.isfinite().all()):
            raise RuntimeError(f"the gradient flow of {objective.name} left the finite numbers: take a smaller stride")
        sharpness = float(tracker(point.hvp, point.gradient).values[0])
        count = max(1, ceil(tick * sharpness / stride))
        h = tick / count
        first = point.gradient
        for k in range(count):
            k1 = first if k == 0 else objective.gradient(w)
            k2 = objective.gradient(w - h / 2 * k1)
            k3 = objective.gradient(w - h / 2 * k2)
            k4 = objective.gradient(w - h * k3)
            w = w - h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


def adaptive_flow(
    objective: Objective, w: Tensor, times: Sequence[float], *, rtol: float = 1e-8, atol: float = 1e-10
) -> Tensor:
    r"""Return the flow at the given times, shape (len(times), p), by SciPy's Runge-Kutta 8(5,3) with adaptive steps.

    Parameters
    ----------
    objective : Objective
        The loss.
    w : Tensor
        The flow at times[0], shape (p,).
    times : sequence of float
        Ascending.
    rtol, atol : float
        Tolerances of a step; see `scipy.integrate.solve_ivp`.

    Raises
    ------
    InputError
        Unless there are two times or more, ascending.
    RuntimeError
        When the solver gives up.
    """
    from scipy.integrate import solve_ivp  # slow to import

    if len(times) < 2 or any(b <= a for a, b in pairwise(times)):
        raise InputError("a gradient flow takes two times or more, in ascending order")

    def velocity(_: float, y: np.ndarray) -> np.ndarray:
        gradient: np.ndarray = objective.gradient(torch.from_numpy(y)).to("cpu", torch.float64).numpy()
        return -gradient

    start = objective.vector(w).to("cpu", torch.float64).numpy()
    found = solve_ivp(velocity, (times[0], times[-1]), start, "DOP853", times, rtol=rtol, atol=atol)
    if not found.success:
        raise RuntimeError(f"the gradient flow of {objective.name} was not found: {found.message}")
    return torch.from_numpy(found.y.T.copy()).to(objective.device, objective.dtype)
