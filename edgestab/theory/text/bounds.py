"""The sizes that text may reach, and the checks that keep an expression within them while it is built."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import sympy as sp
from sympy.core.evalf import PrecisionExhausted

from edgestab.theory.text.tokens import ParseError, clip, refuse

MAX_DEPTH = 64  # of the text and of the expression tree
MAX_NODES = 2_000  # numbers, names, operators and calls in the text
MAX_ROWS = 1_000  # of data, each of which is read as text of its own
MAX_SIZE = 10_000  # nodes of the expression tree, which simplification may make larger than the text
MAX_ARGUMENTS = 32  # of min and max, which SymPy compares pairwise
MAX_EXPONENT = 64  # numerator and denominator
MAX_DEGREE = 4_096
MAX_HYPERBOLIC_DEGREE = 64  # SymPy multiplies the argument out to learn its sign
MAX_BITS = 4_096  # of an integer
MAX_RADICAND_BITS = 512  # SymPy looks for perfect powers under a root
MAX_ROOTS = 5  # levels around a root, log or quotient: SymPy asks whether they are real, at twice the cost each
MAX_NAMES = 32
MAX_NAME = 32  # characters
_HUGE = sp.Integer(2) ** MAX_BITS
_NOT_FINITE = (sp.nan, sp.zoo, sp.oo, -sp.oo)


@contextmanager
def stack_guarded() -> Iterator[None]:
    """Refuse what overflows the stack inside SymPy, whose recursion no count of levels here can foresee."""
    try:
        yield
    except RecursionError:
        raise ParseError("SymPy cannot hold an expression nested like this; split it (column 1)") from None


def build(function: Callable[..., Any], arguments: list[Any], at: int) -> Any:
    """Apply a function of SymPy, which raises its own errors on arguments that it knows not to be real."""
    try:
        return function(*arguments)
    except (TypeError, ValueError):
        refuse("not everything compared here is real; change it", at)


def check_numbers(expr: Any, degree: int, start: int) -> None:
    """Refuse numbers that are too long, and a degree that is too high."""
    for term in sp.Add.make_args(expr):
        for factor in sp.Mul.make_args(term):
            base, exponent = factor.as_base_exp()
            most = MAX_BITS if exponent.is_Integer else MAX_RADICAND_BITS
            if base.is_Rational and _bits(base) > most:
                what = "an integer" if exponent.is_Integer else "the number under a root"
                refuse(f"{what} has more than {most} bits here; use smaller numbers", start)
    if degree > MAX_DEGREE:
        refuse(f"the degree may exceed {MAX_DEGREE} here; use smaller powers", start)


def check_real(expr: Any, piece: str, start: int) -> None:
    """Refuse what is not real and finite, and a constant too close to zero to divide by; `piece` is its text."""
    unreal = any(
        factor == sp.I or (factor.is_Pow and factor.base.is_Rational and factor.base < 0)
        for factor in sp.Mul.make_args(expr)
    )
    if unreal or expr in _NOT_FINITE:
        refuse(f"{piece} is not real and finite; change it", start)
    if expr.is_number and not expr.is_Rational:
        try:
            number = expr.evalf(15, strict=True)
        except PrecisionExhausted:
            refuse(f"{piece} cannot be told from zero; write it in a simpler form", start)
        if not number.is_Float:
            refuse(f"{piece} is not real and finite; change it", start)
        if not 1 / _HUGE <= abs(number) <= _HUGE:
            refuse(f"the size of {piece} is not within 2**{MAX_BITS}; rescale it", start)


def checked_power(base: Any, degree: int, exponent: Any, at: int) -> int:
    """Check a power before it is built, and return a bound on its degree."""
    if abs(exponent.p) > MAX_EXPONENT or exponent.q > MAX_EXPONENT:
        excess = "has a numerator or denominator larger than " if exponent.q > 1 else "is larger than "
        if exponent.q == 1 and exponent < 0:
            excess = "is smaller than -"
        refuse(f"exponent {clip(str(exponent))} {excess}{MAX_EXPONENT}", at)
    # A power of a sum is kept as it is; the numerical factors of a product are raised at once.
    for factor in sp.Mul.make_args(base):
        number = factor.as_base_exp()[0]
        if number.is_Rational:
            if _bits(number) * abs(exponent.p) > MAX_BITS:
                refuse(f"this power would have more than {MAX_BITS} bits; use a smaller base or exponent", at)
            if exponent.q > 1 and _bits(number) > MAX_RADICAND_BITS:
                refuse(f"the number under a root has more than {MAX_RADICAND_BITS} bits; use a smaller one", at)
    return int(-(-degree * abs(exponent.p) // exponent.q))


def exponential_degrees(argument: Any, degree: int, start: int) -> list[int]:
    """Check the powers that SymPy makes of exp(c*log(u)), which is u**c, and return bounds on their degrees."""
    degrees = []
    for term in sp.Add.make_args(argument):
        logarithms = [factor for factor in sp.Mul.make_args(term) if isinstance(factor, sp.log)]
        if len(logarithms) == 1 and (exponent := term / logarithms[0]).is_number:
            if not exponent.is_Rational:
                refuse("exp of log times an irrational number is not allowed; use a rational factor", start)
            degrees.append(checked_power(logarithms[0].args[0], degree, exponent, start))
    return degrees


def nested(roots: int, opens: bool, at: int) -> int:
    """Count one more nonlinear level, if it opens the count or stands around a root counted before."""
    roots += opens or roots > 0
    if roots > MAX_ROOTS:
        refuse(f"more than {MAX_ROOTS} functions and powers around a root, log or quotient; split them", at)
    return roots


class Shapes:
    """Heights and sizes of expression trees, each measured once."""

    def __init__(self) -> None:
        self._known: dict[Any, tuple[int, int]] = {}

    def check(self, expr: Any, start: int) -> None:
        """Refuse a tree that is too high or too large."""
        height, size = self._measure(expr)
        if height > MAX_DEPTH:
            refuse(f"nested deeper than {MAX_DEPTH} levels; split the expression", start)
        if size > MAX_SIZE:
            refuse(f"the expression grows beyond {MAX_SIZE} nodes here; shorten it", start)

    def _measure(self, expr: Any) -> tuple[int, int]:
        if expr not in self._known:
            shapes = [self._measure(argument) for argument in expr.args]
            height = max((height for height, _ in shapes), default=-1) + 1
            self._known[expr] = height, sum(size for _, size in shapes) + 1
        return self._known[expr]


def _bits(number: Any) -> int:
    return max(int(number.p).bit_length(), int(number.q).bit_length())
