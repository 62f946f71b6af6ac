r"""Expansions of a smooth loss and of the 2-cycles of its frozen map, and the bounds of derivatives they give."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction

import flint
import sympy as sp

from edgestab.errors import InputError
from edgestab.numerics.printers import ball as balls
from edgestab.numerics.printers.ball import ball
from edgestab.numerics.printers.series import Series, evaluate, truncation
from edgestab.numerics.programs.program import Program, program_of
from edgestab.numerics.rigorous.balls import precision
from edgestab.theory.drift import B, ProductForm
from edgestab.theory.models.product import P

Interval = tuple[Fraction, Fraction]

BITS, TERMS, CELLS, DEPTH = 256, 16, 64, 5
"""The precision, the length of an expansion, into how many cells an interval is cut at least and each unit of a long
one, and how often a cell is halved at most."""

NEAR = Fraction(1, 16)
"""Which part of the interval on either side of 0 is near it."""

SMALL = 1e-18
"""How small the last terms of an expansion are, or its cell is cut."""

CONCAVE = "l'' is not positive between the points of the 2-cycles of the frozen map"


class NotEnclosed(InputError):
    """A function is not smooth on the interval, or no polynomial comes close to it."""


@contextmanager
def expansions() -> Iterator[None]:
    """Work at this precision and length."""
    with precision(BITS), truncation(TERMS + 1):
        yield


@dataclass(frozen=True)
class Slope:
    """A loss l and its derivatives l' and l'' as programs in b."""

    loss: Program
    first: Program
    second: Program

    @classmethod
    def of(cls, form: ProductForm) -> Slope:
        """Return them at d0 + b."""
        orders = (form.loss, sp.diff(form.loss, P), sp.diff(form.loss, P, 2))
        return cls(*(program_of([f.subs(P, form.minimum + B)], [B]) for f in orders))

    def image_of(self, b: flint.arb) -> flint.arb:
        r"""Enclose :math:`\beta` with :math:`l'(d_0 + \beta) = -l'(d_0 + b)`, b exact, where l'' > 0."""
        target, y = balls.evaluate(self.first, [b])[0], -b
        for _ in range(100):
            step = (balls.evaluate(self.first, [y])[0] + target) / balls.evaluate(self.second, [y])[0]
            y = (y - step).mid()
            if not abs(step) > flint.arb(2) ** (8 - BITS):
                break
        room = flint.arb(2) ** (40 - BITS)
        ends = (y - room, y + room)
        below, above = (balls.evaluate(self.first, [end.mid()])[0] + target for end in ends)
        if not (below < 0 < above):
            raise NotEnclosed("the 2-cycles of the frozen map are not found")
        return ends[0].union(ends[1])

    def image(self, b: Series) -> Series:
        r"""Expand :math:`\beta`, by Newton's method on series.

        Below the order reached so far the residual of the exact series vanishes, and is set to 0.
        """
        low, high = (self.image_of(end.mid()) for end in (b[0].lower(), b[0].upper()))
        found, known = Series([low.union(high)]), 1
        while known <= TERMS:
            residual = evaluate(self.first, [found])[0] + evaluate(self.first, [b])[0]
            rest = Series([0] * known + [residual[n] for n in range(known, TERMS + 1)])
            known *= 2
            curvature = evaluate(self.second, [found])[0]
            if not curvature[0] > 0:
                raise NotEnclosed(CONCAVE)
            step = rest / curvature
            found = Series([found[n] - step[n] for n in range(min(known, TERMS + 1))])
        return found


@dataclass(frozen=True)
class Point:
    r"""Expansions at a point or about all points of a cell: of b, of l'(d0 + b), and of :math:`\beta` if wanted."""

    b: Series
    slope: Series
    image: Series

    @classmethod
    def of(cls, b: flint.arb, slope: Slope, with_image: bool) -> Point:
        """Expand, where l is defined: log(p - 3) is not where its slope is."""
        if not balls.evaluate(slope.loss, [b])[0].is_finite():
            raise NotEnclosed("the loss is not known to be defined on the whole interval of xy")
        line = Series([b, 1])
        return cls(line, evaluate(slope.first, [line])[0], slope.image(line) if with_image else line)


