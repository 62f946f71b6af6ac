r"""Rigorous limits: from an enclosed iterate to an enclosed limit, by a contraction proved in ball arithmetic.

Two arguments are used. Near a set of minima :math:`\{\rho = 0\}` whose residual divides the step,
:math:`F(\theta) - \theta = \rho(\theta)V(\theta)`, the mean value theorem gives
:math:`\rho(F(\theta)) = \rho(\theta)\,(1 + \nabla\rho(\xi)\cdot V(\theta))`. If the bracket is at most
:math:`\mu < 1` in modulus on the ball of radius r, and :math:`\sup|V|\,|\rho(\theta_T)|/(1-\mu) < r`, the orbit
stays in the ball and converges to a point of the set. Near an isolated limit or a cycle, a box that the
p-step map carries into itself with a Jacobian of norm below one (in the coordinates of its eigenvectors)
contains exactly one p-cycle, which attracts the box.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import flint
import numpy as np
import sympy as sp

from numerics.balls import BallMap, Point, TooImprecise, values
from numerics.printers.ball import ball
from theory.models.base import LimitSet, Model
from theory.stepmap import StepMap


@dataclass(frozen=True)
class Limit:
    """An enclosure of the point an orbit converges to.

    Parameters
    ----------
    name : str
        The set of minima.
    point : tuple of arb
        Contains the limit.
    """

    name: str
    point: Point


@dataclass(frozen=True)
class Cycle:
    """An attracting cycle, one box for each of its points; the orbit stays in their union for ever."""

    boxes: tuple[Point, ...]


@functools.lru_cache(maxsize=128)
def velocity(step: StepMap, residual: sp.Expr) -> tuple[sp.Expr, ...] | None:
    """Return V with F(theta) - theta = residual * V, or None when the residual does not divide the step."""
    if not residual.is_polynomial(*step.state):
        return None
    quotients = []
    for new, old in zip(step.closed_form(), step.state, strict=True):
        moved = sp.expand(new - old)
        if not moved.is_polynomial(*step.state):
            return None
        quotient, rest = sp.div(moved, residual, *step.state)
        if sp.expand(rest) != 0:
            return None
        quotients.append(sp.factor(quotient))
    return tuple(quotients)


def limit_on_set(orbit: BallMap, limit_set: LimitSet, point: Point) -> Limit | None:
    """Enclose the limit of an orbit close to a set of minima; None when the contraction cannot be shown yet."""
    step, residual = orbit.step, limit_set.residual
    v = velocity(step, residual)
    if v is None:
        return None
    gradient = [sp.diff(residual, s) for s in step.state]
    constants = {p: ball(c) for p, c in orbit.parameters.items()}
    here = {**dict(zip(step.state, point, strict=True)), **constants}
    rho = abs(values([residual], here)[0])
    speed = _norm(values(v, here))
    radius = flint.arb(16) * speed * rho
    for _ in range(24):
        around = [_widen(x, radius) for x in point]
        wide = {**dict(zip(step.state, around, strict=True)), **constants}
        velocities = values(v, wide)
        slopes = values(gradient, wide)
        bracket = abs(1 + sum((a * b for a, b in zip(slopes, velocities, strict=True)), start=flint.arb(0)))
        path = _norm(velocities) * rho / (1 - bracket)
        if not bracket < 1:
            return None
        if path < radius:
            return Limit(limit_set.name, tuple(_widen(x, path) for x in point))
        radius = 2 * path.upper()
        if not radius.is_finite():
            return None
    return None


def attracting_cycle(orbit: BallMap, point: Point, period: int) -> Cycle | None:
    """Enclose an attracting cycle of the given period near a point; None when it cannot be shown."""
    step = orbit.step
    update = step.closed_form()
    n = len(step.state)
    entries = [sp.diff(u, s) for u in update for s in step.state]
    constants = {p: ball(c) for p, c in orbit.parameters.items()}

    def at(x: Sequence[flint.arb]) -> Mapping[sp.Symbol, flint.arb]:
        return {**dict(zip(step.state, x, strict=True)), **constants}

    def around(start: Sequence[flint.arb]) -> tuple[flint.arb_mat, list[list[flint.arb]]]:
        """The Jacobian of the p-step map over a box, and the boxes on the way."""
        jacobian = flint.arb_mat(n, n, [int(i == j) for i in range(n) for j in range(n)])
        boxes = [list(start)]
        for _ in range(period):
            jacobian = flint.arb_mat(n, n, values(entries, at(boxes[-1]))) * jacobian
            boxes.append(values(update, at(boxes[-1])))
        return jacobian, boxes

    centre = [x.mid() for x in point]
    matrix, boxes = around(centre)
    floats = np.array([[float(matrix[i, j].mid()) for j in range(n)] for i in range(n)])
    eigenvalues, vectors = np.linalg.eig(floats)
    if np.abs(eigenvalues).max() >= 1 or np.iscomplexobj(vectors):
        return None
    try:
        basis = flint.arb_mat(n, n, [float(v) for v in vectors.ravel()])
        back = basis.inv()
    except ZeroDivisionError:
        return None
    offset = _norm((back * flint.arb_mat(n, 1, [a - b for a, b in zip(boxes[-1], centre, strict=True)])).entries())
    radius = (offset.upper() * 4 / (1 - flint.arb(float(np.abs(eigenvalues).max())))).upper() + flint.arb("1e-20")
    for _ in range(40):
        unit = flint.arb_mat(n, 1, [_widen(flint.arb(0), radius)] * n)
        box = [c + d for c, d in zip(centre, (basis * unit).entries(), strict=True)]
        jacobian, boxes = around(box)
        local = back * jacobian * basis
        norm = max((sum((abs(local[i, j]) for j in range(n)), start=flint.arb(0)).upper() for i in range(n)), key=float)
        if not norm < 1:
            return None
        if offset + norm * radius < radius:
            return Cycle(tuple(tuple(b) for b in boxes[:-1]))
        radius = 2 * radius
    return None


def rigorous_sharpness(model: Model, orbit: BallMap, limit: Limit) -> flint.arb:
    """Enclose the sharpness at an enclosed limit.

    Raises
    ------
    TooImprecise
        When the Hessian's largest eigenvalue cannot be enclosed.
    """
    constants = {p: ball(c) for p, c in orbit.parameters.items()}
    at = {**dict(zip(orbit.step.state, limit.point, strict=True)), **constants}
    if model.own.sharpness is not None:
        return values([model.own.sharpness], at)[0]
    if model.loss is None:
        raise TooImprecise("the model has no loss, hence no sharpness")
    n = len(model.loss.parameters)
    hessian = flint.arb_mat(n, n, values(list(model.loss.hessian), at))
    return largest_eigenvalue(hessian)


def largest_eigenvalue(matrix: flint.arb_mat) -> flint.arb:
    """Enclose the largest eigenvalue of a symmetric ball matrix.

    A Rayleigh quotient bounds it from below; from above, t does when t I - A has a Cholesky factor.
    """
    n = matrix.nrows()
    middle = np.array([[float(matrix[i, j].mid()) for j in range(n)] for i in range(n)])
    _, vectors = np.linalg.eigh(middle)
    u = flint.arb_mat(n, 1, [float(v) for v in vectors[:, -1]])
    low = (u.transpose() * matrix * u)[0, 0] / (u.transpose() * u)[0, 0]
    step = flint.arb(2) ** -40 * (1 + abs(low))
    for _ in range(60):
        high = low.upper() + step
        if _positive_definite(high, matrix):
            return low.union(high)
        step = 4 * step
    raise TooImprecise("the largest eigenvalue cannot be enclosed at this precision")


def _positive_definite(t: flint.arb, matrix: flint.arb_mat) -> bool:
    n = matrix.nrows()
    a = [[(t if i == j else 0) - matrix[i, j] for j in range(n)] for i in range(n)]
    for k in range(n):
        if not a[k][k] > 0:
            return False
        for i in range(k + 1, n):
            factor = a[i][k] / a[k][k]
            for j in range(k + 1, n):
                a[i][j] = a[i][j] - factor * a[k][j]
    return True


def _norm(vector: Sequence[flint.arb]) -> flint.arb:
    """The Euclidean norm, or for a matrix column the same: an upper bound of the maximum norm."""
    return sum((abs(x).upper() ** 2 for x in vector), start=flint.arb(0)).sqrt()


def _widen(x: flint.arb, radius: flint.arb) -> flint.arb:
    return x + flint.arb(0, radius.upper())
