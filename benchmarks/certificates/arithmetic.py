"""What the judge of one cell needs of an arithmetic; Arb as one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Generic, Protocol, Self, TypeVar

import flint

from edgestab.numerics.printers import ball
from edgestab.numerics.programs.program import Builder, Operand, Program


class Value(Protocol):
    """An enclosure of a real number."""

    def __add__(self, other: Self, /) -> Self: ...
    def __sub__(self, other: Self, /) -> Self: ...
    def __mul__(self, other: Self, /) -> Self: ...


V = TypeVar("V", bound=Value)
Run = Callable[[Sequence[V]], list[V]]


class Undefined(ArithmeticError):
    """A value of which nothing is known."""


@dataclass(frozen=True)
class Arithmetic(Generic[V]):
    """What the judge needs beside + - * of the values themselves.

    Parameters
    ----------
    of : callable
        From the ends of an interval.
    ends : callable
        The ends of a value, rounded outward.
    hull, both : callable
        Of two values: what encloses either; what lies in both.
    compile : callable
        From a program to a function of values, made once.
    """

    of: Callable[[float, float], V]
    ends: Callable[[V], tuple[float, float]]
    hull: Callable[[V, V], V]
    both: Callable[[V, V], V]
    compile: Callable[[Program], Run[V]]


def live(program: Program) -> Program:
    """Leave out what no output needs, as the engine's tape does."""
    n = len(program.inputs)
    needed = {o for o in program.outputs if not isinstance(o, Fraction)}
    for number in reversed(range(len(program.instructions))):
        if n + number in needed:
            needed |= {a for a in program.instructions[number].args if not isinstance(a, Fraction)}
    builder, values = Builder(program.inputs), dict[int, Operand](enumerate(range(n)))

    def at(operand: Operand) -> Operand:
        return operand if isinstance(operand, Fraction) else values[operand]

    for number, i in enumerate(program.instructions, n):
        if number in needed:
            values[number] = builder.emit(i.op, *map(at, i.args))
    return Program(program.inputs, tuple(builder.instructions), tuple(map(at, program.outputs)))


def _of(low: float, high: float) -> flint.arb:
    return flint.arb(low).union(flint.arb(high)) if low < high else flint.arb(low)


def _ends(value: flint.arb) -> tuple[float, float]:
    if not value.is_finite():
        raise Undefined
    return float(value.lower()), float(value.upper())


def _both(a: flint.arb, b: flint.arb) -> flint.arb:
    if not (a.is_finite() and b.is_finite()):
        raise Undefined
    return a.intersection(b)


def _compiled(program: Program) -> Run[flint.arb]:
    alive = live(program)
    return lambda values: ball.evaluate(alive, values)


ARB = Arithmetic(_of, _ends, flint.arb.union, _both, _compiled)
"""Balls at python-flint's precision, 53 bits unless changed."""
