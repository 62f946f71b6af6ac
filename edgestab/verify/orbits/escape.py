"""Proofs that an orbit which is far away stays away."""

from __future__ import annotations

import functools
from fractions import Fraction

import flint
import sympy as sp

from edgestab.numerics.printers.ball import ball
from edgestab.numerics.rigorous.balls import Point, values
from edgestab.theory.loss import Loss
from edgestab.theory.models.monomial import monomial_of
from edgestab.theory.models.product import P, structure_of
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import ETA
from edgestab.verify.orbits.cone import escapes_along_a_cone
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
    if _outruns(walk, point):
        return "every parameter more than triples in a step, and goes on to"
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
    if loss is None or step.state != loss.parameters or loss.hessian.free_symbols or loss.constants:
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
    if outer is None or len(point) != 2:
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


def _outruns(walk: Walk, point: Point) -> bool:
    r"""Whether escape is certain for gradient descent on a polynomial l of a monomial :math:`q = \prod_i w_i^{a_i}`.

    A step is :math:`w_i' = w_i(1 - \delta_i)`, :math:`\delta_i = \eta a_i\,q\,l'(q)/w_i^2`. Let l have degree m, and
    let |q| exceed 100 times the sum of the sizes of its coefficients over that of the leading one: then q l'(q) is its
    leading term to one percent, there and farther out. Let :math:`|\delta_i| \ge 4` for all i. Then
    :math:`|w_i'| \ge 3|w_i|`, and

    .. math::

        |\delta_i'| \ge 0.98\,|\delta_i|\,|1 - \delta_i|^{m a_i - 2}
        \prod_{j \ne i} |1 - \delta_j|^{m a_j} \ge 8|\delta_i|,

    since :math:`m a_i \ge 2` and there are two parameters or more. So it goes on.
    """
    known = _monomial_descent(walk.orbit.step, walk.statement.model.loss)
    if known is None:
        return False
    q, displacements, least = known
    at = walk.at(point)
    size_of_q = abs(values([q], at)[0])
    return bool(size_of_q > ball(least)) and all(abs(d) > 4 for d in values(list(displacements), at))


@functools.lru_cache(maxsize=64)
def _monomial_descent(step: StepMap, loss: Loss | None) -> tuple[sp.Expr, tuple[sp.Expr, ...], Fraction] | None:
    """q, the delta_i and the least |q| for gradient descent on a polynomial of a monomial; None for anything else."""
    found = None if loss is None or step.state != loss.parameters else monomial_of(loss)
    if loss is None or found is None:
        return None
    outer = sp.Poly(found.outer, found.variable) if found.outer.is_polynomial(found.variable) else None
    if outer is None or outer.degree() < 2 or not all(c.is_Rational for c in outer.all_coeffs()):
        return None
    moved = [w - ETA * g for w, g in zip(loss.parameters, loss.gradient, strict=True)]
    if any(sp.expand(u - m) != 0 for u, m in zip(step.closed_form(), moved, strict=True)):
        return None
    coefficients = outer.all_coeffs()
    least = 100 * sum(abs(c) for c in coefficients) / abs(coefficients[0])
    displacements = tuple(sp.factor(ETA * g / w) for w, g in zip(loss.parameters, loss.gradient, strict=True))
    return found.monomial, displacements, Fraction(int(least.p), int(least.q))


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
