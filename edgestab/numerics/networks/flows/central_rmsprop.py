r"""The central flows of RMSProp with one scale and with many (Cohen et al. 2024); where P rests.

.. math:: \dot\nu = \kappa\,(E[g^2] - \nu), \qquad \kappa = (1 - \beta_2)/\beta_2, \qquad P = \sqrt\nu/\eta,

with :math:`E[g^2] = g^2 + (4\nu/\eta^2)\,\mathrm{diag}\,\Sigma` coordinate by coordinate, since
:math:`H\Sigma H = 4P\Sigma P`; with one scale, :math:`|g|^2 + (4\nu/\eta^2)\,\mathrm{tr}\,\Sigma`. The factor
:math:`\kappa` rather than :math:`1 - \beta_2` makes nu the one that the step from w divides by.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from edgestab.errors import InputError
from edgestab.numerics.networks.flows.central_flow import Preconditioner, Response
from edgestab.numerics.networks.flows.sdcp import Matrix
from edgestab.numerics.networks.losses.objective import Point


def scalar_rmsprop_preconditioner(eta: float, beta2: float) -> Preconditioner:
    """Return the preconditioner of RMSProp with one scale; its memory is nu, shape (1,)."""
    kappa = _kappa(eta, beta2)

    def response(point: Point, nu: Tensor, U: Tensor) -> Response:
        N = (U.T @ U).to("cpu", torch.float64).numpy()
        scale, square = float(nu), float(point.gradient @ point.gradient)
        A = N * kappa * (square - scale) / (eta * scale**0.5)
        B = 4 * kappa * scale**0.5 / eta**3 * np.multiply.outer(N, N)
        return Response(A, B, lambda X: kappa * (square - nu + 4 * nu / eta**2 * float(np.sum(N * X))))

    return Preconditioner("scalar-rmsprop", lambda nu: nu.sqrt() / eta, response)


def rmsprop_preconditioner(eta: float, beta2: float) -> Preconditioner:
    """Return the preconditioner of RMSProp; its memory is nu, shape (p,), all of it positive."""
    kappa = _kappa(eta, beta2)

    def response(point: Point, nu: Tensor, U: Tensor) -> Response:
        k = U.shape[1]
        root = nu.sqrt()
        pairs = (U[:, :, None] * U[:, None, :]).reshape(len(U), k * k)
        A = pairs.T @ (kappa / eta * (point.gradient**2 - nu) / root)
        B = 4 * kappa / eta**3 * pairs.T @ (root[:, None] * pairs)

        def rate(X: Matrix) -> Tensor:
            spread = pairs @ torch.tensor(X.ravel()).to(pairs)
            return kappa * (point.gradient**2 - nu + 4 * nu / eta**2 * spread)

        a, b = (v.to("cpu", torch.float64).numpy() for v in (A, B))
        return Response(a.reshape(k, k), b.reshape(k, k, k, k), rate)

    return Preconditioner("rmsprop", lambda nu: nu.sqrt() / eta, response)


def scalar_variance(
    *, gradient: Tensor, sharpness: float, sharpness_gradient: Tensor, eta: float, beta2: float
) -> float:
    r"""Return the variance of scalar RMSProp's oscillation at its edge, where :math:`\eta S = 2\sqrt\nu`.

    .. math:: \sigma^2 = \frac{2\langle -g, \nabla S\rangle + \kappa\,(S^2/2 - 2|g|^2/\eta^2)}
                              {|\nabla S|^2 + 2\kappa S^2/\eta^2},

    which solves :math:`d(\eta S/\sqrt\nu)/dt = 0`; negative where the flow leaves the edge.

    Examples
    --------
    >>> g = torch.tensor([0.0, -1.0], dtype=torch.float64)
    >>> scalar_variance(gradient=g, sharpness=2.0, sharpness_gradient=-4 * g, eta=1.0, beta2=1.0)
    0.5
    """
    if not (eta > 0 and 0 < beta2 <= 1):
        raise InputError(f"need eta > 0 and 0 < beta2 <= 1, got {eta} and {beta2}")
    kappa = (1 - beta2) / beta2
    square, rise = float(gradient @ gradient), float(sharpness_gradient @ sharpness_gradient)
    above = -2 * float(gradient @ sharpness_gradient) + kappa * (sharpness**2 / 2 - 2 * square / eta**2)
    return above / (rise + 2 * kappa * sharpness**2 / eta**2)


@dataclass(frozen=True)
class Stationary:
    """The preconditioner at which RMSProp's central flow rests while w stays.

    Parameters
    ----------
    P : array
        Its diagonal, shape (n,).
    multiplier : array
        Of H <= 2P, shape (n, n): (2/eta^2) Sigma.
    residual : float
        The largest of the optimality conditions' residuals, relative.
    """

    P: Matrix
    multiplier: Matrix
    residual: float


def stationary_preconditioner(H: Matrix, g: Matrix, eta: float, *, tolerance: float = 1e-7) -> Stationary:
    r"""Return the stationary preconditioner of RMSProp (Cohen et al. 2024), for a small Hessian.

    .. math:: \min_{P = \mathrm{diag}(P) \succeq 0} \mathrm{tr} P + \frac1{\eta^2}\sum_i\frac{g_i^2}{P_i}
              \quad\text{with}\quad H \preceq 2P,

    by Newton's method on a logarithmic barrier. With the multiplier :math:`\Lambda = (2/\eta^2)\Sigma` the condition of
    optimality :math:`1 - g_i^2/(\eta P_i)^2 - 2\Lambda_{ii} = 0` says that :math:`\dot\nu_i = 0`.

    Parameters
    ----------
    H : array
        Shape (n, n), symmetric.
    g : array
        The gradient, shape (n,).

    Raises
    ------
    InputError
        For shapes that do not fit.
    RuntimeError
        When the residual stays above the tolerance.

    Examples
    --------
    >>> found = stationary_preconditioner(np.diag([4.0, 1.0]), np.array([0.0, 3.0]), 1.0)
    >>> found.P.round(6), found.multiplier.round(6) + 0.0
    (array([2., 3.]), array([[0.5, 0. ],
           [0. , 0. ]]))
    """
    H, g = np.asarray(H, dtype=float), np.asarray(g, dtype=float)
    n = len(g)
    if H.shape != (n, n) or g.shape != (n,) or n == 0:
        raise InputError(f"H must have the shape (n, n) and g (n,), got {H.shape} and {g.shape}")
    unit = float(np.linalg.norm(H, 2) + np.abs(g).max() / eta) or 1.0
    H, forcing = (H + H.T) / 2 / unit, (g / (eta * unit)) ** 2
    P = np.full(n, 2.0)
    for weight in 10.0 ** np.arange(8):
        P, multiplier = _central_point(H, forcing, P, weight)
    # The central path is analytic in 1/weight, and rounding grows with the weight: extrapolate to its end.
    further, other = _central_point(H, forcing, P, 2 * weight)
    P, multiplier = 2 * further - P, 2 * other - multiplier
    slack = 2 * np.diag(P) - H
    residual = max(
        float(np.abs(P - forcing / P - 2 * P * np.diag(multiplier)).max()),
        float(abs(np.sum(multiplier * slack))),
        max(0.0, -float(np.linalg.eigvalsh(slack)[0])),
        max(0.0, -float(np.linalg.eigvalsh(multiplier)[0])),
    )
    if not residual <= tolerance:
        raise RuntimeError(f"the stationary preconditioner was not found: residual {residual:.1e} of {tolerance:g}")
    return Stationary(P * unit, multiplier, residual)


def _central_point(H: Matrix, forcing: Matrix, P: Matrix, weight: float) -> tuple[Matrix, Matrix]:
    """The minimiser of the objective less barriers/weight, and its multiplier."""
    for _ in range(200):
        inverse = np.linalg.inv(2 * np.diag(P) - H)
        slope = weight * (1 - forcing / P**2) - 2 * np.diag(inverse) - 1 / P
        bend = weight * np.diag(2 * forcing / P**3) + 4 * inverse**2 + np.diag(P**-2)
        change = -np.linalg.solve(bend, slope)
        decrement = max(0.0, -float(slope @ change)) ** 0.5
        P = P + change / (1 + decrement)  # self-concordant: it stays inside
        if decrement < 1e-7:
            break
    inverse = np.linalg.inv(2 * np.diag(P) - H)
    return P, (inverse + inverse.T) / 2 / weight


def _kappa(eta: float, beta2: float) -> float:
    if not (np.isfinite(eta) and eta > 0 and 0 < beta2 < 1):
        raise InputError(f"need a positive finite step size and 0 < beta2 < 1, got {eta} and {beta2}")
    return (1 - beta2) / beta2
