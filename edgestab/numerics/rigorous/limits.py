r"""Rigorous limits: from an enclosed iterate to an enclosed limit, by a contraction proved in ball arithmetic.

Two arguments are used. Near a set of minima :math:`\{\rho = 0\}` whose equations divide the step,
:math:`F(\theta) - \theta = V(\theta)\rho(\theta)`, the mean value theorem gives
:math:`\rho(F(\theta)) = (I + \bar D V(\theta))\,\rho(\theta)` with the mean Jacobian :math:`\bar D` of the equations
over the segment. If the bracket has norm at most :math:`\mu < 1` on the ball of radius r, and
:math:`\sup\|V\|\,|\rho(\theta_T)|/(1-\mu) < r` (norms in fixed coordinates), the orbit stays in the ball and
converges to a point of the set. Near an isolated limit or a cycle, a box that the
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

from edgestab.numerics.printers.ball import ball
from edgestab.numerics.rigorous.balls import BallMap, Point, TooImprecise, values
from edgestab.theory.models.base import Coordinates, LimitSet, Model
from edgestab.theory.stepmap import StepMap


@dataclass(frozen=True)
class Limit:
    """An enclosure of the point an orbit converges to.

    Parameters
    ----------
    name : str
        The set of minima.
    point : tuple of arb
        Contains the limit.
    isolated : bool
        Whether no other stationary point is in it.
    """

    name: str
    point: Point
    isolated: bool = False


@dataclass(frozen=True)
class Cycle:
    """An attracting cycle, a box for each step; the orbit stays in their union for ever.

    The cycle's period divides their number: boxes that overlap may hold one point.
    """

    boxes: tuple[Point, ...]


@functools.lru_cache(maxsize=128)
def velocity(step: StepMap, limit_set: LimitSet) -> tuple[tuple[sp.Expr, ...], ...] | None:
    """Return V with F(theta) - theta = V equations, or None when the equations do not divide the step."""
    if limit_set.velocity:
        return limit_set.velocity
    equations = limit_set.system
    if not all(e.is_polynomial(*step.state) for e in equations):
        return None
    rows = []
    for new, old in zip(step.closed_form(), step.state, strict=True):
        moved = sp.expand(new - old)
        if not moved.is_polynomial(*step.state):
            return None
        quotients, rest = sp.reduced(moved, equations, *step.state)
        if sp.expand(rest) != 0:
            return None
        # Of zero, SymPy returns no quotients at all: a coordinate that does not move has velocity zero.
        rows.append(tuple(sp.factor(q) for q in quotients or [sp.S.Zero] * len(equations)))
    return tuple(rows)


def limit_on_set(orbit: BallMap, limit_set: LimitSet, point: Point) -> Limit | None:
    """Enclose the limit of an orbit close to a set of minima; None when the contraction cannot be shown yet."""
    step, equations = orbit.step, limit_set.system
    v = velocity(step, limit_set)
    if v is None:
        return None
    n, k = len(step.state), len(equations)
    slopes = [sp.diff(e, s) for e in equations for s in step.state]
    entries = [entry for row in v for entry in row]
    constants = {p: ball(c) for p, c in orbit.parameters.items()}

    def matrices(x: Sequence[flint.arb]) -> tuple[flint.arb_mat, flint.arb_mat]:
        """V and I + D V, where D is the Jacobian of the equations."""
        at = {**dict(zip(step.state, x, strict=True)), **constants}
        speed = flint.arb_mat(n, k, values(entries, at))
        unit = flint.arb_mat(k, k, [int(i == j) for i in range(k) for j in range(k)])
        return speed, unit + flint.arb_mat(k, n, values(slopes, at)) * speed

    here = {**dict(zip(step.state, point, strict=True)), **constants}
    residual = flint.arb_mat(k, 1, values(list(equations), here))
    speed, multiplier = matrices(point)
    frame = _eigenframe(multiplier)
    if frame is None:
        return None
    basis, back = frame
    distance = _norm((back * residual).entries())
    # A start exactly on the set has distance 0, but the ball must not be empty.
    radius = flint.arb(16) * _norm((speed * basis).entries()) * distance + _room(point)
    for _ in range(24):
        speed, multiplier = matrices([_widen(x, radius) for x in point])
        contraction = _spectral_norm(back * multiplier * basis)
        if contraction is None or not contraction < 1:
            return None
        path = _norm((speed * basis).entries()) * distance / (1 - contraction)
        if path < radius:
            return Limit(limit_set.name, tuple(_widen(x, path) for x in point))
        radius = 2 * path.upper()
        if not radius.is_finite():
            return None
    return None


_ROOM = flint.arb(2) ** -100
"""How wide a ball about a point is at least, in units of its length: one that a proof does not begin with empty."""


def _room(point: Sequence[flint.arb]) -> flint.arb:
    length = _norm(list(point))
    return _ROOM * (length if length > 0 else 1)


_DEPENDENT = 1e4
"""The condition of eigenvectors beyond which other coordinates are taken: of the 16 digits of a double it costs 4."""


_LARGEST = 16
"""The most coordinates for which P is solved for: a system of their number squared."""


def _eigenframe(matrix: flint.arb_mat) -> tuple[flint.arb_mat, flint.arb_mat] | None:
    """Real coordinates of doubles in which a matrix with eigenvalues inside the unit circle contracts; their inverse.

    Those of its eigenvectors, in which it is nearly block diagonal; where these are nearly dependent, as beside a
    double eigenvalue, those in which :math:`x^T P x`, :math:`P = I + M^T P M`, is the square of the length: it falls
    by :math:`|x|^2`.
    """
    n = matrix.nrows()
    floats = np.array([float(x.mid()) for x in matrix.entries()]).reshape(n, n)
    if not np.isfinite(floats).all():
        return None
    eigenvalues, vectors = np.linalg.eig(floats)
    if np.abs(eigenvalues).max() >= 1:
        return None
    columns = np.where(eigenvalues.imag < 0, vectors.imag, vectors.real)
    if np.linalg.cond(columns) > _DEPENDENT:
        if n > _LARGEST:
            return None
        try:
            form = np.linalg.solve(np.eye(n * n) - np.kron(floats.T, floats.T), np.eye(n).ravel()).reshape(n, n)
            columns = np.linalg.inv(np.linalg.cholesky((form + form.T) / 2).T)
        except np.linalg.LinAlgError:  # with eigenvalues so near the circle that doubles do not show P to be positive
            return None
    basis = flint.arb_mat(n, n, columns.ravel().tolist())
    try:
        return basis, basis.inv()
    except ZeroDivisionError:
        return None


def _spectral_norm(matrix: flint.arb_mat) -> flint.arb | None:
    """An upper bound of the norm of a matrix as a map of Euclidean spaces."""
    if matrix.nrows() == 1:
        return abs(matrix[0, 0])
    if any(not x.is_finite() for x in matrix.entries()):
        return None
    try:
        return largest_eigenvalue(matrix.transpose() * matrix).upper().sqrt()
    except TooImprecise:
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
    frame = _eigenframe(matrix)
    if frame is None:
        return None
    basis, back = frame

    def inward(x: Sequence[flint.arb]) -> flint.arb:
        """The distance from the centre, in the frame."""
        return _norm((back * flint.arb_mat(n, 1, [a - b for a, b in zip(x, centre, strict=True)])).entries())

    offset, wanted = inward(boxes[-1]), inward(point)
    radius = 4 * (offset + wanted).upper() + _room(point)
    for _ in range(40):
        unit = flint.arb_mat(n, 1, [_widen(flint.arb(0), radius)] * n)
        box = [c + d for c, d in zip(centre, (basis * unit).entries(), strict=True)]
        jacobian, boxes = around(box)
        norm = _spectral_norm(back * jacobian * basis)
        if norm is None or not norm < 1:
            return None
        if offset + norm * radius < radius and wanted < radius:
            return Cycle(tuple(tuple(b) for b in boxes[:-1]))
        radius = 2 * radius
    return None


def rigorous_sharpness(model: Model, orbit: BallMap, limit: Limit, where: Coordinates | None = None) -> flint.arb:
    """Enclose the sharpness at an enclosed limit, given in the model's own coordinates or in others.

    Raises
    ------
    TooImprecise
        When the Hessian's largest eigenvalue cannot be enclosed.
    """
    constants = {p: ball(c) for p, c in orbit.parameters.items()}
    at = {**dict(zip(orbit.step.state, limit.point, strict=True)), **constants}
    known = (where or model.own).sharpness
    if known is not None:
        return values([known], at)[0]
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
    step = flint.arb(2) ** (16 - flint.ctx.prec) * (1 + abs(low))
    for _ in range(40):
        high = low.upper() + step
        if positive_definite(_shifted(high, matrix)):
            return low.union(high)
        step = 16 * step
    raise TooImprecise("the largest eigenvalue cannot be enclosed at this precision")


def positive_definite(matrix: flint.arb_mat) -> bool:
    """Return whether every symmetric matrix in a ball matrix has a Cholesky factor, which is then proved."""
    n = matrix.nrows()
    a = [[matrix[i, j] for j in range(n)] for i in range(n)]
    for k in range(n):
        if not a[k][k] > 0:
            return False
        for i in range(k + 1, n):
            factor = a[i][k] / a[k][k]
            for j in range(k + 1, n):
                a[i][j] = a[i][j] - factor * a[k][j]
    return True


def _shifted(t: flint.arb, matrix: flint.arb_mat) -> flint.arb_mat:
    """T I - A."""
    n = matrix.nrows()
    return flint.arb_mat(n, n, [(t if i == j else 0) - matrix[i, j] for i in range(n) for j in range(n)])


def _norm(vector: Sequence[flint.arb]) -> flint.arb:
    """The Euclidean norm, or for a matrix column the same: an upper bound of the maximum norm."""
    return sum((abs(x).upper() ** 2 for x in vector), start=flint.arb(0)).sqrt()


def _widen(x: flint.arb, radius: flint.arb) -> flint.arb:
    return x + flint.arb(0, radius.upper())
