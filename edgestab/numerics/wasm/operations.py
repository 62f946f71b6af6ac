"""The operations of a program on two doubles at once, each as few instructions of WebAssembly."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from edgestab.numerics.programs.called import called
from edgestab.numerics.programs.program import Program, double, is_called
from edgestab.numerics.wasm.encoding import Code

_DIRECT: Mapping[str, str] = {
    "neg": "f64x2.neg",
    "abs": "f64x2.abs",
    "sqrt": "f64x2.sqrt",
    "add": "f64x2.add",
    "sub": "f64x2.sub",
    "mul": "f64x2.mul",
    "div": "f64x2.div",
}

ELEMENTARY = ("exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "pow")
"""Operations that are functions of the module: `edgestab.numerics.wasm.elementary`."""


def _sign(c: Code, a: int) -> int:
    below = c.of("f64x2.lt", a, c.constant(0.0))
    rest = c.of("v128.bitselect", c.constant(-1.0), c.of("f64x2.mul", a, c.constant(0.0)), below)
    return c.of("v128.bitselect", c.constant(1.0), rest, c.of("f64x2.gt", a, c.constant(0.0)))


def _kink(c: Code, a: int, b: int) -> int:
    beside = c.of("v128.or", c.of("f64x2.gt", a, c.constant(0.0)), c.of("f64x2.lt", a, c.constant(0.0)))
    nothing = c.of("v128.or", beside, c.of("f64x2.eq", b, c.constant(0.0)))
    return c.of("v128.bitselect", c.constant(0.0), c.constant(math.nan), nothing)


def _choose(c: Code, a: int) -> int:
    return c.of("v128.and", a, c.of("f64x2.le", c.of("f64x2.abs", a), c.constant(1.0)))


def _chosen(comparison: str) -> Callable[[Code, int, int], int]:
    """Minimum or maximum, as `edgestab.numerics.printers.scalar` has them: what is undefined stays so."""

    def operation(c: Code, a: int, b: int) -> int:
        first = c.of("v128.or", c.of(comparison, a, b), c.of("f64x2.ne", a, a))
        return c.of("v128.bitselect", a, b, first)

    return operation


_COMPOSED: Mapping[str, Callable[..., int]] = {
    "sign": _sign,
    "kink": _kink,
    "choose": _choose,
    "near": lambda _c, a, _b: a,
    "min": _chosen("f64x2.lt"),
    "max": _chosen("f64x2.gt"),
    "pi": lambda c: c.constant(math.pi),
}


def print_program(c: Code, program: Program, inputs: Sequence[int], elementary: Mapping[str, int]) -> list[int]:
    """Append the instructions of a program to a function, and return the locals that hold its outputs.

    Parameters
    ----------
    c : Code
        The function.
    program : Program
        What to print.
    inputs : sequence of int
        The locals that hold its inputs; they keep their values.
    elementary : mapping
        The numbers of the functions of `ELEMENTARY`.
    """
    values = list(inputs)

    def value(operand: int | Fraction) -> int:
        return c.constant(double(operand)) if isinstance(operand, Fraction) else values[operand]

    for instruction in program.instructions:
        arguments = [value(a) for a in instruction.args]
        if instruction.op in _DIRECT:
            values.append(c.of(_DIRECT[instruction.op], *arguments))
        elif instruction.op in _COMPOSED:
            values.append(_COMPOSED[instruction.op](c, *arguments))
        elif is_called(instruction.op):
            values.extend(print_program(c, called(instruction.op), arguments, elementary)[:1])
        else:
            c.get(*arguments)
            c.call(elementary[instruction.op])
            values.append(c.kept())
    return [value(o) for o in program.outputs]


def operations(program: Program) -> set[str]:
    """Return the names of the operations of a program and of all that it calls."""
    found = {i.op for i in program.instructions}
    return found.union(*(operations(called(op)) for op in found if is_called(op)))
