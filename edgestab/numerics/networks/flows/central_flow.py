r"""Central flows (Cohen et al. 2024): the smooth path about which an optimiser oscillates at the edge of stability.

.. math:: \dot w = -P^{-1}\bigl[\nabla L + \tfrac12\nabla\langle H, \Sigma\rangle\bigr], \qquad H \preceq 2P,

where one unit of time is one step of the optimiser. GD has :math:`P = I/\eta`, so that the constraint is
:math:`S \le 2/\eta`. :math:`\Sigma \succeq 0`, the covariance of the oscillation, lives on the eigenvectors with
:math:`Hu = 2Pu` and is whatever keeps the constraint: it solves a semidefinite complementarity problem. Where no
eigenvalue is at the edge, :math:`\Sigma = 0` and this is gradient flow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from edgestab.errors import InputError
from edgestab.numerics.networks.flows.sdcp import Matrix, solve_sdcp
from edgestab.numerics.networks.losses.objective import Objective, Point
from edgestab.numerics.networks.spectra.eigen import Eigenpairs, Tracker
from edgestab.numerics.networks.spectra.preconditioned import symmetric


@dataclass(frozen=True)
class Response:
    r"""How a preconditioner changes: its memory at the rate a + b[X], and :math:`U^T2\dot PU = A + B[X]`.

    Parameters
    ----------
    A : array
        Shape (k, k).
    B : array
        Shape (k, k, k, k), positive semidefinite.
    rate : callable
        From X to the rate of the memory.
    """

    A: Matrix
    B: Matrix
    rate: Callable[[Matrix], Tensor]


@dataclass(frozen=True)
class Preconditioner:
    r"""The P of a central flow, and what it remembers.

    Parameters
    ----------
    name : str
        The optimiser's.
    diagonal : callable
        From the memory to the diagonal of P, shape (1,) or (p,).
    response : callable, optional
        From the point, the memory and the critical u (shape (p, k), :math:`U^TPU = I`) to the `Response`; None where P
        is constant.
    """

    name: str
    diagonal: Callable[[Tensor], Tensor]
    response: Callable[[Point, Tensor, Tensor], Response] | None = None


def descent(eta: float) -> Preconditioner:
    """Return the preconditioner of GD, P = I/eta; its memory is not used."""
    if not (np.isfinite(eta) and eta > 0):
        raise InputError(f"the step size must be positive and finite, got {eta}")
    return Preconditioner("gd", lambda memory: memory.new_full((1,), 1 / eta))


@dataclass(frozen=True)
class Central:
    r"""A central flow at one time.

    Parameters
    ----------
    time : float
        In steps of the optimiser.
    point : Point
        w, the loss and the gradient there.
    memory : Tensor
        What P remembers: nu of RMSProp.
    P : Tensor
        The diagonal of P, shape (1,) or (p,).
    pairs : Eigenpairs
        Of :math:`P^{-1/2}HP^{-1/2}`, largest first; 2 is the edge.
    X : array
        :math:`\Sigma = UXU^T`, shape (k, k), for the k critical eigenvectors; :math:`U^TPU = I`.
    residual : float
        Of the complementarity problem.
    """

    time: float
    point: Point
    memory: Tensor
    P: Tensor
    pairs: Eigenpairs
    X: Matrix
    residual: float

    @property
    def w(self) -> Tensor:
        """The parameters, shape (p,)."""
        return self.point.w

    @property
    def loss(self) -> float:
        """L(w), which never rises along the flow of GD."""
        return self.point.loss

    @property
    def eigenvalues(self) -> Matrix:
        """Of the preconditioned Hessian; at most 2."""
        return self.pairs.values.numpy()

    @property
    def predicted_loss(self) -> float:
        r"""The mean loss of the optimiser, :math:`L + \tfrac12\langle H, \Sigma\rangle = L + \mathrm{tr} X`."""
        return self.loss + float(np.trace(self.X))

    @property
    def predicted_gradient_squared(self) -> float:
        r"""The mean of :math:`|\nabla L|^2`: its value here plus :math:`\langle H^2, \Sigma\rangle`, with HU = 2PU."""
        flow = float(self.point.gradient @ self.point.gradient)
        k = len(self.X)
        if k == 0:
            return flow
        Y = self.P.sqrt()[:, None] * self.pairs.vectors[:, :k]
        return flow + 4 * float(np.sum(self.X * (Y.T @ Y).cpu().numpy()))

    @property
    def variance(self) -> float:
        r"""The mean of :math:`|P^{1/2}(w_t - w)|^2`: tr X. For GD it is tr(Sigma)/eta."""
        return float(np.trace(self.X))

    def oscillation(self, w: Tensor) -> Tensor:
        r"""The parts of :math:`P^{1/2}(w_t - w)` along the critical eigenvectors, shape (k,)."""
        return self.pairs.vectors[:, : len(self.X)].T @ (self.P.sqrt() * (w - self.w))


def central_flow(
    objective: Objective,
    preconditioner: Preconditioner,
    w: Tensor,
    memory: Tensor | None = None,
    *,
    steps: float,
    dt: float = 1.0,
    band: float = 0.025,
    tolerance: float = 1e-3,
    most_tracked: int = 12,
) -> Iterator[Central]:
    r"""Yield a central flow at the times 0, dt, 2 dt, ... up to `steps`.

    A step is Euler's, except along the tracked eigenvectors, where it is exact for a quadratic: Euler's own step would
    only be stable there for dt < 1. With :math:`\Phi` for the change this makes,
    :math:`M_{ij} = D^3L[u_i, u_j]` and the critical :math:`\lambda_i > 2 - 2\,band`, it is

    .. math:: \Delta w = -dt\,\Phi P^{-1}\bigl(\nabla L + \tfrac12{\textstyle\sum_{kl}} X_{kl}M_{kl}\bigr), \qquad
              A_{ij} = (2 - \lambda_i)\delta_{ij} + dt\,M_{ij}\cdot\Phi P^{-1}\nabla L, \qquad
              B_{ijkl} = \tfrac{dt}2 M_{ij}\cdot\Phi P^{-1}M_{kl},

    so that X keeps the eigenvalues after the step below 2 to first order. What P itself does is added to A and B.
    Eigenvalues are tracked until the next has :math:`dt\,\lambda \le 3/2` and is not critical.

    Parameters
    ----------
    w : Tensor
        The start, shape (p,).
    memory : Tensor, optional
        What P remembers at the start.
    dt : float
        The time step, in steps of the optimiser.
    band : float
        See above: the fraction of the edge below it in which an eigenvalue counts as critical.
    tolerance : float
        Of the eigenvectors' residuals, relative.
    most_tracked : int
        How many eigenvalues may be tracked.

    Raises
    ------
    InputError
        For a dt, band or number of steps that cannot be.
    RuntimeError
        When more eigenvalues need tracking than allowed, or a complementarity problem has no solution: no motion to
        first order keeps the constraint.
    """
    if not (dt > 0 and steps >= 0 and 0 < band < 1):
        raise InputError(f"need dt > 0, steps >= 0 and 0 < band < 1, got {dt}, {steps} and {band}")
    w = objective.vector(w)
    memory = w.new_zeros(1) if memory is None else memory.detach().to(w)
    tracker = Tracker(2, tolerance=tolerance, extra=1)
    edge = 2 - 2 * band
    for n in range(int(steps / dt + 1e-9) + 1):
        P, point = preconditioner.diagonal(memory), objective.at(w)
        pairs = _tracked(point, P, tracker, min(edge, 1.5 / dt), most_tracked)
        k = int((pairs.values > edge).sum())
        drift = drift_of(point, memory, preconditioner, pairs, k, dt)
        found = solve_sdcp(np.diag(2 - pairs.values[:k].numpy()) + dt * drift.A, dt * drift.B)
        yield Central(n * dt, point, memory, P, pairs, found.X, found.residual)
        w = w + dt * drift.velocity(found.X)
        if drift.response is not None:
            memory = memory + dt * drift.response.rate(found.X)


@dataclass(frozen=True)
class Drift:
    r"""The rates of a central flow as functions of X: :math:`U^T(2\dot P - \dot H)U = A + B[X]`.

    Parameters
    ----------
    A : array
        Shape (k, k).
    B : array
        Shape (k, k, k, k), positive semidefinite.
    velocity : callable
        From X to the rate of w.
    response : Response, optional
        What P does, which A and B include.
    """

    A: Matrix
    B: Matrix
    velocity: Callable[[Matrix], Tensor]
    response: Response | None


def drift_of(
    point: Point, memory: Tensor, preconditioner: Preconditioner, pairs: Eigenpairs, k: int, dt: float = 0.0
) -> Drift:
    r"""Return the rates of a central flow whose first k eigenvectors are critical, as means over a step dt.

    Parameters
    ----------
    pairs : Eigenpairs
        Of :math:`P^{-1/2}HP^{-1/2}`, k or more.
    dt : float
        With 0, :math:`\Phi` is the identity; see `central_flow`.
    """
    scale = preconditioner.diagonal(memory).rsqrt()
    Z = pairs.vectors
    z = dt * pairs.values
    relaxed = (torch.where(z.abs() > 1e-6, -torch.expm1(-z) / z, 1 - z / 2) - 1).to(Z)

    def phi(v: Tensor) -> Tensor:
        return v + Z @ (relaxed[:, None] * (Z.T @ v)) if v.ndim == 2 else v + Z @ (relaxed * (Z.T @ v))

    g = scale * point.gradient
    U = scale[:, None] * Z[:, :k]
    response = preconditioner.response(point, memory, U) if preconditioner.response else None
    upper = [(i, j) for i in range(k) for j in range(i, k)]
    place = np.zeros((k, k), dtype=int)
    for n, (i, j) in enumerate(upper):
        place[i, j] = place[j, i] = n
    columns = [U[:, i].contiguous() for i in range(k)]
    M = torch.stack([scale * point.third(columns[i], columns[j]) for i, j in upper], dim=1) if k else Z[:, :0]
    moved_g, moved_M = phi(g), phi(M)
    A = _small(M.T @ moved_g)[place]
    B = _small(M.T @ moved_M)[place[:, :, None, None], place[None, None, :, :]] / 2

    def velocity(X: Matrix) -> Tensor:
        weights = torch.tensor([X[i, j] * (1 if i == j else 2) for i, j in upper], dtype=torch.float64).to(M)
        return -scale * (moved_g + moved_M @ weights / 2)

    if response is not None:
        A, B = A + response.A, B + response.B
    return Drift(A, B, velocity, response)


def _tracked(point: Point, P: Tensor, tracker: Tracker, above: float, most: int) -> Eigenpairs:
    """The top eigenpairs, as many as are above a value and at least one that is not."""
    scale = P.rsqrt()
    while True:
        pairs = tracker(symmetric(point.hvp, scale), scale * point.gradient)
        if len(pairs.values) == len(point.w) or float(pairs.values[-1]) <= above:
            return pairs
        if tracker.k >= most:
            raise RuntimeError(
                f"{most} eigenvalues of the preconditioned Hessian are above {above:.3g}, the last "
                f"{float(pairs.values[-1]):.3g} (2 is the edge): shorten dt, or allow more to be tracked"
            )
        tracker.k += 1


def _small(v: Tensor) -> Matrix:
    """A small tensor as an array in float64."""
    array: Matrix = v.to("cpu", torch.float64).numpy()
    return array
