"""Values of a tape enclosed over boxes, in ball arithmetic whose every operation is counted."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from flint import arb

from edgestab.verify.checker.enclosures import Work, ball
from edgestab.verify.checker.tape import FUNCTIONS, Node, Tape


class Code:
    """Values of a tape as operations on balls, each counted."""

    def __init__(self, work: Work, tape: Tape, outputs: Sequence[Node | None]) -> None:
        self.work = work
        wanted = tape.needed(outputs)
        self.inputs, self.constants = [], []
        self.code: list[tuple[Callable[..., arb], int, Any]] = []
        slots: dict[Node, int] = {}
        order = sorted(wanted, key=lambda f: ({"input": 0, "number": 1}.get(tape.code[f][0], 2), f))
        for slot, f in enumerate(order):
            op, a, b = tape.code[f]
            slots[f] = slot
            if op == "input":
                self.inputs.append(a)
            elif op == "number":
                self.constants.append(arb.pi() if a == "pi" else ball(a))
            elif op == "pow":
                self.code.append((partial(_power, n=b), slots[a], None))
            else:
                self.code.append((OPERATIONS[op], slots[a], None if b is None else slots[b]))
        self.outputs = [None if f is None else slots[f] for f in outputs]

    def __call__(self, balls: Sequence[arb]) -> list[arb]:
        """Enclose the values over a box, by the natural extension."""
        self.work.spend(len(self.code) + 1)
        values = [*(balls[i] for i in self.inputs), *self.constants]
        for operation, a, b in self.code:
            values.append(operation(values[a]) if b is None else operation(values[a], values[b]))
        return [arb(0) if f is None else values[f] for f in self.outputs]


class MeanValue:
    """Values by the natural extension, met with the mean-value form in some of the inputs."""

    def __init__(self, work: Work, tape: Tape, outputs: Sequence[Node], by: Sequence[int]) -> None:
        self.by = by
        self.values = Code(work, tape, outputs)
        self.slopes = Code(work, tape, [tape.slope(f, i) for f in outputs for i in by])

    def __call__(self, balls: Sequence[arb]) -> list[arb]:
        """Enclose the values over a box; where a value may be undefined its ball is not finite."""
        over, middle = self.values(balls), [*balls]
        if not all(x.is_finite() for x in over):
            return over  # a mean-value form does not see that a value is undefined
        for i in self.by:
            middle[i] = balls[i].mid()
        at, rows, off = self.values(middle), self.slopes(balls), [balls[i] - middle[i] for i in self.by]
        found = []
        for k, (value, natural) in enumerate(zip(at, over, strict=True)):
            mean = sum(map(operator.mul, rows[k * len(off) : (k + 1) * len(off)], off), value)
            found.append(natural.intersection(mean) if mean.is_finite() else natural)
        return found


def _power(x: arb, n: int) -> arb:
    """x^n from the powers of the ends; Arb's own is NaN where the middle is 0."""
    if n % 2:
        return _product(x.lower(), n).union(_product(x.upper(), n))
    return _product(x.abs_lower(), n).union(_product(x.abs_upper(), n))


def _product(x: arb, n: int) -> arb:
    half = _product(x * x, n // 2) if n > 1 else x
    return half * x if n > 1 and n % 2 else half


def _sign(x: arb) -> arb:
    if x > 0 or x < 0:
        return arb(1 if x > 0 else -1)
    return arb(0, 1) if x.is_finite() else arb("nan")


def _kink(u: arb, weight: arb) -> arb:
    return arb(0) if u > 0 or u < 0 or weight == 0 else arb("nan")


OPERATIONS: dict[str, Callable[..., arb]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "min": arb.min,
    "max": arb.max,
    "abs": abs,
    "sign": _sign,
    "step": lambda x: (_sign(x) + 1) / 2,
    "kink": _kink,
    "sigmoid": lambda x: 1 / (1 + (-x).exp()),
    **{name: getattr(arb, name) for name in FUNCTIONS[:9]},
}
