r"""The predicted dynamics of Damian, Nichani & Lee (2023) around the constrained trajectory.

With :math:`v = w - w^\dagger`, :math:`x = u\cdot v`, :math:`y = \nabla S^\perp\cdot v`, everything evaluated at
:math:`w^\dagger_t`,

.. math:: v_{t+1} = v_t - \eta\left[\tfrac12(x^2 - \delta^2)\nabla S^\perp + \nabla^2L\,v + xy\,u\right].

It is the cubic Taylor expansion of the identity :math:`v_{t+1} = v_t - \eta[\nabla L(w^\dagger + v) -
\nabla L(w^\dagger)] - c_t` in which :math:`D^3L[v, v]` is kept where it has u at least once and the displacement
:math:`c_t` of the projection is :math:`-\eta\delta^2\nabla S^\perp/2`; since S is 2/eta, :math:`x' = -(1 + \eta y)x`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from edgestab.errors import InputError
from edgestab.numerics.networks.stabilization.constrained import ConstrainedPoint

SECOND = 1.9
"""The theory is for one eigenvalue at the edge: the second must stay below 1.9/eta."""


def predicted_step(v: Tensor, here: ConstrainedPoint) -> Tensor:
    """Return the predicted displacement from the constrained trajectory after one more step, shape (p,)."""
    u, perpendicular = here.curvature.u, here.curvature.perpendicular
    x, y = u @ v, perpendicular @ v
    force = (x**2 - here.delta_squared) / 2 * perpendicular + here.point.hvp(v) + x * y * u
    return v - here.eta * force


def generalised_step(v: Tensor, here: ConstrainedPoint) -> Tensor:
    r"""Return the prediction whose force along u is exact to all orders, :math:`u\cdot\nabla L(w^\dagger + xu)`.

    It is better wherever the loss along u is far from quadratic over |x|.
    """
    objective, u, perpendicular = here.point.objective, here.curvature.u, here.curvature.perpendicular
    x, y = u @ v, perpendicular @ v
    along = u @ objective.gradient(here.w + x * u)
    force = (x**2 - here.delta_squared) / 2 * perpendicular + here.point.hvp(v - x * u) + (along + x * y) * u
    return v - here.eta * force


def cubic_step(v: Tensor, here: ConstrainedPoint, after: ConstrainedPoint) -> Tensor:
    r"""Return :math:`v - \eta(\nabla^2L\,v + \tfrac12D^3L[v, v]) - c_t`: the whole cubic Taylor expansion.

    `after` is the next point of the constrained trajectory; its displacement is :math:`c_t`.
    """
    force = here.point.hvp(v) + here.point.third(v, v) / 2
    return v - here.eta * force - after.displacement


def exact_step(v: Tensor, here: ConstrainedPoint, after: ConstrainedPoint) -> Tensor:
    r"""Return :math:`v - \eta[\nabla L(w^\dagger + v) - \nabla L(w^\dagger)] - c_t`, gradient descent itself."""
    force = here.point.objective.gradient(here.w + v) - here.point.gradient
    return v - here.eta * force - after.displacement


@dataclass(frozen=True)
class LocalCoordinates:
    """Where a displacement from the constrained trajectory lies.

    Parameters
    ----------
    x : float
        u . v.
    y : float
        grad S perpendicular to u, dotted with v.
    sharpness : float
        What it predicts: 2/eta + grad S . v (S at the constrained trajectory, where that is below the edge).
    loss : float
        What it predicts: L + x^2/eta.
    """

    x: float
    y: float
    sharpness: float
    loss: float


def local_coordinates(v: Tensor, here: ConstrainedPoint) -> LocalCoordinates:
    """Return x, y, and the sharpness and the loss that they predict."""
    c = here.curvature
    x, y = float(c.u @ v), float(c.perpendicular @ v)
    return LocalCoordinates(x, y, c.sharpness + float(c.gradient @ v), here.point.loss + x * x * c.sharpness / 2)


class Responses:
    r"""The responses :math:`\beta_{s\to t}` of the sharpness at t + 1 to a push at s, followed along a trajectory.

    .. math:: \beta_{s\to t} = \nabla S^\perp_{t+1}\cdot
              \left[\prod_{k=t}^{s+1}(I - \eta\nabla^2L_k)P^\perp_{u_k}\right]\nabla S^\perp_s.

    Parameters
    ----------
    every : int
        A push starts at every so many steps.
    window : int
        Each is followed for so many steps.
    """

    def __init__(self, *, every: int = 50, window: int = 50) -> None:
        if every < 1 or window < 1:
            raise InputError(f"every and window must be at least 1, got {every} and {window}")
        self.every, self.window = every, window
        self._steps = 0
        self._open: list[tuple[list[float], Tensor]] = []
        self._found: list[list[float]] = []

    def __call__(self, here: ConstrainedPoint) -> NDArray[np.float64]:
        r"""Take the next point, t + 1, and return :math:`\beta_{s\to t}` of every s still followed, oldest first."""
        u, perpendicular = here.curvature.u, here.curvature.perpendicular
        kept, row = [], []
        for values, push in self._open:
            values.append(float(perpendicular @ push))
            row.append(values[-1])
            if len(values) < self.window:
                inside = push - u * (u @ push)
                kept.append((values, inside - here.eta * here.point.hvp(inside)))
        if self._steps % self.every == 0:
            self._found.append([])
            kept.append((self._found[-1], perpendicular))
        self._open, self._steps = kept, self._steps + 1
        return np.array(row)

    @property
    def values(self) -> list[NDArray[np.float64]]:
        r"""For each s the values :math:`\beta_{s\to s}, \beta_{s\to s+1}, \dots` so far."""
        return [np.array(values) for values in self._found if values]


class ScalarPrediction:
    r"""The predicted dynamics of x and y alone, for a displacement :math:`v_0 = x_0u_0`.

    .. math:: x_{t+1} = -(1 + \eta y_t)x_t,\qquad
              y_{t+1} = \eta\sum_{s\le t}\beta_{s\to t}\,\frac{\delta_s^2 - x_s^2}{2}.

    It costs one Hessian-vector product for every step before.

    Parameters
    ----------
    x0 : float
        The kick.
    steps : int
        The most steps it will be asked for.
    """

    def __init__(self, x0: float, steps: int) -> None:
        self.x, self.y = x0, 0.0
        self._eta = 0.0
        self._responses = Responses(every=1, window=max(steps, 1))
        self._pushes: list[float] = []

    def __call__(self, here: ConstrainedPoint) -> tuple[float, float]:
        """Take the next point of the trajectory, and return x and y there."""
        row = self._responses(here)
        if self._pushes:
            self.x = -(1 + self._eta * self.y) * self.x
            self.y = self._eta * float(row @ np.array(self._pushes))
        self._eta = here.eta
        self._pushes.append((here.delta_squared - self.x**2) / 2)
        return self.x, self.y


@dataclass(frozen=True)
class Validity:
    r"""Whether the theory speaks about a displacement v from a point of the constrained trajectory.

    Parameters
    ----------
    alpha : float
        Must be positive: without progressive sharpening the constraint is not active.
    second : float
        :math:`\eta\lambda_2`, which must be below 1.9: one eigenvalue at the edge.
    amplitude : float
        |x|/delta, which the theory takes to be of order one; infinite where alpha is not positive.
    """

    alpha: float
    second: float
    amplitude: float

    @property
    def holds(self) -> bool:
        """Whether the hypotheses hold. They are on the constrained trajectory alone; `amplitude` is not looked at."""
        return self.alpha > 0 and self.second < SECOND

    @property
    def reason(self) -> str:
        """What does not hold, in a sentence; empty when all does."""
        if not self.alpha > 0:
            return f"the sharpness falls of itself: alpha = {self.alpha:.3g}"
        if not self.second < SECOND:
            return f"a second eigenvalue comes to the edge: eta lambda_2 = {self.second:.4g}, and the theory is for one"
        return ""


def validity(v: Tensor, here: ConstrainedPoint) -> Validity:
    """Return the hypotheses at a point of the constrained trajectory, and |x|/delta there."""
    c = here.curvature
    delta = (2 * c.alpha / c.beta) ** 0.5 if c.alpha > 0 else 0.0
    amplitude = abs(float(c.u @ v)) / delta if delta > 0 else float("inf")
    return Validity(c.alpha, here.eta * here.second, amplitude)
