"""Taylor arithmetic: a program evaluated on truncated power series with ball coefficients (python-flint)."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import flint

from edgestab.errors import InputError
from edgestab.numerics.printers.ball import resolved
from edgestab.numerics.programs.program import Program

Series = flint.arb_series


@contextmanager
def truncation(length: int) -> Iterator[None]:
    """Work modulo t**length, and restore the previous truncation ``flint.ctx.cap``."""
    old = flint.ctx.cap
    flint.ctx.cap = length
    try:
        yield
    finally:
        flint.ctx.cap = old


def evaluate(program: Program, inputs: Sequence[Series]) -> list[Series]:
    r"""Evaluate a program on power series in one variable t, modulo :math:`t^{\mathtt{flint.ctx.cap}}`.

    On the inputs :math:`z + t u` the coefficient of :math:`t^k` of an output f encloses
    :math:`D^k f(z)[u, \dots, u]/k!` for every z in the input balls: automatic differentiation by Taylor
    arithmetic (Moore 1966; Griewank and Walther 2008, chapter 13).

    Parameters
    ----------
    program : Program
        What to evaluate.
    inputs : sequence of arb_series
        One for each input, truncated alike.

    Returns
    -------
    list of arb_series
        One for each output. Where a square root, a logarithm or a quotient may leave its domain the
        coefficients are not finite.

    Raises
    ------
    InputError
        When the program takes an absolute value, a minimum or a maximum, which have no Taylor series.

    Examples
    --------
    >>> from edgestab.theory.symbols import symbols
    >>> from edgestab.numerics.programs.program import program_of
    >>> x, = symbols("x")
    >>> with truncation(4):
    ...     cube, = evaluate(program_of([x**3], [x]), [flint.arb_series([2, 1])])
    >>> [int(cube[k].unique_fmpz()) for k in range(4)]
    [8, 12, 6, 1]
    """
    if len(inputs) != len(program.inputs):
        raise InputError(f"the program takes {len(program.inputs)} inputs, got {len(inputs)}")
    constants, operations, outputs = _resolved(program, flint.ctx.prec, flint.ctx.cap)
    values = [*inputs, *constants]
    for function, args in operations:
        values.append(function(*[values[i] for i in args]))
    return [values[o] for o in outputs]


def _divide(a: Series, b: Series) -> Series:
    try:
        return a / b
    except (ValueError, ZeroDivisionError):  # the divisor may vanish
        return Series([flint.arb.nan()] * flint.ctx.cap)


def _split(x: Series) -> tuple[flint.arb, Series]:
    """The value at t = 0, and the nilpotent rest."""
    return x[0], Series([0, *x.coeffs()[1:]])  # x - x[0] would leave a ball about 0 in the first place


# Hyperbolic functions through their addition theorems: exponentials of the whole ball would cancel.
def _sinh(x: Series) -> Series:
    c, h = _split(x)
    up, down = h.exp(), (-h).exp()
    return (Series([c.sinh()]) * (up + down) + Series([c.cosh()]) * (up - down)) / 2


def _cosh(x: Series) -> Series:
    c, h = _split(x)
    up, down = h.exp(), (-h).exp()
    return (Series([c.cosh()]) * (up + down) + Series([c.sinh()]) * (up - down)) / 2


def _tanh(x: Series) -> Series:
    c, h = _split(x)
    square = (2 * h).exp()
    rise = (square - 1) / (square + 1)
    tanh, slope = c.tanh(), c.cosh() ** -2
    # tanh(c + h) = tanh c + sech^2 c tanh h / (1 + tanh c tanh h)
    return Series([tanh]) + Series([slope]) * rise / (1 + Series([tanh]) * rise)


def _power(a: Series, b: Series) -> Series:
    return (b * a.log()).exp()


_OPERATIONS: dict[str, Callable[..., Any]] = {
    "neg": operator.neg,
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": _divide,
    "sqrt": Series.sqrt,
    "exp": Series.exp,
    "log": Series.log,
    "sin": Series.sin,
    "cos": Series.cos,
    "tan": Series.tan,
    "sinh": _sinh,
    "cosh": _cosh,
    "tanh": _tanh,
    "pow": _power,
}


@functools.lru_cache(maxsize=512)
def _resolved(
    program: Program, _precision: int, _length: int
) -> tuple[list[Series], list[tuple[Callable[..., Series], tuple[int, ...]]], list[int]]:
    """The program with its constants as series, in slots between inputs and results."""
    kinks = sorted({i.op for i in program.instructions} - set(_OPERATIONS) - {"pi"})
    if kinks:
        raise InputError(f"{', '.join(kinks)} has no Taylor series: write the map without it to differentiate it")
    return resolved(program, _OPERATIONS, lambda c: Series([c]))
