r"""The sharpness that gradient flow ends with, on a loss of one monomial: a root that has no closed form.

On :math:`L = l(q)`, :math:`q = \prod_i w_i^{a_i}`, gradient flow moves every :math:`A_i = w_i^2/a_i` at the same speed.
It ends at :math:`A_i + m`, with m such that q is there the minimum :math:`q_*` of l, and there the sharpness is
:math:`l''(q_*)\, q_*^2 \sum_i a_i/(A_i + m)`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import sympy as sp

from edgestab.theory.models.monomial import Monomial


class Factor(NamedTuple):
    """One of the numbers that flow moves.

    Parameters
    ----------
    weight : Expr
        Of 1/(A + m) in the sum, positive.
    power : int
        Of A + m in the product.
    at : Expr
        A.
    """

    weight: sp.Expr
    power: int
    at: sp.Expr


class FlowSharpness(sp.Function):  # type: ignore[misc]  # SymPy ships no types
    r""":math:`\sum_i c_i/(A_i + m)` with the one m beyond :math:`-\min_i A_i` at which a product is as wanted.

    It is :math:`\prod_i (A_i + m)^{k_i} = T > 0`. The arguments are T, whether flow comes through 0 (1 or 0), a number
    that is positive on the side of the minimum, then c, k and A of each factor. Undefined where flow does not come to
    the minimum: on the other side of 0, if it does not come through, or if the smallest A is not the only one.
    """

    @property
    def target(self) -> sp.Expr:
        """T."""
        return self.args[0]

    @property
    def factors(self) -> tuple[Factor, ...]:
        """The numbers that flow moves."""
        rest = self.args[3:]
        return tuple(Factor(rest[i], int(rest[i + 1]), rest[i + 2]) for i in range(0, len(rest), 3))

    @property
    def comes_through(self) -> bool:
        """Whether flow comes through 0."""
        return bool(self.args[1])

    @property
    def side(self) -> sp.Expr:
        """Positive on the side of the minimum."""
        return self.args[2]

    def _eval_is_extended_real(self) -> bool:
        return True

    def _latex(self, printer: Any) -> str:
        terms = " + ".join(rf"\frac{{{printer.doprint(c)}}}{{{printer.doprint(a)} + m}}" for c, _, a in self.factors)
        product = "".join(rf"({printer.doprint(a)} + m)^{{{k}}}" for _, k, a in self.factors)
        return rf"\left.{terms}\right|_{{{product} = {printer.doprint(self.target)}}}"


def flow_sharpness(target: sp.Expr, factors: Sequence[Factor], side: sp.Expr, comes_through: bool) -> sp.Expr:
    r"""Return the sum over the factors at the root, undefined where flow does not come there.

    Examples
    --------
    >>> from edgestab.theory.symbols import symbols
    >>> x, y = symbols("x y")
    >>> flow_sharpness(sp.S(1), [Factor(sp.S(1), 1, x**2), Factor(sp.S(1), 1, y**2)], x * y, True).target
    1
    """
    make: Callable[..., sp.Expr] = FlowSharpness
    return make(target, int(comes_through), side, *(e for f in factors for e in f))


def gfs_sharpness_of(known: Monomial, parameters: Sequence[sp.Symbol]) -> sp.Expr | None:
    """Return the sharpness at the end of gradient flow on l(q); None where l has not one rational minimum and no more.

    From q on the other side of 0 than the minimum flow comes through 0 where all exponents are 1, but for starts at
    which two parameters are smallest alike; else it does not, and the expression is undefined.

    Examples
    --------
    >>> from edgestab.theory.loss import Loss
    >>> from edgestab.theory.models.monomial import monomial_of
    >>> loss = Loss.parse("(x*y*z - 2)**2/2", "x y z")
    >>> gfs_sharpness_of(monomial_of(loss), loss.parameters).target
    4
    """
    if (at := _minimum(known)) is None:
        return None
    end, height = at
    powers = _powers(known, parameters)
    target = _target(end, powers)
    factors = [Factor(height * end**2 * a, a, p**2 / a) for a, p in zip(powers, parameters, strict=True)]
    return flow_sharpness(target, factors, known.monomial * end, set(powers) == {1})


def least_sharpness_of(known: Monomial, parameters: Sequence[sp.Symbol]) -> sp.Expr | None:
    r"""Return the sharpness of the flattest minimum of l(q); None as for `gfs_sharpness_of`.

    By the inequality of weighted means :math:`\sum_i a_i/A_i \ge N (\prod_i A_i^{a_i})^{-1/N}`, with
    :math:`N = \sum_i a_i` and equality where all A agree.

    Examples
    --------
    >>> from edgestab.theory.loss import Loss
    >>> from edgestab.theory.models.monomial import monomial_of
    >>> loss = Loss.parse("(x*y*z - 8)**2/2", "x y z")
    >>> least_sharpness_of(monomial_of(loss), loss.parameters)
    48
    """
    if (at := _minimum(known)) is None:
        return None
    end, height = at
    powers = _powers(known, parameters)
    count = sum(powers)
    return height * end**2 * count * _target(end, powers) ** sp.Rational(-1, count)


def _minimum(known: Monomial) -> tuple[sp.Rational, sp.Rational] | None:
    """The one stationary point of l and l'' there, where it is a rational minimum other than 0."""
    q, slope = known.variable, sp.diff(known.outer, known.variable)
    if not slope.is_polynomial(q):
        return None
    roots = sp.Poly(slope, q).real_roots()
    if len(roots) != 1 or not roots[0].is_Rational or roots[0] == 0:
        return None
    height = sp.diff(slope, q).subs(q, roots[0])
    return (roots[0], height) if height.is_Rational and height > 0 else None


def _powers(known: Monomial, parameters: Sequence[sp.Symbol]) -> list[int]:
    return [int(sp.Poly(known.monomial, *parameters).degree(p)) for p in parameters]


def _target(end: sp.Rational, powers: Sequence[int]) -> sp.Rational:
    """What the product of the A is at the minimum: q^2 is that of the (a A)^a."""
    return end**2 / sp.Mul(*(sp.Integer(a) ** a for a in powers))
