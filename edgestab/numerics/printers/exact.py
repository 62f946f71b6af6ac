"""Exact rational arithmetic: a program evaluated on fractions, where all its operations are rational."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import flint

from edgestab.numerics.programs.program import Program


class NotRational(ArithmeticError):
    """A program has an operation that leaves the rational numbers, or is undefined where it is evaluated."""


def _sign(a: flint.fmpq) -> flint.fmpq:
    return flint.fmpq((a > 0) - (a < 0))


def _power(a: flint.fmpq, b: flint.fmpq) -> flint.fmpq:
    if b.q != 1:
        raise NotRational("a root")
    return a ** int(b.p)


def _kink(a: flint.fmpq, b: flint.fmpq) -> flint.fmpq:
    if a == 0 and b != 0:
        raise NotRational("a slope on a kink")
    return flint.fmpq(0)


_OPERATIONS: dict[str, Callable[..., Any]] = {
    "neg": operator.neg,
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "abs": abs,
    "sign": _sign,
    "kink": _kink,
    "pow": _power,
    "min": min,
    "max": max,
}


def is_rational(program: Program) -> bool:
    """Return whether every operation of a program leads from rational numbers to rational numbers."""
    return all(i.op in _OPERATIONS for i in program.instructions)


def evaluate(program: Program, inputs: Sequence[flint.fmpq]) -> list[flint.fmpq]:
    """Evaluate a program exactly.

    Raises
    ------
    NotRational
        When an operation has no rational value there.

    Examples
    --------
    >>> from edgestab.theory.symbols import symbols
    >>> from edgestab.numerics.programs.program import program_of
    >>> x, = symbols("x")
    >>> evaluate(program_of([abs(x) / 3], [x]), [flint.fmpq(-1, 2)])
    [1/6]
    """
    values = list(inputs)

    def at(operand: int | Fraction) -> flint.fmpq:
        if isinstance(operand, Fraction):
            return flint.fmpq(operand.numerator, operand.denominator)
        return values[operand]

    try:
        for instruction in program.instructions:
            if instruction.op not in _OPERATIONS:
                raise NotRational(f"the operation {instruction.op}")
            values.append(_OPERATIONS[instruction.op](*map(at, instruction.args)))
    except ZeroDivisionError as error:
        raise NotRational("a division by zero") from error
    return [at(o) for o in program.outputs]
