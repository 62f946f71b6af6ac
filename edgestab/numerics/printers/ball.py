"""Ball arithmetic: a program evaluated with rigorous error bounds by Arb (python-flint)."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeVar

import flint

from edgestab.errors import InputError
from edgestab.numerics.programs.called import called, called_by
from edgestab.numerics.programs.program import Operand, Program

V = TypeVar("V")


def _sign(a: flint.arb) -> flint.arb:
    """The sign, and all slopes between the two where it is not certain: those of a kink (Clarke's)."""
    if a > 0 or a < 0:
        return flint.arb(1 if a > 0 else -1)
    if not a.is_finite():
        return flint.arb("nan")
    return flint.arb(0, 1)


def _choose(a: flint.arb) -> flint.arb:
    """An exact number in [-1, 1]: the middle of the ball where it lies there."""
    return a.mid() if abs(a.mid()) <= 1 else flint.arb(0)


def _remainder(b: flint.arb, _: flint.arb, low: flint.arb, high: flint.arb, *bounds: flint.arb) -> flint.arb:
    return flint.arb(0, bounds[0].upper()) if low <= b <= high else flint.arb("nan")


_OPERATIONS: dict[str, Callable[..., Any]] = {
    "neg": operator.neg,
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "sqrt": flint.arb.sqrt,
    "exp": flint.arb.exp,
    "log": flint.arb.log,
    "sin": flint.arb.sin,
    "cos": flint.arb.cos,
    "tan": flint.arb.tan,
    "sinh": flint.arb.sinh,
    "cosh": flint.arb.cosh,
    "tanh": flint.arb.tanh,
    "abs": abs,
    "sign": _sign,
    "kink": lambda a, b: flint.arb(0) if a > 0 or a < 0 or b == 0 else flint.arb("nan"),
    "choose": _choose,
    "near": lambda a, b: a + flint.arb(0, abs(b).upper()),
    "remainder": _remainder,
    "pow": operator.pow,
    "min": flint.arb.min,
    "max": flint.arb.max,
}


def ball(value: Fraction | int | float | flint.arb) -> flint.arb:
    """Return the ball of an exact number: a Fraction, an int or a double taken as the dyadic it is."""
    if isinstance(value, flint.arb):
        return value
    exact = Fraction(value)
    return flint.arb(flint.fmpq(exact.numerator, exact.denominator))


def squared(x: flint.arb) -> flint.arb:
    """Return the square of a ball; Arb's power is not finite for a ball whose middle is exactly zero.

    Examples
    --------
    >>> squared(flint.arb(0, 0.5)).is_finite()
    True
    """
    return x * x


def evaluate(program: Program, inputs: Sequence[flint.arb]) -> list[flint.arb]:
    """Evaluate a program in ball arithmetic at the current precision ``flint.ctx.prec``.

    The result encloses the exact values for every choice of reals in the input balls. A square root or
    logarithm that may leave its domain gives a ball that is not finite.

    Examples
    --------
    >>> from edgestab.theory.symbols import symbols
    >>> from edgestab.numerics.programs.program import program_of
    >>> x, = symbols("x")
    >>> evaluate(program_of([x / 3], [x]), [ball(1)])[0] > ball(Fraction(33, 100))
    True
    """
    if len(inputs) != len(program.inputs):
        raise InputError(f"the program takes {len(program.inputs)} inputs, got {len(inputs)}")
    constants, operations, outputs = _resolved(program, flint.ctx.prec)
    values = [*inputs, *constants]
    for function, args in operations:
        values.append(function(*[values[i] for i in args]))
    return [values[o] for o in outputs]


@functools.lru_cache(maxsize=512)
def _resolved(
    program: Program, _precision: int
) -> tuple[list[flint.arb], list[tuple[Callable[..., flint.arb], tuple[int, ...]]], list[int]]:
    """The program with its constants as balls of the current precision, in slots between inputs and results."""
    own = {op: functools.partial(_call, called(op)) for op in called_by([program])}
    return resolved(program, {**_OPERATIONS, **own}, lambda c: c)


def _call(program: Program, *operands: flint.arb) -> flint.arb:
    return evaluate(program, operands)[0]


def resolved(
    program: Program, table: Mapping[str, Callable[..., V]], lift: Callable[[flint.arb], V]
) -> tuple[list[V], list[tuple[Callable[..., V], tuple[int, ...]]], list[int]]:
    """Return the constants, the operations and the outputs of a program, by slots: inputs, constants, results.

    Parameters
    ----------
    program : Program
        The program.
    table : mapping
        The function of every operation but pi.
    lift : callable
        From a ball, at the current precision, to a constant of the arithmetic.
    """
    n = len(program.inputs)
    exact = [a for i in program.instructions for a in i.args if isinstance(a, Fraction)]
    exact += [o for o in program.outputs if isinstance(o, Fraction)]
    numbers = list(dict.fromkeys(exact))
    constants = [lift(ball(c)) for c in numbers]
    if any(i.op == "pi" for i in program.instructions):
        constants.append(lift(flint.arb.pi()))
    shift = len(constants)

    def slot(operand: Operand) -> int:
        if isinstance(operand, Fraction):
            return n + numbers.index(operand)
        return operand if operand < n else operand + shift

    operations = [
        (_same, (n + shift - 1,)) if i.op == "pi" else (table[i.op], tuple(slot(a) for a in i.args))
        for i in program.instructions
    ]
    return constants, operations, [slot(o) for o in program.outputs]


def _same(x: V) -> V:
    return x
