"""From a program to interval instructions: powers and scalings found, dead values dropped, registers shared."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from edgestab.errors import InputError
from edgestab.numerics.intervals.kernel import CODES
from edgestab.numerics.intervals.rounding import INEXACT, MOST, PHI
from edgestab.numerics.programs.program import BINARY, REMAINDER, UNARY, Operand, Program

_LARGEST_ODD = 63
"""The largest odd power that is one instruction."""

_PI = (math.pi, math.nextafter(math.pi, 4))  # the double is below

Enclosure = tuple[float, float]
Value = int | Enclosure
"""The number of an input or a node, or a constant."""


@dataclass(frozen=True)
class Assembly:
    """The parts of a `edgestab.numerics.intervals.tape.Tape`, as plain tuples."""

    code: tuple[tuple[int, int, int, int], ...]
    constants: tuple[Enclosure, ...]
    scales: tuple[tuple[float, float], ...]
    registers: int


@dataclass(frozen=True)
class Node:
    """One operation of the interpreter; `extra` is a row of the scales, or an exponent."""

    op: str
    args: tuple[Value, ...]
    extra: int = 0


def assemble(program: Program) -> Assembly:
    """Return the interval instructions of a program.

    Raises
    ------
    InputError
        When an operation has no interval form.
    """
    graph = _Graph(len(program.inputs))
    values: list[Value] = list(range(len(program.inputs)))

    def value(operand: Operand) -> Value | Fraction:
        return operand if isinstance(operand, Fraction) else values[operand]

    for i in program.instructions:
        values.append(graph.instruction(i.op, [value(a) for a in i.args]))  # noqa: PERF401 (each needs those before)
    outputs = [_fixed(value(o)) for o in program.outputs]
    return _allocate(len(program.inputs), graph.nodes, outputs, tuple(graph.scales))


def enclosure(exact: Fraction) -> Enclosure:
    """Return the narrowest interval of doubles that holds a number.

    Examples
    --------
    >>> enclosure(Fraction(1, 4)), enclosure(Fraction(10**400))
    ((0.25, 0.25), (1.7976931348623157e+308, inf))
    """
    try:
        nearest = float(exact)
    except OverflowError:
        return (MOST, math.inf) if exact > 0 else (-math.inf, -MOST)
    if Fraction(nearest) < exact:
        return nearest, math.nextafter(nearest, math.inf)
    if Fraction(nearest) > exact:
        return math.nextafter(nearest, -math.inf), nearest
    return nearest, nearest


def _fixed(value: Value | Fraction) -> Value:
    return enclosure(value) if isinstance(value, Fraction) else value


class _Graph:
    """The nodes made so far; equal nodes are one."""

    def __init__(self, inputs: int) -> None:
        self.inputs = inputs
        self.nodes: list[Node] = []
        self.scales: dict[tuple[float, float], int] = {}  # their rows
        self._made: dict[Node, int] = {}
        self._powers: dict[Value, tuple[Value, int]] = {}  # of nodes that are powers: the base and the exponent
        self._functions: dict[tuple[Fraction, ...], int] = {}  # their numbers, one for each derivative too

    def instruction(self, op: str, args: Sequence[Value | Fraction]) -> Value:
        """Add one instruction of a program."""
        if op == "pi":
            return _PI
        if op == REMAINDER:
            return self._remainder(args[0], tuple(a for a in args[1:] if isinstance(a, Fraction)))
        if op not in CODES or op not in UNARY | BINARY:
            raise InputError(f"{op} has no interval form: write the program without it")
        if op in ("mul", "div", "pow"):
            a, b = args
            if op == "mul":
                return self._product(a, b)
            if op == "div" and isinstance(b, Fraction) and b != 0:
                return self._product(a, 1 / b)
            if op == "pow" and isinstance(b, Fraction) and b.denominator == 1 and 0 < b <= _LARGEST_ODD:
                return self._power(_fixed(a), int(b))
        return self._node(op, *args)

    def _node(self, op: str, *args: Value | Fraction, extra: int = 0) -> int:
        node = Node(op, tuple(_fixed(a) for a in args), extra)
        if node not in self._made:
            self._made[node] = self.inputs + len(self.nodes)
            self.nodes.append(node)
        return self._made[node]

    def _remainder(self, at: Value | Fraction, exact: tuple[Fraction, ...]) -> int:
        _, low, high, bound, *_ = exact
        if any(Fraction(float(end)) != end for end in (low, high)):
            raise InputError("the ends between which a remainder is bounded must be doubles")
        here = self._node("inside", at, (float(low), float(high)))
        size = enclosure(bound)[1]
        # The number is no operand, but a function and another, or its derivative, must not become one node: the product
        # of two values in [-r, r] is no square.
        number = self._functions.setdefault(exact, len(self._functions))
        return self._node("bounded", here, (-size, size), extra=number)

    def _product(self, a: Value | Fraction, b: Value | Fraction) -> Value:
        if isinstance(a, Fraction):
            a, b = b, a
        if isinstance(b, Fraction):
            if b == 1:
                return _fixed(a)
            if b == -1:
                return self._node("neg", a)
            inflation = _inflation(abs(b))
            if inflation is None:
                return self._node("mul", a, b)
            row = self.scales.setdefault((float(abs(b)), inflation), len(self.scales))
            return self._node("scale" if b > 0 else "scale_neg", a, extra=row)
        a = _fixed(a)
        base, n = self._powers.get(a, (a, 1))
        other, m = self._powers.get(b, (b, 1))
        if base == other and ((n + m) % 2 == 0 or n + m <= _LARGEST_ODD):
            return self._power(base, n + m)
        return self._node("mul", a, b)

    def _power(self, base: Value, n: int) -> Value:
        if n == 1:
            return base
        value = self._node("odd", base, extra=n) if n % 2 else self._node("sqr", self._power(base, n // 2))
        self._powers[value] = (base, n)
        return value


def _inflation(factor: Fraction) -> float | None:
    """How a product with the double nearest to a positive factor is inflated; None when that is no normal double."""
    if not Fraction(1, 2**1022) <= factor <= Fraction(MOST):
        return None
    if Fraction(float(factor)) != factor:
        return INEXACT
    return 0.0 if math.frexp(float(factor))[0] == 0.5 else PHI


def _allocate(
    inputs: int, nodes: Sequence[Node], outputs: Sequence[Value], scales: tuple[tuple[float, float], ...]
) -> Assembly:
    """Give registers by a linear scan over lifetimes.

    A result never shares the register of an operand: the loops over a block assume that they differ. Outputs are
    stored as soon as they are known.
    """
    live, last = _lifetimes(inputs, nodes, outputs)
    used = [*(a for k in live for a in nodes[k].args), *outputs]
    constants = list(dict.fromkeys(v for v in used if not isinstance(v, int)))
    place: dict[Value, int] = {v: i for i, v in enumerate((*constants, *range(inputs)))}
    registers = len(place)
    stores: dict[Value, list[int]] = {}
    for row, output in enumerate(outputs):
        stores.setdefault(output, []).append(row)
    code = [(CODES["store"], row, place[v], 0) for v in place for row in stores.get(v, ())]
    free = [place[v] for v in reversed(range(inputs)) if v not in last]
    for k in live:
        node, value = nodes[k], inputs + k
        if not free:
            free.append(registers)
            registers += 1
        place[value] = free.pop()
        sources = [place[a] for a in node.args]
        second = sources[1] if len(sources) == 2 else node.extra
        code.append((CODES[node.op], place[value], sources[0], second))
        code += [(CODES["store"], row, place[value], 0) for row in stores.get(value, ())]
        ended = {a for a in (*node.args, value) if isinstance(a, int) and last.get(a, k) == k}
        free += sorted(place[a] for a in ended)
    return Assembly(tuple(code), tuple(constants), scales, max(registers, 1))


def _lifetimes(inputs: int, nodes: Sequence[Node], outputs: Sequence[Value]) -> tuple[list[int], dict[int, int]]:
    """Return the nodes that an output needs, in order, and the last node that reads each input or node."""
    wanted = {v for v in outputs if isinstance(v, int)}
    last: dict[int, int] = {}
    live = []
    for k in range(len(nodes) - 1, -1, -1):
        if inputs + k in wanted:
            live.append(k)
            for a in nodes[k].args:
                if isinstance(a, int):
                    wanted.add(a)
                    last.setdefault(a, k)
    return live[::-1], last
