r"""The formal invariant curve of a map near the edge of stability, and the sharp constant it gives.

In the coordinates (x, b) of `edgestab.theory.models.product` a step is

.. math:: x' = x - b^2 D(x, b, \epsilon), \qquad b' = m(x, b, \epsilon)\, b, \qquad \epsilon = \eta^2,

with b = 0 the minima, x = 0 the edge (m = -1 there when :math:`\epsilon = 0`), and D divisible by
:math:`\epsilon`. Give b weight 1 and eps and x weight 2. There is one formal curve
:math:`x = X(b, \epsilon) = \sum X_{ij} \epsilon^i b^j` that the map carries into itself: with the terms of
weight below w known, the invariance of the two-step map at weight w + 2 is a triangular linear system for
those of weight w. Orbits approach it exponentially, so :math:`X(0, \epsilon)` is where they end (R2).
"""

from __future__ import annotations

from dataclasses import dataclass

import flint
import sympy as sp

from edgestab.errors import InputError
from edgestab.theory.series import Series, Space, evaluate


@dataclass(frozen=True)
class InvariantCurve:
    """The curve's rational coefficients.

    Parameters
    ----------
    coefficients : dict
        ``(i, j)`` to the coefficient of ``eps**i * b**j``.
    """

    coefficients: dict[tuple[int, int], sp.Rational]

    def limit(self, order: int) -> list[sp.Rational]:
        """Return the coefficients of X(0, eps), from eps**1 to eps**order."""
        return [self.coefficients.get((i, 0), sp.S(0)) for i in range(1, order + 1)]


def invariant_curve(
    drift: sp.Expr, multiplier: sp.Expr, x: sp.Symbol, b: sp.Symbol, eps: sp.Symbol, order: int
) -> InvariantCurve:
    r"""Return the formal invariant curve with X(0, eps) exact up to ``eps**order``.

    Parameters
    ----------
    drift, multiplier : Expr
        D and m, analytic at the origin, with D divisible by eps and m(0, 0, 0) = -1.
    x, b, eps : Symbol
        The variables.
    order : int
        The highest power of eps wanted in the limit.

    Raises
    ------
    InputError
        When the map does not have this form, or its two-step cubic coefficient vanishes, as it does in
        degree 2: then there is no concentration.
    """
    top = 2 * order + 2
    space = Space((eps, b), (2, 1), top)
    e, s = space.generator(eps), space.generator(b)

    def two_steps(curve: Series) -> tuple[Series, Series]:
        """B'' and the total drift x - x'' of a start on the curve."""
        x1, b1, total = curve, s, space.constant(0)
        for _ in range(2):
            values = {x: x1, b: b1, eps: e}
            d = b1 * b1 * evaluate(drift, values, space)
            b1 = b1 * evaluate(multiplier, values, space)
            x1, total = x1 - d, total + d
        return b1, total

    def defect(curve: Series, polynomial: dict[tuple[int, int], flint.fmpq]) -> dict[tuple[int, ...], flint.fmpq]:
        """The terms of X(b'') - X(b) + (x - x''), which vanish when the curve is invariant."""
        image, total = two_steps(curve)
        powers = [space.constant(1)]
        moved = space.constant(0)
        for j in range(max((j for _, j in polynomial), default=0) + 1):
            for (i, jj), c in polynomial.items():
                if jj == j:
                    moved = moved + e.power(sp.Integer(i)) * powers[j] * space.constant(c)
            powers.append(powers[-1] * image)
        return (moved - curve + total).terms()

    def curve_of(polynomial: dict[tuple[int, int], flint.fmpq]) -> Series:
        return Series(space, space.context.from_dict({(i, j): c for (i, j), c in polynomial.items()}))

    # Leading order: b'' = b (1 + alpha x - beta b^2 + ...) and x'' = x - kappa eps b^2 + ...
    origin = {x: space.constant(0), b: s, eps: space.constant(0)}
    if evaluate(multiplier, origin, space).constant_term != -1:
        raise InputError("the multiplier is not -1 at the edge: the map is not in the (x, b) chart")
    alpha = 2 * -evaluate(sp.diff(multiplier, x), origin, space).constant_term
    flat, drifted = two_steps(space.constant(0))
    beta = -flat.terms().get((0, 3), flint.fmpq(0))
    kappa = drifted.terms().get((1, 2), flint.fmpq(0))
    # x = 0 is not yet the curve: eps enters b'' at weight 3 as well, and is absorbed in the constant term.
    gamma = flat.terms().get((1, 1), flint.fmpq(0))
    if alpha == 0 or beta == 0:
        raise InputError("the two-step map has no cubic term at the edge: orbits do not concentrate there")
    slope = beta / alpha
    rate = -kappa / (2 * slope)  # the linear growth of b'' - b per eps on the curve: alpha c + gamma
    known = {(0, 2): slope, (1, 0): (rate - gamma) / alpha}
    for weight in range(3, 2 * order + 1):
        rest = defect(curve_of(known), known)
        carry = flint.fmpq(0)
        for i in range(weight // 2 + 1):
            j = weight - 2 * i
            # At (i, j + 2): 2 slope alpha X_{i,j} + rate (j + 2) X_{i-1,j+2} + rest = 0.
            value = -(rest.get((i, j + 2), flint.fmpq(0)) + rate * (j + 2) * carry) / (2 * slope * alpha)
            if value:
                known[i, j] = value
            carry = value
    return InvariantCurve({m: sp.Rational(int(c.p), int(c.q)) for m, c in known.items()})


def sharp_constant(curve: InvariantCurve, order: int) -> list[sp.Rational]:
    r"""Return the coefficients of :math:`G(\eta)` in powers of :math:`\epsilon=\eta^2`, from eps**0 to eps**(order-1).

    The final sharpness is :math:`(2/\eta)\sqrt{1 + X(0, \epsilon)}`, so
    :math:`G = (2/\eta - S_\infty)/\eta = 2 (1 - \sqrt{1 + X(0,\epsilon)})/\epsilon`.
    """
    eps = sp.Symbol("eps", positive=True)
    space = Space((eps,), (1,), order)
    limit = sp.Add(*(c * eps**i for i, c in enumerate(curve.limit(order), start=1)))
    root = evaluate(sp.sqrt(1 + limit), {eps: space.generator(eps)}, space).terms()
    return [-2 * sp.Rational(int(c.p), int(c.q)) for c in (root.get((i,), flint.fmpq(0)) for i in range(1, order + 1))]
