r"""Losses that are a square, :math:`L = cR^2` with a polynomial residual R: their minima and sharpness.

At a minimum R = 0 the Hessian is :math:`2c\,\nabla R\nabla R^\top`, of rank one, and the sharpness
:math:`2c|\nabla R|^2`.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from theory.loss import Loss
from theory.models.base import LimitSet


@dataclass(frozen=True)
class Square:
    """A loss c R^2.

    Parameters
    ----------
    scale : Rational
        c, positive.
    factors : tuple of Expr
        The irreducible factors of R; each vanishes on one set of minima.
    """

    scale: sp.Rational
    factors: tuple[sp.Expr, ...]

    @property
    def residual(self) -> sp.Expr:
        """The residual R."""
        return sp.Mul(*self.factors)

    @property
    def minima(self) -> tuple[LimitSet, ...]:
        """The zero sets of the factors that have real points where the gradient does not vanish."""
        return tuple(LimitSet(f"{sp.sstr(f)} = 0", f) for f in self.factors)

    def sharpness(self, parameters: tuple[sp.Symbol, ...]) -> sp.Expr:
        """Return the sharpness at a minimum."""
        return 2 * self.scale * sp.Add(*(sp.diff(self.residual, p) ** 2 for p in parameters))


def square(loss: Loss) -> Square | None:
    """Return the square that a loss is, or None.

    Examples
    --------
    >>> square(Loss.parse("(1 - x*y**2)**2/2", "x y")).minima[0].name
    'x*y**2 - 1 = 0'
    >>> square(Loss.parse("x**2 + y**2", "x y")) is None
    True
    """
    if loss.constants or not loss.expression.is_polynomial(*loss.parameters):
        return None
    scale, factors = sp.factor_list(loss.expression, *loss.parameters)
    if not (scale.is_Rational and scale > 0 and factors and all(m == 2 for _, m in factors)):
        return None
    return Square(scale, tuple(f for f, _ in factors))
