"""Symbols that the claims share, and expectations of polynomials in random numbers."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

R = sp.Rational


def expectation(polynomial: sp.Expr, random: sp.Symbol, moments: Sequence[sp.Expr]) -> sp.Expr:
    """Return the mean of a polynomial over a random number that is independent of all else.

    Parameters
    ----------
    polynomial : Expr
        Of degree below ``len(moments)`` in `random`.
    random : Symbol
        The random number.
    moments : sequence of Expr
        Its moments from the one of order 0, which is 1.

    Examples
    --------
    >>> from edgestab.theory.symbols import symbols
    >>> a, mean, variance = symbols("a mean variance")
    >>> expectation((1 - a) ** 2, a, (sp.S(1), mean, variance + mean**2))
    mean**2 - 2*mean + variance + 1
    """
    coefficients = sp.Poly(polynomial, random).all_coeffs()[::-1]
    return sp.expand(sp.Add(*(c * m for c, m in zip(coefficients, moments[: len(coefficients)], strict=True))))
