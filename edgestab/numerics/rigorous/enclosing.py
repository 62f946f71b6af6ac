r"""Functions of one variable enclosed by a polynomial and bounds of derivatives, proved by Taylor expansions on cells.

Two functions are needed for gradient descent on l(xy) with a smooth l: the ratio :math:`\ell(b) = l'(d_0 + b)/b`, and of
the 2-cycle :math:`(b, \beta)` of the frozen map the function e with :math:`\sqrt{1 + b^2F} = 1 + b^2 e`. Let P be a
polynomial near f. Far from b = 0 the derivatives of f - P are bounded as they are; near it as those of
:math:`g = b^n (f - P)`, which is written without a quotient and has a zero of order n at b = 0: by Taylor's theorem with
the remainder as an integral,

.. math:: |(f - P)^{(k)}| \le \frac{k!}{(k + n)!} \max |g^{(k + n)}|,

the maximum over an interval that holds 0. For the ratio n = 1, :math:`g = l'(d_0 + b) - bP(b)`; for e, n = 3,
:math:`g = \frac h2 (b - \beta) - (1 + b^2P)\, l'(d_0 + b) = b^3 (e - P)\,\ell`, and the bound of a product.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction

import flint
import numpy as np
import sympy as sp

from edgestab.errors import InputError
from edgestab.numerics.printers import ball as balls
from edgestab.numerics.printers.ball import ball
from edgestab.numerics.printers.series import Series, evaluate, truncation
from edgestab.numerics.programs.program import Program, program_of
from edgestab.numerics.rigorous.balls import precision
from edgestab.theory.drift import B, DriftForm
from edgestab.theory.models.product import P
from edgestab.theory.remainder import Enclosed

Interval = tuple[Fraction, Fraction]

BITS, TERMS, CELLS, BESIDE, DEPTH = 256, 16, 64, 9, 5
"""The precision, the length of an expansion, into how many cells an interval is cut, and each unit of a long one, and how
many radii of a cell from 0 its middle is at most when it counts as near; how often a cell is halved at most."""

DEGREES = (6, 10, 14, 18, 22, 26, 30, 36)
RATIO, RISE = 1, 2
"""The numbers of the two functions."""

DERIVATIVES = {RATIO: 3, RISE: 2}
"""The highest derivative of each that the inequalities of a tube contain."""

FINE = 1e-9
"""How small the bound of the function itself shall be, in its own units: defects are divided by eps, and compared with
1e-2."""


_CONCAVE = "l'' is not positive between the points of the 2-cycles of the frozen map"


class NotEnclosed(InputError):
    """A function is not smooth on the interval, or no polynomial comes close to it."""


@contextmanager
def _expansions() -> Iterator[None]:
    with precision(BITS), truncation(TERMS + 1):
        yield


@dataclass(frozen=True)
class Slope:
    """The derivatives l' and l'' of a loss as programs in b."""

    first: Program
    second: Program

    @classmethod
    def of(cls, form: DriftForm) -> Slope:
        """Return the derivatives at d0 + b."""
        first = sp.diff(form.loss, P)
        return cls(*(program_of([f.subs(P, form.minimum + B)], [B]) for f in (first, sp.diff(first, P))))

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
                raise NotEnclosed(_CONCAVE)
            step = rest / curvature
            found = Series([found[n] - step[n] for n in range(min(known, TERMS + 1))])
        return found


@dataclass(frozen=True)
class Point:
    r"""Expansions at a point or about all points of a cell: of b, of l'(d0 + b), and of :math:`\beta` if it is wanted."""

    b: Series
    slope: Series
    image: Series

    @classmethod
    def of(cls, b: flint.arb, slope: Slope, with_image: bool) -> Point:
        """Expand."""
        line = Series([b, 1])
        return cls(line, evaluate(slope.first, [line])[0], slope.image(line) if with_image else line)


Function = Callable[[Point], Series]


