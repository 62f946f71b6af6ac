"""Enclosing definitions over boxes in ball arithmetic."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache, partial, reduce
from typing import Any

import sympy as sp
from flint import arb, fmpq

from edgestab.verify.checker.reading import Box, CertificateError, demand

Program = dict[sp.Symbol, sp.Expr]  # a name for each intermediate value
Test = Callable[[str, Box], None]  # raises CertificateError unless what a token says of a box is so


class Rest(sp.Function):  # type: ignore[misc]  # SymPy ships no types
    """A function of b; after b a number to tell it from others, two ends, and bounds of it and its derivatives."""


def rest(b: arb, known: Sequence[arb]) -> arb:
    """Enclose such a function between its ends, of two ends and a bound."""
    low, high, bound = known
    demand(low <= b <= high, "b may be where a function is not known")
    return arb(0, bound)


def ball(low: Any, high: Fraction | None = None) -> arb:
    """Return a ball about a rational number, or over a range."""
    about = arb(fmpq(int(low.numerator), int(low.denominator)))
    return about if high is None else about.union(ball(high))


def positive(**margins: arb) -> None:
    """Refuse unless every margin is positive."""
    for name, margin in margins.items():
        demand(margin > 0, f"{name} > 0 is not proved, found {margin.str(6)}")


def derived(program: Program, by: sp.Symbol) -> Program:
    """Return the program with the derivative of each definition, NAME_VARIABLE."""
    rates, longer = {by: sp.Integer(1)}, dict(program)
    for name, value in program.items():
        rate = sp.Add(*(_slope(value, u) * rates[u] for u in value.free_symbols if rates.get(u, 0) != 0))
        slope = sp.Symbol(f"{name}_{by}")
        longer[slope], rates[name] = rate, slope if rate != 0 else rate
    return longer


@lru_cache(maxsize=1024)  # the forms of a proof share most definitions
def _slope(value: sp.Expr, by: sp.Symbol) -> sp.Expr:
    if value == by:
        return sp.S.One
    if not value.args or by not in value.free_symbols:
        return sp.S.Zero
    if isinstance(value, Rest):
        demand(len(value.args) > 5, "a derivative of a function is needed of which no bound is given")
        return Rest(*value.args[:4], *value.args[5:]) * _slope(value.args[0], by)
    if value.is_Add:
        return sp.Add(*(_slope(term, by) for term in value.args))
    if value.is_Pow:
        return value.exp * value.base ** (value.exp - 1) * _slope(value.base, by)
    demand(value.is_Mul, "an expression is none of sums, products and powers")
    factors = value.args
    return sp.Add(*(sp.Mul(_slope(f, by), *factors[:i], *factors[i + 1 :]) for i, f in enumerate(factors)))


def half_power(base: arb, twice: int) -> arb:
    """Return base^(twice/2), twice not 0, by products: base**2 is NaN for [-r, r]."""
    factor = base.sqrt() if twice % 2 else base
    product = factor
    for _ in range(abs(twice) // (2 - twice % 2) - 1):
        product = product * factor
    if not twice or not product.is_finite() or (twice < 0 and not product.abs_lower() > 0):
        raise CertificateError("a radicand > 0 or a divisor /= 0 is open")
    return product if twice > 0 else 1 / product


class TooMuch(CertificateError):
    """The proof takes more work than is allowed."""


class Work:
    """How many operations on balls a proof may still take."""

    def __init__(self, operations: int) -> None:
        self.left = operations

    def allow(self, operations: int) -> None:
        """Allow so many more."""
        self.left += operations

    def spend(self, operations: int) -> None:
        """Count operations; raise TooMuch when none are left."""
        self.left -= operations
        if self.left < 0:
            raise TooMuch("the proof takes more work than is allowed for its size")


class Form:
    """Definitions as operations on balls, each done once: the mean-value form, cut with the natural extension."""

    def __init__(self, work: Work, program: Program, variables: Sequence[sp.Symbol], outputs: str) -> None:
        self.work = work
        slots: dict[sp.Expr, int] = {variable: slot for slot, variable in enumerate(variables)}
        longer: Program = reduce(operator.or_, (derived(program, by) for by in variables))
        self.code: list[tuple[Any, Any, Any]] = []

        def emit(operation: Any, a: Any, b: Any = None) -> int:
            self.code.append((operation, a, b))
            return len(variables) + len(self.code) - 1

        def place(f: sp.Expr) -> int:
            if f not in slots and f in longer:
                slots[f] = place(longer[f])
            elif f not in slots and f.is_Rational:
                slots[f] = emit(None, ball(f))
            elif f not in slots and f.is_Pow and (2 * f.exp).is_Integer:
                slots[f] = emit(half_power, place(f.base), emit(None, int(2 * f.exp)))
            elif f not in slots and isinstance(f, Rest):
                slots[f] = emit(rest, place(f.args[0]), emit(None, [ball(c) for c in f.args[2:5]]))
            elif f not in slots and (f.is_Add or f.is_Mul):
                slots[f] = reduce(partial(emit, operator.add if f.is_Add else operator.mul), map(place, f.args))
            return slots[f]

        values = [place(sp.Symbol(f)) for f in outputs.split()]
        self.before_slopes = len(self.code)
        slopes = ([place(sp.Symbol(f"{f}_{v}")) for v in variables] for f in outputs.split())
        self.slots = [*zip(values, slopes, strict=True)]

    def run(self, balls: Sequence[arb], operations: int | None = None) -> list[arb]:
        """Every value over a box, by the natural extension; `slots` says which are the outputs and their slopes."""
        code = self.code[:operations]
        self.work.spend(len(code))
        values = [*balls]
        for operation, a, b in code:
            values.append(operation(values[a], values[b]) if operation else a)
        return values

    def __call__(self, *balls: arb) -> list[arb]:
        """Enclosures of the outputs over a box."""
        middle = [ball.mid() for ball in balls]
        at = self.run(middle, self.before_slopes)
        over, off = self.run(balls), [*map(operator.sub, balls, middle)]
        return [
            sum(map(operator.mul, (over[i] for i in slopes), off), at[f]).intersection(over[f])
            for f, slopes in self.slots
        ]


def claim(work: Work, program: Program, variables: Sequence[sp.Symbol], **margins: sp.Expr) -> Test:
    """Return the test that expressions in the variables and definitions are positive on a box."""
    form = Form(work, program | {sp.Symbol(name): f for name, f in margins.items()}, variables, " ".join(margins))
    return lambda _, sides: positive(**dict(zip(margins, form(*(ball(*side) for side in sides)), strict=True)))


def halves(region: Box, side: int, cut: Fraction | None = None) -> list[Box]:
    """Return the two parts of a box on either side of a cut, which is the middle by default."""
    middle = (region[side][0] + region[side][1]) / 2 if cut is None else cut
    return [
        (*region[:side], half, *region[side + 1 :]) for half in ((region[side][0], middle), (middle, region[side][1]))
    ]


def covered(region: Box, boxes: list[Box]) -> bool:
    """Whether boxes cover a region: it lies in one, or is cut by a face of one into parts that are covered."""
    if any(all(c <= a and b <= d for (a, b), (c, d) in zip(region, box, strict=True)) for box in boxes):
        return True
    faces = ((side, end) for box in boxes for side, ends in enumerate(box) for end in ends)
    face = next(((side, end) for side, end in faces if region[side][0] < end < region[side][1]), None)
    return face is not None and all(covered(half, boxes) for half in halves(region, *face))
