r"""The stable set and the constrained trajectory of Damian, Nichani & Lee (2023).

.. math:: \mathcal M = \{w : S(w) \le 2/\eta,\ \nabla L(w)\cdot u(w) = 0\},\qquad
          w^\dagger_{t+1} = \mathrm{proj}_{\mathcal M}\left(w^\dagger_t - \eta\nabla L(w^\dagger_t)\right).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor

from edgestab.numerics.networks.losses.objective import Objective, Point
from edgestab.numerics.networks.spectra.curvature import Curvature, curvature
from edgestab.numerics.networks.spectra.eigen import Tracker


@dataclass(frozen=True)
class ConstrainedPoint:
    r"""A point of the stable set, as far as the projection came.

    Parameters
    ----------
    point : Point
        The loss, its gradient and its graph there.
    curvature : Curvature
        The top two eigenpairs, grad S, alpha and beta there.
    eta : float
        The step size that defines the set.
    displacement : Tensor
        :math:`c`, by how much the projection moved the point, shape (p,).
    active : bool
        Whether the projection had to lower the sharpness.
    """

    point: Point
    curvature: Curvature
    eta: float
    displacement: Tensor
    active: bool

    @property
    def w(self) -> Tensor:
        """The point, shape (p,)."""
        return self.point.w

    @property
    def excess(self) -> float:
        """S - 2/eta; negative where the constraint on the sharpness is not active."""
        return self.curvature.sharpness - 2 / self.eta

    @property
    def along(self) -> float:
        """The slope along the top eigenvector, u . grad L: zero on the stable set."""
        return float(self.curvature.u @ self.point.gradient)

    @property
    def second(self) -> float:
        """The second eigenvalue; the theory is for one at the edge, so it should be below 1.9/eta."""
        values = self.curvature.pairs.values
        return float(values[1]) if len(values) > 1 else float("-inf")

    @property
    def delta_squared(self) -> float:
        r"""The mean of x^2 that keeps the sharpness at 2/eta: 2 alpha/beta on the edge, 0 where a step stays inside.

        .. math:: \delta^2 = \frac{2}{\eta\beta}\max(0,\ S - 2/\eta + \eta\alpha),

        which is twice the projection's move along :math:`-\nabla S^\perp` over eta.
        """
        rise = self.excess + self.eta * self.curvature.alpha
        return 2 * max(0.0, rise) / (self.eta * self.curvature.beta) if self.curvature.beta > 0 else 0.0


def project(
    objective: Objective, w: Tensor, eta: float, tracker: Tracker, *, substeps: int = 6, tolerance: float = 1e-9
) -> ConstrainedPoint:
    r"""Project w onto the stable set by a few linearised projections.

    One of them moves by

    .. math:: -m\,\nabla S^\perp - \frac{u\cdot\nabla L}{S}u,\qquad m = \frac{S - 2/\eta}{|\nabla S^\perp|^2},

    where m is never so negative that the sum of all m is: the sharpness is lowered to 2/eta where it is above, and
    only raised again as far as a step before lowered it.

    Parameters
    ----------
    objective : Objective
        The loss.
    w : Tensor
        Shape (p,), near the set.
    eta : float
        The step size.
    tracker : Tracker
        Of two eigenpairs or more; what it kept is where its search starts.
    substeps : int
        At most so many.
    tolerance : float
        Fewer, when neither :math:`\eta S` nor :math:`u\cdot\nabla L` is further than this from what it should be.
    """
    start = objective.vector(w)
    displacement, push = start.new_zeros(start.shape), 0.0
    for left in range(substeps, -1, -1):
        point = objective.at(start + displacement)
        c = curvature(point, tracker)
        excess, along = c.sharpness - 2 / eta, float(c.u @ point.gradient)
        move = max(-push, excess / c.beta) if c.beta > 0 else 0.0
        if left == 0 or (eta * c.beta * abs(move) <= tolerance and abs(along) <= tolerance):
            break
        push += move
        displacement = displacement - move * c.perpendicular - (along / c.sharpness) * c.u
    return ConstrainedPoint(point, c, eta, displacement, push > 0)


def constrained_trajectory(
    objective: Objective, w: Tensor, eta: float, *, substeps: int = 6, tolerance: float = 1e-6
) -> Iterator[ConstrainedPoint]:
    r"""Yield the constrained trajectory without end: the projection of w, then a step and its projection, and so on.

    Where the sharpness falls of itself (alpha < 0), the constraint is not active and only
    :math:`u\cdot\nabla L = 0` is enforced.

    Parameters
    ----------
    objective : Objective
        The loss.
    w : Tensor
        Where gradient descent came to the edge, shape (p,).
    eta : float
        The step size.
    substeps : int
        See `project`.
    tolerance : float
        Of the eigenpairs' residual; see `Tracker`.

    Examples
    --------
    On the spring toy the trajectory is one point, where 1 + z = 2/eta.

    >>> import torch
    >>> spring = Objective("spring", 2, (lambda w: (1 + w[1]) * w[0] ** 2 / 2 + (w[1] - 3) ** 2 / 8,))
    >>> states = constrained_trajectory(spring, torch.tensor([0.0, 2.3]), 0.625)
    >>> for _ in range(3):
    ...     here = next(states)
    >>> [abs(round(float(x), 12)) for x in here.w]
    [0.0, 2.2]
    >>> round(here.delta_squared, 12)
    0.4
    """
    tracker = Tracker(2, tolerance=tolerance, extra=1)
    here = project(objective, w, eta, tracker, substeps=substeps)
    while True:
        yield here
        here = project(objective, here.w - eta * here.point.gradient, eta, tracker, substeps=substeps)
