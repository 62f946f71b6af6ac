r"""Sharpness and what Damian et al. (2023) derive from it at one point.

.. math:: \alpha = -\nabla L\cdot\nabla S^\perp,\quad \beta = |\nabla S^\perp|^2,\quad \delta^2 = 2\alpha/\beta,
          \qquad \nabla S = D^3L[u, u],\quad \nabla S^\perp = (I - uu^T)\nabla S.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from numerics.networks.eigen import Eigenpairs, Tracker
from numerics.networks.objective import Point


@dataclass(frozen=True)
class Curvature:
    r"""The sharpness and its gradient.

    Parameters
    ----------
    pairs : Eigenpairs
        The top eigenpairs; the first is (S, u).
    gradient : Tensor
        :math:`\nabla S = D^3L[u, u]`, shape (p,); it is the gradient of S where S is simple.
    perpendicular : Tensor
        :math:`\nabla S^\perp`, shape (p,).
    alpha, beta : float
        See above. alpha may be negative; then delta is not defined and `delta_squared` is negative.
    """

    pairs: Eigenpairs
    gradient: Tensor
    perpendicular: Tensor
    alpha: float
    beta: float

    @property
    def sharpness(self) -> float:
        """S."""
        return float(self.pairs.values[0])

    @property
    def u(self) -> Tensor:
        """The top eigenvector, shape (p,)."""
        return self.pairs.vectors[:, 0]

    @property
    def delta_squared(self) -> float:
        """2 alpha/beta."""
        return 2 * self.alpha / self.beta


def curvature(point: Point, tracker: Tracker) -> Curvature:
    """Return the curvature at a point; the tracker starts from where it was last asked."""
    pairs = tracker(point.hvp, point.gradient)
    u = pairs.vectors[:, 0]
    gradient = point.third(u, u)
    perpendicular = gradient - u * (u @ gradient)
    alpha = -float(point.gradient @ perpendicular)
    return Curvature(pairs, gradient, perpendicular, alpha, float(perpendicular @ perpendicular))
