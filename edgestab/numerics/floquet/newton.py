r"""A cycle of a map in many dimensions refined by Newton's method, :math:`(M - I)\,dx = x - F^p(x)`.

The equations are solved by LSMR, with products by M and its transpose. Along symmetries and families of cycles M - I
vanishes: the least solution moves across them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import LinearOperator, lsmr

from edgestab.errors import InputError
from edgestab.numerics.floquet.dynamics import Dynamics, Vector
from edgestab.numerics.floquet.monodromy import Monodromy

STEPS = 30
"""Newton steps at most."""

PRODUCTS = 150
"""Iterations of LSMR a step, at most: the next step goes on from there."""

SAME = 1e-7
"""Points of a cycle nearer than this, relative to their norm, are one."""


@dataclass(frozen=True, eq=False)
class Cycle:
    """A cycle of gradient descent.

    Parameters
    ----------
    points : tuple of ndarray
        The points in their order.
    residual : float
        :math:`|F^p(x) - x| / |x|` at the first of them.
    steps : int
        Newton steps taken.
    problem : str
        Why it is not settled, in words; empty where it is.
    """

    points: tuple[NDArray[np.float64], ...]
    residual: float
    steps: int
    problem: str = ""

    @property
    def period(self) -> int:
        """The number of points."""
        return len(self.points)

    @property
    def settled(self) -> bool:
        """Whether the points are a cycle up to rounding."""
        return not self.problem


def refine(dynamics: Dynamics, start: Vector, period: int, *, tolerance: float = 1e-12) -> Cycle:
    """Return the cycle near a start.

    Parameters
    ----------
    dynamics : Dynamics
        The map.
    start : ndarray
        Shape (p,), such as the last iterate of an orbit.
    period : int
        The number of points of the cycle. A cycle that turns out to be shorter is returned with its own points.
    tolerance : float
        The residual to reach, relative to the norm of the point.

    Returns
    -------
    Cycle
        With a `problem` where Newton's method stalled: near a bifurcation the equations are almost singular.

    Raises
    ------
    InputError
        When the start is not finite, or the period below 1.

    Examples
    --------
    >>> logistic = Dynamics(lambda x: 2 * x - 3 * (1 - 2 * x) + 0 * x, lambda x: lambda v: 8 * v, 0.1)
    >>> refine(logistic, np.array([0.3]), 1).points[0].round(12)
    array([0.375])
    """
    x = np.array(start, dtype=np.float64)
    if x.ndim != 1 or not np.isfinite(x).all():
        raise InputError("the start of a cycle must be a vector of finite numbers")
    if period < 1:
        raise InputError(f"the period must be at least 1, got {period}")
    points = _orbit(dynamics, x, period)
    away = points[-1] - x
    stall, taken = "", 0
    while _relative(away, x) > tolerance:
        if taken == STEPS:
            stall = f"after {STEPS} Newton steps"
            break
        taken += 1
        monodromy = Monodromy(dynamics, points[:-1])
        operator = LinearOperator(
            (len(x), len(x)),
            matvec=lambda v, m=monodromy: m.times(v) - v,
            rmatvec=lambda v, m=monodromy: m.transposed_times(v) - v,
            dtype=np.float64,
        )
        move = lsmr(operator, -away, atol=1e-13, btol=1e-13, conlim=1e14, maxiter=PRODUCTS)[0]
        tried = _damped(dynamics, x, move, away, period)
        if tried is None:
            stall = "where no step makes it smaller"
            break
        x, points, away = tried
    residual = _relative(away, x)
    shorter = next((q for q in range(1, period) if period % q == 0 and _relative(points[q] - x, x) <= SAME), period)
    if stall and residual <= 1e3 * tolerance:
        stall = ""  # rounding
    problem = (
        ""
        if not stall
        else (
            f"Newton's method stalled at a residual of {residual:.1g} {stall}: critical slowing near a bifurcation, "
            f"or no cycle of period {period} is near"
        )
    )
    return Cycle(tuple(points[:shorter]), residual, taken, problem)


def _damped(
    dynamics: Dynamics, x: Vector, move: Vector, away: Vector, period: int
) -> tuple[Vector, list[Vector], Vector] | None:
    size = float(np.linalg.norm(away))
    for k in range(12):
        there = x + 0.5**k * move
        with np.errstate(over="ignore", invalid="ignore"):
            points = _orbit(dynamics, there, period)
            rest = points[-1] - there
        if np.isfinite(rest).all() and np.linalg.norm(rest) < size:
            return there, points, rest
    return None


def _orbit(dynamics: Dynamics, x: Vector, period: int) -> list[Vector]:
    points = [x]
    for _ in range(period):
        points.append(dynamics.step(points[-1]))
    return points


def _relative(difference: Vector, x: Vector) -> float:
    return float(np.linalg.norm(difference) / max(float(np.linalg.norm(x)), np.finfo(float).tiny))
