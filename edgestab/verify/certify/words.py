"""Numbers, coordinates and minima of a certificate in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from edgestab.theory.drift import DriftForm, ProductForm


def shown(value: Fraction) -> str:
    """Return a fraction as a short decimal where it is one."""
    text = f"{float(value):.12g}"
    return text if "e" not in text and Fraction(text) == value else str(value)


def upward(value: Fraction) -> str:
    """Return a decimal of four digits that is not smaller."""
    digits = 3 - math.floor(math.log10(value))
    return shown(math.ceil(value * Fraction(10) ** digits) / Fraction(10) ** digits)


def words_of(form: DriftForm) -> tuple[str, str, str]:
    """Return x, b and the minima in words."""
    if not isinstance(form, ProductForm):
        return "X", "w1 w2^2 - 1", "w1 w2^2 = 1"
    d0 = form.minimum
    return "P - 1", f"xy - {d0}" if d0 > 0 else f"xy + {-d0}" if d0 else "xy", form.minima


def edge_ratio(form: DriftForm) -> str:
    """Define P, the square of the sharpness over 2/eta where gradient flow ends; or X of a chain."""
    if not isinstance(form, ProductForm):
        return "X = eta^2 (w1^2 - w2^2) - 1"
    half, square = form.curvature / 2, 4 * form.minimum**2
    scale, balance = "eta^2" if half == 1 else f"({half} eta)^2", "(x^2 - y^2)^2"
    return f"P = {scale} " + (f"({balance} + {square})" if square else balance)


def polynomial_shown(polynomial: Sequence[Fraction]) -> str:
    """Return a polynomial in eps, the constant first."""
    terms = [f"{shown(c)}{' eps^' + str(j) if j > 1 else ' eps' if j else ''}" for j, c in enumerate(polynomial) if c]
    return " + ".join(terms).replace("+ -", "- ") or "0"
