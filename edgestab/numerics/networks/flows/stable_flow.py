r"""The flow of an optimiser that takes no notice of the edge of stability: :math:`\dot w = -P^{-1}\nabla L`.

For GD it is gradient flow; for RMSProp, :math:`\dot\nu = \kappa(g^2 - \nu)` besides (Cohen et al. 2024). As the
eigenvalues of :math:`P^{-1}H` grow without bound, its steps are the damped first-order Chebyshev method, stable for
eigenvalues up to :math:`1.9\,s^2/dt` at the price of s gradients (van der Houwen & Sommeijer 1980).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, sqrt

import torch
from torch import Tensor

from edgestab.errors import InputError
from edgestab.numerics.networks.flows.central_flow import Preconditioner
from edgestab.numerics.networks.losses.objective import Objective, Point
from edgestab.numerics.networks.spectra.eigen import Tracker
from edgestab.numerics.networks.spectra.preconditioned import symmetric

DAMPING = 0.1
"""Of the Chebyshev method: with it the fast components decay by the factor 0.91 a step at least."""


@dataclass(frozen=True)
class FlowState:
    """The flow at one time.

    Parameters
    ----------
    time : float
        In steps of the optimiser.
    point : Point
        w, the loss and the gradient there.
    memory : Tensor
        What P remembers.
    top : float
        The largest eigenvalue of P^-1 H, to the tolerance of the tracker; 2 is the edge.
    """

    time: float
    point: Point
    memory: Tensor
    top: float


def stable_flow(
    objective: Objective,
    preconditioner: Preconditioner,
    w: Tensor,
    memory: Tensor | None = None,
    *,
    steps: float,
    dt: float = 1.0,
    tolerance: float = 1e-2,
    most_stages: int = 60,
) -> Iterator[FlowState]:
    r"""Yield the flow at the times 0, dt, 2 dt, ... up to `steps`, or until P has vanished.

    RMSProp's flow with a short memory comes to a minimum in finite time, where P tends to 0 and the eigenvalues of
    P^-1 H to infinity.

    Parameters
    ----------
    w : Tensor
        The start, shape (p,).
    memory : Tensor, optional
        What P remembers at the start.
    dt : float
        The time step, in steps of the optimiser.
    tolerance : float
        Of the top eigenvector's residual, relative.
    most_stages : int
        How many gradients a step may cost; the flow ends where it needs more.

    Raises
    ------
    InputError
        For a dt or number of steps that cannot be.

    Examples
    --------
    >>> from edgestab.numerics.networks.flows.central_flow import descent
    >>> square = Objective("square", 2, (lambda w: w[0] ** 2 / 2 + 100 * w[1] ** 2,))
    >>> *_, last = stable_flow(square, descent(0.1), torch.ones(2), steps=10, dt=0.1)
    >>> round(float(last.point.w[0]), 2), abs(float(last.point.w[1])) < 1e-4
    (0.37, True)
    """
    if not (dt > 0 and steps >= 0):
        raise InputError(f"need dt > 0 and steps >= 0, got {dt} and {steps}")
    w = objective.vector(w)
    memory = w.new_zeros(1) if memory is None else memory.detach().to(w)
    tracker = Tracker(1, tolerance=tolerance)
    for n in range(int(steps / dt + 1e-9) + 1):
        P, point = preconditioner.diagonal(memory), objective.at(w)
        scale = P.rsqrt()
        top = float(tracker(symmetric(point.hvp, scale), scale * point.gradient).values[0])
        yield FlowState(n * dt, point, memory, top)
        stages = max(1, ceil(sqrt(dt * max(top, 0.0) / 1.5)))
        if stages > most_stages:
            return
        w = _chebyshev_step(objective, point, P, dt, stages=stages)
        if preconditioner.response is not None:
            rate = preconditioner.response(point, memory, point.w[:, None][:, :0]).rate
            memory = memory + dt * rate(torch.zeros(0, 0, dtype=torch.float64).numpy())


def _chebyshev_step(objective: Objective, point: Point, P: Tensor, dt: float, *, stages: int) -> Tensor:
    w0 = 1 + DAMPING / stages**2
    T, slope = [1.0, w0], [0.0, 1.0]
    for _ in range(stages - 1):
        T.append(2 * w0 * T[-1] - T[-2])
        slope.append(2 * T[-2] + 2 * w0 * slope[-1] - slope[-2])
    w1 = T[stages] / slope[stages]
    before, here = point.w, point.w - dt * w1 / w0 * point.gradient / P
    for j in range(2, stages + 1):
        ahead = 2 * w0 * T[j - 1] / T[j] * here - T[j - 2] / T[j] * before
        before, here = here, ahead - 2 * w1 * T[j - 1] / T[j] * dt * objective.gradient(here) / P
    return here
