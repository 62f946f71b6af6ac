r"""The law of landing on any manifold of minima, in floating point: predicted at the edge, and simulated.

With the notation of `edgestab.theory.landing`: beside a minimum at which :math:`\lambda = 2/\eta`,
:math:`S_\infty = 2/\eta - G/(2C)`. The minimum is found from one that is steeper by going down the sharpness along the
minima, as orbits on the 2-cycle do.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from edgestab.errors import InputError
from edgestab.numerics.orbits.landing import BESIDE, BEYOND, RULES
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.orbits.sweep import sweep
from edgestab.numerics.printers import reference
from edgestab.numerics.programs.program import Program, program_of
from edgestab.theory.loss import Loss
from edgestab.theory.models.of_loss import model_of_loss
from edgestab.theory.symbols import ETA, symbol

Array = NDArray[np.float64]

FLAT = 1e-7
"""Eigenvalues of a Hessian at a minimum below this part of the largest are those of tangents of the minima."""

_STEPS = 200  # Newton steps to a minimum, and steps along the minima, at most.


@dataclass(frozen=True)
class Edge:
    """A minimum, and what decides where orbits land beside it.

    Parameters
    ----------
    point : ndarray, shape (n,)
        The minimum.
    sharpness : float
        The largest eigenvalue of the Hessian.
    direction : ndarray, shape (n,)
        Its unit eigenvector u.
    slope : ndarray, shape (n,)
        P T: the slope of the sharpness along the minima.
    cubic : float
        C; the flip at the edge is supercritical where it is positive.
    """

    point: Array
    sharpness: float
    direction: Array
    slope: Array
    cubic: float

    @property
    def gap(self) -> float:
        """G/(2C): how far below 2/eta orbits end."""
        return float(self.slope @ self.slope) / (2 * self.cubic)


@functools.lru_cache(maxsize=64)
def _programs(loss: Loss) -> tuple[Program, Program]:
    """The gradient and the Hessian; D^3L[u, u, .] and D^4L[u, u, u, u] of a fixed u."""
    names = loss.parameters
    u = [symbol(f"u_{k}") for k in range(len(names))]
    curvature = sp.Add(*(loss.hessian[i, j] * u[i] * u[j] for i in range(len(u)) for j in range(len(u))))
    third = [sp.diff(curvature, s) for s in names]
    fourth = sp.Add(
        *(sp.diff(t, s) * v * w for t, v in zip(third, u, strict=True) for s, w in zip(names, u, strict=True))
    )
    return program_of([*loss.gradient, *loss.hessian], names), program_of([*third, fourth], (*names, *u))


def edge_at(loss: Loss, near: Array) -> Edge:
    """Return the minimum beside a point, by Newton's steps across the minima.

    Raises
    ------
    InputError
        When there is none, or its largest eigenvalue is not alone.

    Examples
    --------
    >>> quartic = Loss.parse("(1 - x**2*y**2)**2/4", "x y")
    >>> edge = edge_at(quartic, np.array([3.0, 0.3]))
    >>> round(edge.sharpness, 4), round(edge.gap, 5)
    (20.2, 0.04619)
    """
    first, higher = _programs(loss)
    n = len(loss.parameters)
    point = np.array(near, dtype=float)
    for _ in range(_STEPS):
        found = np.array([float(v) for v in reference.evaluate(first, list(point))])
        hessian = found[n:].reshape(n, n)
        if not np.isfinite(found).all():
            break
        values, vectors = np.linalg.eigh(hessian)
        steep = np.abs(values) > FLAT * np.abs(values).max()
        move = vectors[:, steep] @ ((vectors[:, steep].T @ found[:n]) / values[steep])
        if np.linalg.norm(move) <= 1e-14 * np.linalg.norm(point):
            if values[0] < -FLAT * values[-1] or (n > 1 and values[-2] > values[-1] * (1 - 1e-6)):
                break
            u = vectors[:, -1]
            *third, fourth = (float(v) for v in reference.evaluate(higher, [*point, *u]))
            inside = vectors[:, steep].T @ third
            slope = np.array(third) - vectors[:, steep] @ inside
            return Edge(point, float(values[-1]), u, slope, float(inside**2 @ (1 / values[steep])) - fourth / 3)
        point = point - move
    raise InputError(f"no minimum with a largest eigenvalue of its own was found beside {np.asarray(near).tolist()}")


def at_sharpness(loss: Loss, near: Array, sharpness: float) -> Edge:
    """Return the minimum of a given sharpness that is reached along the slope of the sharpness on the minima.

    Raises
    ------
    InputError
        When the sharpness does not change that far.
    """
    edge = edge_at(loss, near)
    for _ in range(_STEPS):
        off = sharpness - edge.sharpness
        if abs(off) <= 1e-13 * sharpness:
            return edge
        square = float(edge.slope @ edge.slope)
        if square == 0:
            break
        move = edge.slope * (off / square)
        length, most = np.linalg.norm(move), 0.05 * np.linalg.norm(edge.point)
        edge = edge_at(loss, edge.point + move * min(1.0, float(most / length)))
    raise InputError(f"along these minima the sharpness does not become {sharpness:g}")


def landed(loss: Loss, near: Array, eta: float) -> tuple[Edge, float]:
    r"""Return the minimum at the edge, and :math:`2/\eta - S` at the end of an orbit that begins beyond it.

    Parameters
    ----------
    loss : Loss
        The loss.
    near : ndarray, shape (n,)
        A point near a minimum from which the edge is reached along the slope of the sharpness.
    eta : float
        The step size.

    Returns
    -------
    tuple of Edge and float
        NaN where the orbit converged nowhere.

    Raises
    ------
    InputError
        When no such minimum is found, or C is not positive there: then no 2-cycle attracts.

    Examples
    --------
    >>> edge, gap = landed(Loss.parse("(1 - x*y**2)**2/2", "x y"), np.array([5.0, 0.45]), 0.1)
    >>> round(edge.gap, 5), round(gap, 5)
    (0.00984, 0.00982)
    """
    edge = at_sharpness(loss, near, 2 / eta)
    above = at_sharpness(loss, edge.point, (2 / eta) * (1 + BEYOND / 2))
    if not min(edge.cubic, above.cubic) > 0:
        raise InputError(
            f"C = {edge.cubic:g} at the edge: where it is not positive no 2-cycle attracts orbits beyond it"
        )
    amplitude = np.sqrt(above.sharpness * (eta * above.sharpness - 2) / above.cubic)
    start = above.point + BESIDE * amplitude * above.direction
    found = sweep(model_of_loss(loss), start[:, None], {ETA: np.array([eta])}, rules=RULES)
    converged = bool(found["status"].values[0] == Status.CONVERGED)
    return edge, 2 / eta - float(found["sharpness"].values[0]) if converged else float("nan")
