"""Proofs that an orbit which is far away stays away."""

from __future__ import annotations

import functools
from fractions import Fraction

import flint
import sympy as sp

from edgestab.numerics.printers.ball import ball
from edgestab.numerics.rigorous.balls import Point, values
from edgestab.theory.models.product import P, structure_of
from edgestab.theory.optimizers.gradient_descent import is_gradient_descent
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import ETA
from edgestab.verify.orbits.cone import escapes_along_a_cone
from edgestab.verify.orbits.dominance import escapes_by_dominance
from edgestab.verify.orbits.walk import Walk

FAR = flint.arb(10) ** 40
"""An iterate beyond this has left every bounded set that matters."""


def is_far(point: Point) -> bool:
    """Whether an iterate has left every bounded set that matters."""
    return any(abs(x) > FAR for x in point)


def proof_of_escape(walk: Walk, point: Point) -> str:
    """Return how it is shown that the orbit diverges from here; empty when it is not shown."""
    if _never_returns(walk, point):
        return "the growth persists by the escape criterion"
    if _expands(walk, point):
        return "the step is linear and expands its own displacement"
    if expands_linearly(walk, point):
        return "the step is linear, and a multiplier is beyond 1"
    if escapes_by_dominance(walk.orbit, point):
        return "in every coordinate of the step one term outgrows all others, and goes on to"
    if escapes_along_a_cone(walk.orbit, point):
        return "the highest powers of the step carry a cone of directions into itself, and the orbit grows in it"
    return ""


def size(point: Point) -> float:
    """Return the decimal logarithm of the largest coordinate."""
    return max((float(abs(x).log().mid()) for x in point if abs(x) > 0), default=0.0) / 2.302585


def _expands(walk: Walk, point: Point) -> bool:
    """Whether gradient descent on a quadratic loss moves away for ever.

    Its displacement w obeys w' = (I - eta H) w with a constant symmetric matrix; |w'| > |w| means that w has a part
    in an eigenspace that expands.
    """
    step, loss = walk.orbit.step, walk.statement.model.loss
    if loss is None or loss.hessian.free_symbols or loss.constants or not is_gradient_descent(step, loss):
        return False
    update = list(step.closed_form())
    first = values(update, walk.at(point))
    second = values(update, walk.at(tuple(first)))
    before = sum(((a - b) ** 2 for a, b in zip(first, point, strict=True)), start=flint.arb(0))
    after = sum(((a - b) ** 2 for a, b in zip(second, first, strict=True)), start=flint.arb(0))
    return bool(after > before)


def _never_returns(walk: Walk, point: Point) -> bool:
    r"""Whether escape is certain for a loss l(xy).

    With :math:`z = \eta l'(d)`, :math:`r = 2\eta d/s`, :math:`\tau = 2z/(1+z^2)` a step is
    :math:`r' = (r-\tau)/(1-\tau r)`, :math:`s' = s(1+z^2)(1-\tau r)`. Once :math:`|z| \ge 32`, :math:`|r| \ge 1/2`
    and :math:`|d|` is beyond every scale of l', s grows by a factor over 900 a step, :math:`|d| = |r|s/2\eta` with
    it, z faster still, and the changes of r sum to less than 1/8.
    """
    loss = walk.statement.model.loss
    outer = structure_of(loss) if loss is not None else None
    if loss is None or outer is None or len(point) != 2:
        return False
    if not is_gradient_descent(walk.statement.model.own.step, loss):
        return False
    x, y = point
    eta = walk.orbit.parameters[ETA]
    d, s = x * y, ball(eta) * (x**2 + y**2)
    z = ball(eta) * values([sp.diff(outer, P)], {P: d})[0]
    coefficients = sp.Poly(outer, P).all_coeffs()
    if not all(c.is_Rational for c in coefficients):
        return False
    scale = 100 * sum(abs(c) for c in coefficients) / abs(coefficients[0])
    return bool(abs(z) > 32 and 4 * ball(eta) * abs(d) > s and abs(d) > ball(Fraction(str(sp.Rational(scale)))))


def expands_linearly(walk: Walk, point: Point) -> bool:
    """Whether a linear step moves away for ever.

    Its displacement d obeys d' = J d with a constant matrix; a left eigenvector w of a multiplier beyond 1 with
    w d /= 0 makes |w d| grow without bound.
    """
    slopes = _constant_slopes(walk.orbit.step)
    if slopes is None:
        return False
    at, n = walk.at(point), len(point)
    try:
        multipliers, left = flint.acb_mat(n, n, values(slopes, at)).eig(left=True)
    except ValueError:  # they cannot be told apart
        return False
    moved = values(walk.orbit.step.closed_form(), at)
    displacement = flint.acb_mat(n, 1, [a - b for a, b in zip(moved, point, strict=True)])
    parts = (left * displacement).entries()
    return any(abs(m) > 1 and abs(part) > 0 for m, part in zip(multipliers, parts, strict=True))


@functools.lru_cache(maxsize=64)
def _constant_slopes(step: StepMap) -> tuple[sp.Expr, ...] | None:
    """The entries of the Jacobian, row by row, where they do not depend on the state."""
    slopes = tuple(sp.expand(sp.diff(u, s)) for u in step.closed_form() for s in step.state)
    return None if any(e.free_symbols & set(step.state) for e in slopes) else slopes