@dataclass(frozen=True)
class Cell:
    """The numbers within a radius of a middle: expansions at the middle, and about all of them."""

    radius: flint.arb
    middle: Point
    whole: Point


def cells_of(domain: Interval, slope: Slope, with_image: bool = False) -> tuple[list[Cell], list[Cell]]:
    """Cut an interval that holds 0 into equal cells: those near 0, whose union holds it, and the others."""
    count = CELLS * max(1, math.ceil(domain[1] - domain[0]))
    radius = (domain[1] - domain[0]) / (2 * count)
    near, far = [], []
    for i in range(count):
        middle = domain[0] + (2 * i + 1) * radius
        (near if abs(middle) <= BESIDE * radius else far).extend(_fine(middle, radius, slope, with_image))
    return near, far


def _fine(middle: Fraction, radius: Fraction, slope: Slope, with_image: bool, depth: int = 0) -> list[Cell]:
    """A cell, or its parts where the last terms of its expansions are not small."""
    ends = (ball(middle), ball(middle) + ball(radius) * flint.arb(0, 1))
    cell = Cell(ball(radius), *(Point.of(b, slope, with_image) for b in ends))
    last = abs(cell.whole.image[TERMS]).max(abs(cell.whole.slope[TERMS])) * cell.radius**TERMS
    if last < FINE**2 or depth == DEPTH:
        return [cell]
    half = radius / 2
    return [c for m in (middle - half, middle + half) for c in _fine(m, half, slope, with_image, depth + 1)]


