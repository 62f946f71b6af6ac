r"""A function of one variable of which a polynomial and bounds are known.

.. math:: f(b) = P(b) + u(b), \qquad |u^{(k)}(b)| \le M_k \quad (0 \le k \le K), \qquad b \in [\beta_-, \beta_+].

What is shown of f from P and the bounds alone is shown of every function with these bounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp
from sympy.core.function import ArgumentIndexError


class Remainder(sp.Function):  # type: ignore[misc]  # SymPy ships no types
    r"""The function u of the module: its value at the first argument, then a number, the ends and the bounds.

    Its derivative is the one whose first bound is left out, as long as one is left. Two functions are told apart by
    their numbers, and a function with the number n by nothing else.
    """

    @property
    def at(self) -> sp.Expr:
        """Where."""
        return self.args[0]

    @property
    def exact(self) -> tuple[sp.Rational, ...]:
        """The number, the two ends, and the bounds from this derivative on."""
        return tuple(self.args[1:])

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """Return the derivative by the first argument."""
        if argindex != 1 or len(self.args) < 6:
            raise ArgumentIndexError(self, argindex)
        return Remainder(*self.args[:4], *self.args[5:])

    def _eval_is_extended_real(self) -> bool:
        return True


@dataclass(frozen=True)
class Enclosed:
    """A function of one variable, as in the module.

    Parameters
    ----------
    number : int
        By which it is told from other functions.
    domain : (Fraction, Fraction)
        The ends, both of them doubles.
    polynomial : tuple of Fraction
        The coefficients of P, the constant first.
    bounds : tuple of Fraction
        M_0, M_1, ...
    near : Fraction
        Up to which distance from b = 0 the bounds were shown of a function times a power of b. Only the proof needs it.
    """

    number: int
    domain: tuple[Fraction, Fraction]
    polynomial: tuple[Fraction, ...]
    bounds: tuple[Fraction, ...]
    near: Fraction

    def at(self, b: sp.Expr) -> sp.Expr:
        """Return the value at b as an expression.

        Examples
        --------
        >>> one = Fraction(1)
        >>> sine = Enclosed(1, (-one, one), (0 * one, one), (one / 6, one / 2), one / 8)
        >>> sine.at(sp.Symbol("b"))
        b + Remainder(b, 1, -1, 1, 1/6, 1/2)
        """
        return horner(self.polynomial, b) + Remainder(
            b, self.number, *(rational(c) for c in (*self.domain, *self.bounds))
        )


def horner(coefficients: Sequence[Any], z: sp.Expr) -> sp.Expr:
    """Return a polynomial with these coefficients, the constant first, in nested form."""
    total: sp.Expr = sp.S.Zero
    for c in reversed(coefficients):
        total = total * z + (rational(c) if isinstance(c, int | Fraction) else c)
    return total


def rational(value: Fraction | int) -> sp.Rational:
    """Return a fraction as SymPy's."""
    return sp.Rational(value.numerator, value.denominator)
