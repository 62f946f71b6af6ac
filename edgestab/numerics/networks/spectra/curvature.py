r"""Sharpness and what Damian et al. (2023) derive from it at one point.

.. math:: \alpha = -\nabla L\cdot\nabla S^\perp,\quad \beta = |\nabla S^\perp|^2,\quad \delta^2 = 2\alpha/\beta,
          \qquad \nabla S = D^3L[u, u],\quad \nabla S^\perp = (I - uu^T)\nabla S.

At the edge of stability the iterates alternate about a slowly moving path, and sharpness with them: measured at a
`midpoint`, the alternation cancels.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from edgestab.errors import InputError
from edgestab.numerics.networks.losses.objective import Objective, Point
from edgestab.numerics.networks.spectra.eigen import Eigenpairs, Tracker

LARGEST = 5000
"""The most parameters of a Hessian that is written out: 200 MB in float64."""


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

    Examples
    --------
    With :math:`L = (1 + y)x^2/2 - y` the sharpness at (0, y) is 1 + y, and the loss falls in the direction in which
    it rises:

    >>> spring = Objective("spring", 2, (lambda w: (1 + w[1]) * w[0] ** 2 / 2 - w[1],))
    >>> here = curvature(spring.at(torch.tensor([0.0, 2.0])), Tracker(2))
    >>> isinstance(here, Curvature), round(here.sharpness, 6), round(here.eigengap, 6)
    (True, 3.0, 1.0)
    >>> round(here.alpha, 6), round(here.beta, 6), round(here.delta_squared, 6)
    (1.0, 1.0, 2.0)
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
    def eigengap(self) -> float:
        """`(S - lambda_2)/|S|`: how far S is from not being simple. Of one pair alone, as well as lambda_2 is known."""
        values = self.pairs.values
        second = float(values[1]) if len(values) > 1 else self.pairs.next
        return (self.sharpness - second) / abs(self.sharpness)

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


def sharpness(objective: Objective, w: Tensor, *, tolerance: float = 1e-6, seed: int = 0) -> float:
    r"""Return :math:`S(w) = \lambda_{\max}(\nabla^2L(w))`, from a random start and audited.

    Parameters
    ----------
    w : Tensor
        Shape (p,).
    tolerance : float
        Of the residual, relative; the error of S is of its square. Along a trajectory a `Tracker` costs far less.

    Examples
    --------
    >>> from edgestab.numerics.networks.losses.objective import Objective
    >>> saddle = Objective("saddle", 2, (lambda w: (3 * w[0] ** 2 - 5 * w[1] ** 2) / 2,))
    >>> round(sharpness(saddle, torch.ones(2)), 9)
    3.0
    """
    point = objective.at(w)
    return float(Tracker(1, tolerance=tolerance, seed=seed)(point.hvp, point.gradient).values[0])


def dense_hessian(objective: Objective, w: Tensor) -> Tensor:
    """Return the Hessian, shape (p, p), symmetric, from p products: a reference for small networks.

    Raises
    ------
    InputError
        When there are more than `LARGEST` parameters.
    """
    if objective.size > LARGEST:
        raise InputError(
            f"{objective.name} has {objective.size} parameters: a Hessian is written out for {LARGEST} at most; use "
            "products and a Tracker"
        )
    point = objective.at(w)
    rows = torch.stack([point.hvp(e) for e in torch.eye(objective.size, dtype=objective.dtype, device=point.w.device)])
    return (rows + rows.T) / 2


def midpoint(before: Tensor, here: Tensor, after: Tensor | None = None) -> Tensor:
    """Return the middle of two iterates, or (before + 2 here + after)/4 of three, where an alternation cancels.

    Of three it cancels also where its amplitude changes at a constant rate.

    Examples
    --------
    >>> w = [torch.tensor([x]) for x in (1.0, -1.5, 2.0)]
    >>> midpoint(*w)
    tensor([0.])
    """
    return (before + here) / 2 if after is None else (before + 2 * here + after) / 4