def largest_derivatives(function: Function, cells: Sequence[Cell], most: int) -> list[flint.arb]:
    r"""Bound :math:`|f^{(k)}|` for k = 0 .. `most` on cells, from an expansion on each.

    About the middle c of a cell of radius r, :math:`f^{(k)}(c + t) = \sum_j \frac{(k+j)!}{j!} a_{k+j} t^j`, where the last
    coefficient is that of an expansion about the whole cell (Lagrange's remainder).
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


def enclosed_ratio(form: DriftForm, domain: Interval) -> Enclosed:
    """Enclose l'(d0 + b)/b.

    Raises
    ------
    NotEnclosed
        When the loss is not smooth there, or no polynomial comes near.
    """
    with _expansions():
        slope = Slope.of(form)
        nodes, (near, far) = _nodes(domain), cells_of(domain, slope)
        values = [balls.evaluate(slope.first, [b])[0] / b for b in nodes]
        for polynomial in _polynomials(nodes, values):

            def beside(at: Point, p: Sequence[Fraction] = polynomial) -> Series:
                return at.slope - at.b * _at(p, at.b)

            sizes = _quotients(beside, near, far, 1, DERIVATIVES[RATIO])
            if sizes[0] < FINE:
                return Enclosed(RATIO, domain, polynomial, tuple(map(_above, sizes)))
    raise NotEnclosed("no polynomial of moderate degree comes near the slope of the loss: shorten the interval of xy")


def enclosed_rise(form: DriftForm, ratio: Enclosed, domain: Interval) -> Enclosed:
    """Enclose e, from the ratio on an interval that holds this one.

    Raises
    ------
    NotEnclosed
        When l'' > 0 is not shown between the points of the 2-cycles, or no polynomial comes near.
    """
    with _expansions():
        slope, half = Slope.of(form), ball(Fraction(int(form.curvature.p), int(form.curvature.q))) / 2
        nodes, (near, far) = _nodes(domain), cells_of(domain, slope, with_image=True)
        ends = [slope.image_of(ball(end)) for end in domain]
        _require_convex(slope, ball(domain[0]).min(ends[1].lower()), ball(domain[1]).max(ends[0].upper()))
        edges = [half * (b - slope.image_of(b)) / balls.evaluate(slope.first, [b])[0] for b in nodes]
        values = [(edge - 1) / (b * b) for b, edge in zip(nodes, edges, strict=True)]
        v = _reciprocals(ratio, near + far)
        for polynomial in _polynomials(nodes, values):

            def beside(at: Point, p: Sequence[Fraction] = polynomial) -> Series:
                return half * (at.b - at.image) - (1 + at.b * at.b * _at(p, at.b)) * at.slope

            sizes = leibniz(_quotients(beside, near, far, 3, DERIVATIVES[RISE]), v)
            if sizes[0] < FINE:
                return Enclosed(RISE, domain, polynomial, tuple(map(_above, sizes)))
    raise NotEnclosed("no polynomial of moderate degree comes near the 2-cycles of the frozen map")


def _require_convex(slope: Slope, low: flint.arb, high: flint.arb) -> None:
    parts = 8 * CELLS
    for i in range(parts):
        cell = (low + (high - low) * i / parts).union(low + (high - low) * (i + 1) / parts)
        if not balls.evaluate(slope.second, [cell])[0] > 0:
            raise NotEnclosed(_CONCAVE)


def _reciprocals(ratio: Enclosed, cells: Sequence[Cell]) -> list[flint.arb]:
    """Bounds of 1/ell and of its first two derivatives."""
    whole: Function = lambda at: _at(ratio.polynomial, at.b)  # noqa: E731 - one line
    _, first, second = largest_derivatives(whole, cells, 2)
    first, second = first + ball(ratio.bounds[1]), second + ball(ratio.bounds[2])
    least = flint.arb("inf")
    for cell in cells:
        at = whole(cell.middle)[0] - cell.radius * first - ball(ratio.bounds[0])
        least = least.min(at.lower())
    if not least > 0:
        raise NotEnclosed("l'(d0 + b)/b is not positive on the interval of the 2-cycles of the frozen map")
    return [1 / least, first / least**2, 2 * first**2 / least**3 + second / least**2]


def _nodes(domain: Interval) -> list[flint.arb]:
    """Chebyshev nodes, doubles, none of them 0."""
    count = DEGREES[-1] + 1
    t = np.cos(np.pi * (np.arange(count) + 0.5) / count)
    low, high = map(float, domain)
    return [flint.arb(float(x)) for x in (low + high) / 2 + (high - low) / 2 * t if x != 0]


def _polynomials(nodes: Sequence[flint.arb], values: Sequence[flint.arb]) -> Iterator[tuple[Fraction, ...]]:
    """Polynomials of rising degree near these values: their interpolations in fewer of the nodes."""
    if not all(v.is_finite() for v in values):
        raise NotEnclosed("the loss is not defined on the whole interval of xy")
    for degree in DEGREES:
        chosen = sorted({round(i * (len(nodes) - 1) / degree) for i in range(degree + 1)})
        found = flint.arb_poly.interpolate([nodes[i] for i in chosen], [values[i] for i in chosen])
        yield tuple(_decimal(c) for c in found.coeffs())


def _decimal(c: flint.arb) -> Fraction:
    """A number of 22 significant digits."""
    return Fraction(c.mid().str(22, radius=False))


def leibniz(f: Sequence[flint.arb], g: Sequence[flint.arb]) -> list[flint.arb]:
    """Bounds of the derivatives of a product from those of its factors."""
    return [
        sum((math.comb(k, j) * f[j] * g[k - j] for j in range(k + 1)), flint.arb(0)) for k in range(min(len(f), len(g)))
    ]


def _quotients(
    g: Function, near: Sequence[Cell], far: Sequence[Cell], order: int, most: int
) -> list[flint.arb]:
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


def _above(size: flint.arb) -> Fraction:
    """A short number above twice a bound, as other cells may give larger ones; 1e-300 stands for less."""
    return Fraction(f"{2 * max(float(size.upper()), 1e-300):.3g}")


def _at(polynomial: Sequence[Fraction], b: Series) -> Series:
    total = Series([0])
    for c in reversed(polynomial):
        total = total * b + Series([ball(c)])
    return total
