"""Intervals in plain Python: two floats, rounded outward by `math.nextafter`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from benchmarks.certificates.arithmetic import Arithmetic, Run, Undefined, live
from edgestab.numerics.printers import ball
from edgestab.numerics.programs.program import Program

INF = math.inf
after = math.nextafter


class Interval:
    """A frozen dataclass would take twice as long, most of it to be made."""

    __slots__ = ("hi", "lo")

    def __init__(self, lo: float, hi: float) -> None:
        self.lo, self.hi = lo, hi

    def __add__(self, other: Interval) -> Interval:
        return Interval(after(self.lo + other.lo, -INF), after(self.hi + other.hi, INF))

    def __sub__(self, other: Interval) -> Interval:
        return Interval(after(self.lo - other.hi, -INF), after(self.hi - other.lo, INF))

    def __mul__(self, other: Interval) -> Interval:
        a, b, c, d = self.lo * other.lo, self.lo * other.hi, self.hi * other.lo, self.hi * other.hi
        return Interval(after(min(a, b, c, d), -INF), after(max(a, b, c, d), INF))


def _product(a: Interval, b: Interval) -> Interval:
    """With the square of one value as what it is."""
    if a is not b:
        return a * b
    c = _magnitude(a)
    return Interval(after(c.lo * c.lo, 0), after(c.hi * c.hi, INF))


def _quotient(a: Interval, b: Interval) -> Interval:
    if b.lo <= 0 <= b.hi:
        raise Undefined
    w, x, y, z = a.lo / b.lo, a.lo / b.hi, a.hi / b.lo, a.hi / b.hi
    return Interval(after(min(w, x, y, z), -INF), after(max(w, x, y, z), INF))


def _magnitude(a: Interval, _: object = None) -> Interval:
    return a if a.lo >= 0 else Interval(max(-a.hi, 0.0), max(-a.lo, a.hi))


def _root(a: Interval, _: object) -> Interval:
    if a.lo < 0:
        raise Undefined
    return Interval(after(math.sqrt(a.lo), 0), after(math.sqrt(a.hi), INF))


_TABLE: dict[str, Callable[..., Interval]] = {
    "neg": lambda a, _: Interval(-a.hi, -a.lo),
    "abs": _magnitude,
    "sqrt": _root,
    "add": Interval.__add__,
    "sub": Interval.__sub__,
    "mul": _product,
    "div": _quotient,
    "min": lambda a, b: Interval(min(a.lo, b.lo), min(a.hi, b.hi)),
    "max": lambda a, b: Interval(max(a.lo, b.lo), max(a.hi, b.hi)),
}
"""All take two operands, those of one ignore the second: the loop below is shorter for it."""


def _compiled(program: Program) -> Run[Interval]:
    constants, operations, outputs = ball.resolved(
        live(program), _TABLE, lambda c: Interval(float(c.lower()), float(c.upper()))
    )
    code = [(function, args[0], args[-1]) for function, args in operations]

    def run(inputs: Sequence[Interval]) -> list[Interval]:
        values = [*inputs, *constants]
        append = values.append
        for function, i, j in code:
            append(function(values[i], values[j]))
        return [values[o] for o in outputs]

    return run


PYTHON = Arithmetic(
    Interval,
    lambda value: (value.lo, value.hi),
    lambda a, b: Interval(min(a.lo, b.lo), max(a.hi, b.hi)),
    lambda a, b: Interval(max(a.lo, b.lo), min(a.hi, b.hi)),
    _compiled,
)
