"""Exact rational numbers as the decimals that the page reads and writes."""

from __future__ import annotations

from decimal import Context, Decimal
from fractions import Fraction

DIGITS = 40
"""Of a number that no decimal equals."""


def decimal(value: Fraction) -> str:
    """Return a number as a decimal without exponent: the same where there is one, else the nearest of 40 digits.

    Examples
    --------
    >>> decimal(Fraction(-1, 8)), decimal(Fraction(300)), len(decimal(Fraction(1, 3)))
    ('-0.125', '300', 42)
    """
    quotient = Context(prec=DIGITS).divide(Decimal(value.numerator), Decimal(value.denominator))
    text = f"{quotient.normalize(Context(prec=DIGITS)):f}"
    return "0" if text == "-0" else text
