"""A smooth loss of one variable: exact derivatives at its minimum, and expansions about points and cells."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from typing import Any, NamedTuple

from flint import arb, arb_series, ctx

from edgestab.verify.checker.enclosures import Work, ball
from edgestab.verify.checker.reading import CertificateError, demand
from edgestab.verify.checker.tape import Node, Tape

BITS, TERMS = 192, 18  # the precision and the length of expansions
Pair = tuple["Point", "Point"]


@contextmanager
def series() -> Iterator[None]:
    """Work with expansions of this length."""
    cap = ctx.cap
    ctx.cap = TERMS + 1
    try:
        with ctx.workprec(BITS):
            yield
    finally:
        ctx.cap = cap


class Point(NamedTuple):
    """Expansions, at a point or about all points of a cell, of b, l'(d0 + b) and the other point of the 2-cycle."""

    b: arb_series
    slope: arb_series
    image: arb_series


class Line:
    """The derivatives l' and l'' of a loss in p."""

    def __init__(self, work: Work, source: Any, d0: Fraction) -> None:
        self.tape, self.work, self.d0 = Tape(["p"]), work, d0
        loss = self.tape.read(source)
        slopes = [loss]
        for _ in range(2):
            slope = self.tape.slope(slopes[-1], 0)
            demand(slope is not None, "map.loss: l'' vanishes identically")
            slopes.append(slope)  # type: ignore[arg-type]  # not None
        self.loss, self.first, self.second = slopes
        smooth = {op for op, _, _ in (self.tape.code[f] for f in self.tape.needed(slopes))} <= {*RULES, "input"}
        demand(smooth, "map.loss: only smooth functions are allowed")
        self.h = self._exactly(self.second)
        slope_there = self._exactly(self.first)
        demand(slope_there == 0 and self.h > 0, f"map.minimum: there l' = {slope_there} and l'' = {self.h}")

    def _exactly(self, wanted: Node) -> Fraction:
        """A rational value at d0, from values of functions that are rational."""
        values: dict[Node, Fraction] = {}
        for f in self.tape.needed([wanted]):
            op, a, b = self.tape.code[f]
            if op in ("input", "number"):
                demand(op == "input" or isinstance(a, Fraction), "map.minimum: a value there is not rational")
                values[f] = self.d0 if op == "input" else a
            elif op == "pow":
                values[f] = values[a] ** b
            else:
                values[f] = _rational(op, *(values[i] for i in (a, b) if i is not None))
        return values[wanted]

    def expand(self, wanted: Node, b: arb_series) -> arb_series:
        """Expand a value at d0 + b."""
        values: dict[Node, arb_series] = {}
        needed = self.tape.needed([wanted])
        self.work.spend(TERMS * len(needed))
        for f in needed:
            op, x, y = self.tape.code[f]
            if op == "input":
                values[f] = b + arb_series([ball(self.d0)])
            elif op in ("number", "pow"):
                values[f] = RULES[op](x if op == "number" else values[x], y)
            else:
                values[f] = RULES[op](*(values[i] for i in (x, y) if i is not None))
        return values[wanted]

    def at(self, wanted: Node, b: arb) -> arb:
        """Enclose a value at d0 + b."""
        return self.expand(wanted, arb_series([b]))[0]

    def image_of(self, b: arb) -> arb:
        """Enclose the point where l' is minus its value at an exact b."""
        aim, y = self.at(self.first, b), -b
        for _ in range(60):
            step = (self.at(self.first, y) + aim) / self.at(self.second, y)
            y = (y - step).mid()
            if not step.abs_lower() > arb(2) ** (8 - BITS):
                break
        low, high = y - arb(2) ** (32 - BITS), y + arb(2) ** (32 - BITS)
        crossed = self.at(self.first, low) + aim < 0 < self.at(self.first, high) + aim
        demand(crossed, "curve.frozen: the other point of a 2-cycle is not found")
        return low.union(high)

    def image(self, b: arb_series) -> arb_series:
        """Expand that point: its derivative is -l''(d0 + b)/l'' there, which gives one coefficient more each time."""
        begin = self.image_of(b[0].lower().mid()).union(self.image_of(b[0].upper().mid()))
        fall = self.expand(self.second, b)
        found = arb_series([begin])
        for _ in range(TERMS):
            curvature = self.expand(self.second, found)
            demand(curvature[0] > 0, "curve.frozen: l'' > 0 is open between the points of a 2-cycle")
            found = arb_series([begin]) - (fall / curvature).integral()
        return found

    def require_convex(self, low: arb, high: arb, depth: int = 0) -> None:
        """Prove l'' > 0 between two numbers."""
        if not self.at(self.second, low.union(high)) > 0:
            demand(depth < 20, "curve.frozen: l'' > 0 is open between the points of the 2-cycles")
            middle = ((low + high) / 2).mid()
            self.require_convex(low, middle, depth + 1)
            self.require_convex(middle, high, depth + 1)

    def about(self, b: arb, cycle: bool) -> Point:
        """Expand at a point, or about a ball, where l is defined: log(p - 3) is not where its slope is."""
        demand(self.at(self.loss, b).is_finite(), "map.loss: l may be undefined")
        line = arb_series([b, 1])
        return Point(line, self.expand(self.first, line), self.image(line) if cycle else line)


