"""Formulas as a tape of operations, each on earlier values and done once, with their derivatives.

Nothing is simplified but sums and products with the 0 and 1 of a derivative: what a text divides by, or takes a root or
logarithm of, is divided by and taken a root or logarithm of, so that a ball is finite only where the text is defined.

A slope of |u|, max and min is any between those of the two sides where it is open which side holds (Clarke). The slope
of a jump, such as that of sign(u), is 0 beside it, and 0 where its factor vanishes all over the box; else undefined.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import reduce
from typing import Any

from edgestab.verify.checker.reading import CertificateError, demand, expression

NODES = 20_000  # the most operations on a tape
Node = int
_SIGNS = {operator.add: "add", operator.sub: "sub", operator.mul: "mul", operator.truediv: "div"}
FUNCTIONS = ("sqrt", "exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "abs", "sign")


class Tape:
    """Formulas in these names, and their derivatives by the first of them; None stands for the slope 0."""

    def __init__(self, names: Sequence[str]) -> None:
        self.code: list[tuple[str, Any, Any]] = []
        self.uses: list[int] = []  # the inputs that a value depends on, as bits
        self.jumps: list[bool] = []  # whether a value may jump: the sign of something is in it
        self._made: dict[tuple[str, Any, Any], Node] = {}
        self._slopes: dict[tuple[Node, int], Node | None] = {}
        self.names = {name: self.emit("input", i) for i, name in enumerate(names)}

    def emit(self, op: str, a: Any, b: Any = None) -> Node:
        """Return the value of an operation; the same operation is done once."""
        key = (op, a, b)
        if key not in self._made:
            demand(len(self.code) < NODES, f"a formula and its derivatives have more than {NODES} operations")
            of = [] if op in ("input", "number") else [a] if b is None or op == "pow" else [a, b]
            self._made[key] = len(self.code)
            self.code.append(key)
            self.uses.append(1 << a if op == "input" else reduce(operator.or_, (self.uses[i] for i in of), 0))
            self.jumps.append(op in ("sign", "step", "kink") or any(self.jumps[i] for i in of))
        return self._made[key]

    def read(self, source: Any, names: Sequence[str] | None = None) -> Node:
        """Return the value that a text is, in some of the names of the tape."""
        known = {name: self.names[name] for name in (self.names if names is None else names)}
        known["pi"] = self.emit("number", "pi")
        functions: dict[str, Callable[..., Node]] = {
            name: lambda a, _op=name: self.emit(_op, a) for name in FUNCTIONS
        } | {name: lambda *of, _op=name: reduce(lambda a, b: self.emit(_op, a, b), of) for name in ("min", "max")}
        return int(expression(source, known, self.number, self._combined, functions, self._power))

    def is_total(self, f: Node) -> bool:
        """Whether a value is defined everywhere: nothing is divided by, and no root, logarithm or tangent taken."""
        return all(self.code[g][0] not in ("div", "sqrt", "log", "tan") for g in self.needed([f]))

    def needed(self, outputs: Sequence[Node | None]) -> list[Node]:
        """Return what values are made of, themselves included, in the order of the tape."""
        wanted = {f for f in outputs if f is not None}
        for f in range(max(wanted, default=-1), -1, -1):
            op, a, b = self.code[f]
            if f in wanted and op not in ("input", "number"):
                wanted |= {a} if b is None or op == "pow" else {a, b}
        return sorted(wanted)

    def number(self, value: Fraction | int) -> Node:
        """Return the value that a number is."""
        return self.emit("number", Fraction(value))

    def _combined(self, sign: Callable[..., Any], a: Node, b: Node) -> Node:
        return self.emit(_SIGNS[sign], a, b)

    def _power(self, a: Node, n: int) -> Node:
        return a if n == 1 else self.emit("pow", a, n)

    def slope(self, f: Node, by: int) -> Node | None:
        """Return the derivative of a value by an input."""
        if (f, by) not in self._slopes:
            for g in self.needed([f]):  # those of its parts first, so that long sums are no deep recursion
                if not self.jumps[g] and (g, by) not in self._slopes:
                    self._slopes[g, by] = self._weighted(None, g, by)
            if self.jumps[f]:
                self._slopes[f, by] = self._weighted(None, f, by)
        return self._slopes[f, by]

    def _weighted(self, w: Node | None, f: Node, by: int) -> Node | None:
        """The derivative times a weight, None for 1: a jump has to be seen together with all its factors."""
        if not self.uses[f] >> by & 1:
            return None
        if not self.jumps[f] and (w is not None or (f, by) in self._slopes):
            slope = self.slope(f, by)
            return None if slope is None else self._times(w, slope)
        (op, a, b), part = self.code[f], self._weighted
        match op:
            case "input":
                return self.number(1) if w is None else w
            case "add":
                return self._plus(part(w, a, by), part(w, b, by))
            case "sub":
                return self._plus(part(w, a, by), self._minus(part(w, b, by)))
            case "mul":
                return self._plus(part(self._times(w, b), a, by), part(self._times(w, a), b, by))
            case "div":
                weight = self.emit("div", self.number(1) if w is None else w, b)
                return self._plus(part(weight, a, by), self._minus(part(self._times(weight, f), b, by)))
            case "max" | "min":
                upper, lower = (a, b) if op == "max" else (b, a)
                first = self.emit("step", self.emit("sub", upper, lower))  # 1 where `a` is the one
                other = self.emit("sub", self.number(1), first)
                return self._plus(part(self._times(w, first), a, by), part(self._times(w, other), b, by))
            case "pow":
                weight, inner = self._of_power(a, b)
                return part(self._times(w, weight), inner, by)
            case "sign" | "step":
                inner_slope = part(w, a, by)
                return None if inner_slope is None else self.emit("kink", a, inner_slope)
            case "kink":
                raise CertificateError("the slope of a kink has no slope")
        weight, inner = self._of_function(op, a, f)
        return part(self._times(w, weight), inner, by)

    def _of_power(self, a: Node, n: int) -> tuple[Node, Node]:
        """The slope of a^n by a, or by what a is the positive or negative part or the size of: that has no jump."""
        op, u, v = self.code[a]
        zero, times = self._made.get(("number", Fraction(0), None)), self.number(n)
        less = self._power(a, n - 1)
        if op in ("max", "min") and zero in (u, v):
            return self._times(times, less), v if u == zero else u
        if op == "abs":
            return self._times(self._times(times, u), self._power(a, n - 2) if n > 2 else self.number(1)), u
        return self._times(times, less), a

    def _of_function(self, op: str, a: Node, f: Node) -> tuple[Node, Node]:
        """The slope of a function by its argument; of a logarithm of two known sums by what these are of."""
        one, (inner, u, v) = self.number(1), self.code[a]
        if op == "log" and inner == "cosh":
            return self.emit("tanh", u), u
        if op == "log" and inner == "add" and one in (u, v):
            power = v if u == one else u
            if self.code[power][0] == "exp":
                return self.emit("sigmoid", self.code[power][1]), self.code[power][1]
        match op:
            case "sqrt":
                return self.emit("div", self.number(Fraction(1, 2)), f), a
            case "exp":
                return f, a
            case "log":
                return self.emit("div", one, a), a
            case "tanh":
                return self.emit("sub", one, self._power(f, 2)), a
            case "tan":
                return self.emit("add", one, self._power(f, 2)), a
            case "sigmoid":
                minus = self.emit("sub", self.number(0), a)
                return self.emit("mul", f, self.emit("sigmoid", minus)), a
            case "cos":
                return self.emit("sub", self.number(0), self.emit("sin", a)), a
        return self.emit({"sin": "cos", "sinh": "cosh", "cosh": "sinh", "abs": "sign"}[op], a), a

    def _times(self, w: Node | None, a: Node) -> Node:
        one = self.number(1)
        return a if w in (None, one) else w if a == one else self.emit("mul", w, a)

    def _plus(self, a: Node | None, b: Node | None) -> Node | None:
        return b if a is None else a if b is None else self.emit("add", a, b)

    def _minus(self, a: Node | None) -> Node | None:
        return None if a is None else self.emit("sub", self.number(0), a)
