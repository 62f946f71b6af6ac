"""Ball arithmetic: a program evaluated with rigorous error bounds by Arb (python-flint)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import flint

from numerics.program import Program

_OPERATIONS: dict[str, Callable[..., Any]] = {
    "neg": lambda a: -a,
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "sqrt": lambda a: a.sqrt(),
    "exp": lambda a: a.exp(),
    "log": lambda a: a.log(),
    "sin": lambda a: a.sin(),
    "cos": lambda a: a.cos(),
    "tan": lambda a: a.tan(),
    "sinh": lambda a: a.sinh(),
    "cosh": lambda a: a.cosh(),
    "tanh": lambda a: a.tanh(),
    "abs": abs,
    "pow": lambda a, b: a**b,
    "pi": lambda: flint.arb.pi(),
    "min": lambda a, b: a.min(b),
    "max": lambda a, b: a.max(b),
}


def ball(value: Fraction | int | float | flint.arb) -> flint.arb:
    """Return the ball of an exact number: a Fraction, an int or a double taken as the dyadic it is."""
    if isinstance(value, flint.arb):
        return value
    exact = Fraction(value)
    return flint.arb(flint.fmpq(exact.numerator, exact.denominator))


def evaluate(program: Program, inputs: Sequence[flint.arb]) -> list[flint.arb]:
    """Evaluate a program in ball arithmetic at the current precision ``flint.ctx.prec``.

    The result encloses the exact values for every choice of reals in the input balls. A square root or
    logarithm that may leave its domain gives a ball that is not finite.

    Examples
    --------
    >>> from theory.symbols import symbols
    >>> from numerics.program import program_of
    >>> x, = symbols("x")
    >>> evaluate(program_of([x / 3], [x]), [ball(1)])[0] > ball(Fraction(33, 100))
    True
    """
    if len(inputs) != len(program.inputs):
        raise ValueError(f"the program takes {len(program.inputs)} inputs, got {len(inputs)}")
    values = list(inputs)

    def value(operand: int | Fraction) -> flint.arb:
        return ball(operand) if isinstance(operand, Fraction) else values[operand]

    for instruction in program.instructions:
        values.append(_OPERATIONS[instruction.op](*(value(a) for a in instruction.args)))
    return [value(o) for o in program.outputs]