def sizes(g: Callable[[Point], arb_series], cell: Pair, radius: arb, most: int) -> list[arb]:
    """Bound a function and its derivatives on a cell: Taylor's theorem about its middle, with Lagrange's remainder."""
    at, over = map(g, cell)
    found = []
    for k in range(most + 1):
        terms = [abs(at[n]) * math.perm(n, k) * radius ** (n - k) for n in range(k, TERMS)]
        found.append(sum(terms, abs(over[TERMS]) * math.perm(TERMS, k) * radius ** (TERMS - k)).upper())
    return found


def product(f: Sequence[arb], g: Sequence[arb]) -> list[arb]:
    """Bound the derivatives of a product by Leibniz' rule."""
    return [sum((math.comb(k, j) * f[j] * g[k - j] for j in range(k + 1)), arb(0)) for k in range(len(f))]


def negative_power(least: arb, n: int, most: int) -> list[arb]:
    """Bound the derivatives of b^-n where |b| is at least so large."""
    return [math.perm(n + k - 1, k) / least ** (n + k) for k in range(most + 1)]


def _rational(op: str, a: Fraction, b: Fraction | None = None) -> Fraction:
    if b is not None:
        demand(op in EXACT and (op != "div" or b), "map.minimum: a value there is not rational")
        return EXACT[op](a, b)
    if op == "sqrt" and a > 0 and math.isqrt(a.numerator) ** 2 == a.numerator:
        root = Fraction(math.isqrt(a.numerator), math.isqrt(a.denominator))
        if root**2 == a:
            return root
    known = KNOWN.get((op, a))
    demand(known is not None, f"map.minimum: {op}({a}) is not known to be rational")
    return Fraction(known or 0)


EXACT: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
}
KNOWN = {("sigmoid", Fraction(0)): Fraction(1, 2), ("log", Fraction(1)): Fraction(0)}
KNOWN |= {(op, Fraction(0)): Fraction(1) for op in ("exp", "cos", "cosh")}
KNOWN |= {(op, Fraction(0)): Fraction(0) for op in ("sin", "tan", "sinh", "tanh")}


def _quotient(a: arb_series, b: arb_series) -> arb_series:
    demand(b[0] != 0, "a divisor may vanish")
    return a / b


def _power(a: arb_series, n: int) -> arb_series:
    return a if n == 1 else a * _power(a, n - 1)


def _sigmoid(x: arb_series) -> arb_series:
    return 1 / (1 + (-x).exp())


RULES: dict[str, Callable[..., Any]] = {
    "number": lambda value, _: arb_series([arb.pi() if value == "pi" else ball(value)]),
    "pow": _power,
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": _quotient,
    "sqrt": arb_series.sqrt,
    "exp": arb_series.exp,
    "log": arb_series.log,
    "sin": arb_series.sin,
    "cos": arb_series.cos,
    "tan": arb_series.tan,
    "sinh": lambda x: (x.exp() - (-x).exp()) / 2,
    "cosh": lambda x: (x.exp() + (-x).exp()) / 2,
    "tanh": lambda x: 2 * _sigmoid(2 * x) - 1,
    "sigmoid": _sigmoid,
}


def split(middle: Fraction, radius: Fraction, prove: Callable[[Fraction, Fraction], None], depth: int = 0) -> None:
    """Prove something of a cell, or of its parts where its expansions are too wide."""
    try:
        prove(middle, radius)
    except (CertificateError, ValueError, ZeroDivisionError) as why:
        if depth > 8 or "work" in str(why):
            raise CertificateError(f"{why}, within {float(radius):.3g} of b = {float(middle):.6g}") from None
        for m in (middle - radius / 2, middle + radius / 2):
            split(m, radius / 2, prove, depth + 1)
