"""Exact numbers from whatever stands for one: a float means the decimal that was written."""

from __future__ import annotations

import numbers
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, TypeAlias

import sympy as sp

from edgestab.errors import InputError
from edgestab.theory.text.grammar import parse_expression
from edgestab.theory.text.tokens import ParseError

Number: TypeAlias = str | int | float | numbers.Real | sp.Expr
"""What stands for an exact number: a number, a decimal, fraction or formula in quotes, or an expression."""

_DOUBLE = 53  # bits
_NO_SYMBOLS: Mapping[str, sp.Symbol] = MappingProxyType({})


def exact(
    value: Number, name: str, symbols: Mapping[str, sp.Symbol] = _NO_SYMBOLS, *, wanted: str = "finite"
) -> sp.Expr:
    """Return the exact real number, or the expression in the given symbols, that a value stands for.

    Parameters
    ----------
    value : str, int, float, Fraction, Decimal, NumPy scalar or Expr
        A float stands for the shortest decimal that is read back as it, so 0.1 is 1/10; also inside an expression.
    name : str
        What the value is, for messages.
    symbols : mapping of str to Symbol
        The names that a text may use.
    wanted : str
        What a number must be, for messages.

    Raises
    ------
    InputError
        When it is not real and finite, is True or False, or is a text that is no formula in the symbols.

    Examples
    --------
    >>> exact(0.1, "eta"), exact("sqrt(8)", "c"), exact(sp.Symbol("k") * 0.5, "c")
    (1/10, 2*sqrt(2), k/2)
    >>> exact(float("nan"), "eta")
    Traceback (most recent call last):
    ...
    edgestab.errors.InputError: eta must be finite, got nan
    """
    if isinstance(value, sp.Expr):
        return _exact_expression(value, name, wanted)
    if isinstance(value, bool) or not isinstance(value, str | numbers.Real | Decimal):
        raise InputError(f"{name} must be a number, got {str(value)[:40]}")
    if isinstance(value, numbers.Rational):
        return sp.Rational(int(value.numerator), int(value.denominator))
    text = str(value)
    if text.strip().lstrip("+-").lower() in ("inf", "infinity", "nan"):
        raise InputError(f"{name} must be {wanted}, got {text}")
    try:
        return parse_expression(text, symbols)
    except ParseError as error:
        raise InputError(f"{name}: {error}") from error


def rational(value: Number, name: str, *, wanted: str = "finite") -> sp.Rational:
    """Return the exact rational number that a value stands for.

    Raises
    ------
    InputError
        As for `exact`, and when the number is not rational.

    Examples
    --------
    >>> rational("1e-3", "eta")
    1/1000
    """
    found = exact(value, name, wanted=wanted)
    if not found.is_Rational:
        raise InputError(f"{name} must be rational, such as 0.1 or 1/3, got {str(value)[:40]}")
    return found


def _exact_expression(value: Any, name: str, wanted: str) -> sp.Expr:
    if value is sp.nan or (value.is_number and value.is_finite is False):
        raise InputError(f"{name} must be {wanted}, got {value}")
    if value.is_number and not value.is_extended_real:
        raise InputError(f"{name} must be real, got {str(value)[:40]}")
    return value.xreplace({f: _decimal(f) for f in value.atoms(sp.Float)})


def _decimal(value: Any) -> sp.Rational:
    """The decimal that a Float was written as: the shortest one of a double, every digit of a longer one."""
    return sp.Rational(repr(float(value)) if value._prec <= _DOUBLE else str(value))