Function = Callable[[Point], Series]


@dataclass(frozen=True)
class Cell:
    """The numbers within a radius of a middle: expansions at the middle, and about all of them."""

    radius: flint.arb
    middle: Point
    whole: Point


def cells_of(domain: Interval, slope: Slope, with_image: bool = False) -> tuple[list[Cell], list[Cell], Fraction]:
    """Cut an interval that holds 0 into cells: those within a distance of 0, the others, and the distance."""
    low, high = domain
    near = min(NEAR * (high - low), high, -low)

    def cut(left: Fraction, right: Fraction) -> list[Cell]:
        count = math.ceil(CELLS * (right - left) / min(high - low, Fraction(1)))
        radius = (right - left) / (2 * count) if count else Fraction(0)
        return [c for i in range(count) for c in _fine(left + (2 * i + 1) * radius, radius, slope, with_image)]

    return cut(-near, near), [*cut(low, -near), *cut(near, high)], near


def _fine(middle: Fraction, radius: Fraction, slope: Slope, with_image: bool, depth: int = 0) -> list[Cell]:
    """A cell, or its parts where the last terms of its expansions are not small."""
    ends = (ball(middle), ball(middle) + ball(radius) * flint.arb(0, 1))
    cell = Cell(ball(radius), *(Point.of(b, slope, with_image) for b in ends))
    last = abs(cell.whole.image[TERMS]).max(abs(cell.whole.slope[TERMS])) * cell.radius**TERMS
    if last < SMALL or depth == DEPTH:
        return [cell]
    half = radius / 2
    return [c for m in (middle - half, middle + half) for c in _fine(m, half, slope, with_image, depth + 1)]


def largest_derivatives(function: Function, cells: Sequence[Cell], most: int) -> list[flint.arb]:
    r"""Bound :math:`|f^{(k)}|` for k = 0 .. `most` on cells, from an expansion on each.

    About the middle c of a cell of radius r, :math:`f^{(k)}(c + t) = \sum_j \frac{(k+j)!}{j!} a_{k+j} t^j`, where the
    last coefficient is that of an expansion about the whole cell (Lagrange's remainder).
    """
    found = [flint.arb(0)] * (most + 1)
    for cell in cells:
        at, over = function(cell.middle), function(cell.whole)
        for k in range(most + 1):
            terms = [
                abs(at[n] if n < TERMS else over[n]) * math.perm(n, k) * cell.radius ** (n - k)
                for n in range(k, TERMS + 1)
            ]
            found[k] = found[k].max(sum(terms, flint.arb(0)).upper())
    if not all(size.is_finite() for size in found):
        raise NotEnclosed("the loss is not known to be smooth on the whole interval of xy")
    return found


def leibniz(f: Sequence[flint.arb], g: Sequence[flint.arb]) -> list[flint.arb]:
    """Bounds of the derivatives of a product from those of its factors."""
    return [
        sum((math.comb(k, j) * f[j] * g[k - j] for j in range(k + 1)), flint.arb(0)) for k in range(min(len(f), len(g)))
    ]


def quotients(g: Function, near: Sequence[Cell], far: Sequence[Cell], order: int, most: int) -> list[flint.arb]:
    """Bounds of the derivatives of g(b)/b**order, g with a zero of this order at 0."""
    found = [
        size * math.factorial(k) / math.factorial(k + order)
        for k, size in enumerate(largest_derivatives(g, near, most + order)[order:])
    ]
    for cell in far:
        least = cell.whole.b[0].abs_lower()
        powers = [math.perm(order + k - 1, k) / least ** (order + k) for k in range(most + 1)]
        sizes = leibniz(largest_derivatives(g, [cell], most), powers)
        found = [a.max(b) for a, b in zip(found, sizes, strict=True)]
    return found
