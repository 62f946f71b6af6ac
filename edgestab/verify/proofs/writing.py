"""Formulas as the texts of a certificate: what the independent checker reads, and nothing else."""

from __future__ import annotations

import keyword
import re

import sympy as sp

from edgestab.theory.domain import Guard

LONGEST = 4_000
"""How many letters the checker reads."""

_FUNCTIONS = (sp.exp, sp.log, sp.sin, sp.cos, sp.tan, sp.sinh, sp.cosh, sp.tanh, sp.Abs, sp.sign, sp.Min, sp.Max)
_RESERVED = {*(f.__name__.lower() for f in _FUNCTIONS), "sqrt", "eta", "pi"}


class NotWritable(Exception):
    """A certificate cannot say this; the message says what."""


def written(expression: sp.Expr) -> str:
    """Return a formula as text, without its guards.

    Raises
    ------
    NotWritable
        When it uses what the checker does not read, or is too long.

    Examples
    --------
    >>> x = sp.Symbol("x", real=True)
    >>> written(sp.sqrt(x) / 3 - abs(x - 1) ** 3), written(sp.Max(0, x) ** sp.Rational(-3, 2))
    ('sqrt(x)/3 - (-1 + x)**2*abs(-1 + x)', '1/sqrt(max(0, x))**3')
    """
    text = _text(expression.xreplace(dict.fromkeys(expression.atoms(Guard), sp.S.Zero)))
    if len(text) > LONGEST:
        raise NotWritable(f"a formula has more than {LONGEST} letters")
    return text


def name_of(symbol: sp.Symbol) -> str:
    """Return the name of a symbol of the state.

    Raises
    ------
    NotWritable
        When the checker reads it as something else.
    """
    name = str(symbol.name)
    if not re.fullmatch("[A-Za-z][A-Za-z0-9_]{0,39}", name) or name in _RESERVED or keyword.iskeyword(name):
        raise NotWritable(f"the name {name[:40]} is not one of letters, digits and _, or means something else")
    return name


def _text(e: sp.Expr) -> str:
    parts = sorted(e.args, key=sp.default_sort_key)
    match e:
        case sp.Rational():
            return str(e)
        case sp.Symbol():
            return str(e.name)
        case sp.Add():
            first, *rest = map(_product, parts)
            return first + "".join(f" - {t[1:]}" if t[0] == "-" else f" + {t}" for t in rest)
        case sp.Mul():
            return _product(e)
        case sp.Pow():
            return _power(e.base, e.exp)
    if isinstance(e, _FUNCTIONS):
        return f"{type(e).__name__.lower()}({', '.join(map(_text, parts))})"
    if isinstance(e, sp.Heaviside):
        return f"(1 + sign({_text(e.args[0])}))/2"
    if e in (sp.E, sp.pi):
        return "exp(1)" if e is sp.E else "pi"
    raise NotWritable(f"the checker reads no {type(e).__name__}")


def _product(e: sp.Expr) -> str:
    """A term, with its number and its divisors written as such."""
    if not e.is_Mul:
        return _text(e)
    number, factors = e.as_coeff_mul()
    factors = sorted(factors, key=sp.default_sort_key)
    under = [1 / f for f in factors if f.is_Pow and f.exp.is_Rational and f.exp < 0]
    over = [f for f in factors if not (f.is_Pow and f.exp.is_Rational and f.exp < 0)]
    if not number.is_Rational:
        raise NotWritable(f"the checker reads no number {str(number)[:20]}")
    sign, (p, q) = "-" if number < 0 else "", (abs(int(number.p)), int(number.q))
    above = [*([str(p)] if p != 1 or not over else []), *map(_factor, over)]
    below = [*([str(q)] if q != 1 else []), *map(_factor, under)]
    text = sign + "*".join(above)
    return text if not below else f"{text}/{below[0]}" if len(below) == 1 else f"{text}/({'*'.join(below)})"


def _power(base: sp.Expr, exponent: sp.Expr) -> str:
    if base is sp.E:
        return f"exp({_text(exponent)})"
    if not exponent.is_Rational or exponent.q not in (1, 2, 4, 8):
        raise NotWritable("the checker reads no power but whole ones, and square roots of square roots")
    if exponent < 0:
        return f"1/{_factor(base**-exponent)}"
    text = _text(base)
    for _ in range(int(exponent.q).bit_length() - 1):
        text = f"sqrt({text})"
    simple = exponent.q > 1 or base.is_Symbol or isinstance(base, _FUNCTIONS)
    return (text if simple else f"({text})") + (f"**{exponent.p}" if exponent.p > 1 else "")


def _factor(e: sp.Expr) -> str:
    """A formula as a factor or a divisor."""
    simple = (
        e.is_Symbol
        or e is sp.pi
        or isinstance(e, _FUNCTIONS)
        or (e.is_Integer and e >= 0)
        or (e.is_Pow and e.exp.is_positive)
    )
    return _text(e) if simple else f"({_text(e)})"
