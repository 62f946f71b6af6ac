r"""Zeros of a smooth map, proved by the Krawczyk operator in ball arithmetic.

For a box X with middle m, a matrix Y and the Jacobians G(X) of g over X,

.. math:: K(X) = m - Y g(m) + (I - Y G(X))(X - m).

Every zero of g in X lies in K(X); so there is none when K(X) misses X, and exactly one when K(X) lies in the
interior of X (Krawczyk 1969; Moore 1977; Neumaier 1990, section 5.1).
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import flint
import numpy as np
from numpy.typing import NDArray

from edgestab.numerics.rigorous.balls import Point

_STANDSTILL = 0.999
"""A box that keeps this share of its width or more does not shrink."""


class Enclosure(NamedTuple):
    """What is known of a map g on a box."""

    middle: list[flint.arb]
    value: list[flint.arb]
    jacobian: flint.arb_mat


class System(Protocol):
    """As many equations as unknowns."""

    def over(self, box: Sequence[flint.arb]) -> Enclosure:
        """Enclose g at the middle of a box and over the box, and its Jacobian over it."""


@dataclass(frozen=True)
class Zero:
    """A proved zero of a system.

    Parameters
    ----------
    point : tuple of arb
        Contains the zero; nearly as thin as the precision allows.
    unique : tuple of arb
        A box around `point` in which there is no other zero.
    """

    point: Point
    unique: Point


@dataclass(frozen=True)
class Zeros:
    """What a search for all zeros in a box found.

    Parameters
    ----------
    found : tuple of Zero
        Every proved zero that is not proved to lie outside the box.
    undecided : tuple of tuple of arb
        Boxes that may hold further zeros; none when the search is complete.
    examined : int
        How many boxes were examined.
    """

    found: tuple[Zero, ...]
    undecided: tuple[Point, ...]
    examined: int

    @property
    def complete(self) -> bool:
        """Whether every zero in the box was found, which is then proved."""
        return not self.undecided


def newton(system: System, guess: Sequence[flint.arb], steps: int = 40) -> Point | None:
    """Return an approximate zero near a guess by Newton's method; None when it does not settle.

    Nothing is proved: the result is a proposal for `prove`.
    """
    z = [x.mid() for x in guess]
    for _ in range(steps):
        found = system.over(z)
        try:
            change = found.jacobian.mid().inv() * flint.arb_mat(len(z), 1, [v.mid() for v in found.middle])
        except ZeroDivisionError:
            return None
        z = [(x - c).mid() for x, c in zip(z, change.entries(), strict=True)]
        if not all(x.is_finite() for x in z):
            return None
        size = max(abs(float(c.mid())) / (1 + abs(float(x))) for c, x in zip(change.entries(), z, strict=True))
        if not np.isfinite(size):
            return None
        # One more correction after half the digits are right makes the rest right.
        if size < 2.0 ** -min(0.6 * flint.ctx.prec, 900):
            return tuple(z)
    return None


def prove(system: System, guess: Sequence[flint.arb], attempts: int = 12) -> Zero | None:
    """Prove that there is a zero near a guess and enclose it; None when that fails at this precision."""
    z = [x.mid() for x in guess]
    found = system.over(z)
    try:
        change = (found.jacobian.mid().inv() * flint.arb_mat(len(z), 1, found.middle)).entries()
    except ZeroDivisionError:
        return None
    if not all(c.is_finite() for c in change):
        return None
    floor = flint.arb(2) ** (4 - flint.ctx.prec)
    least = max((abs(c).upper() + floor * (1 + abs(x)).upper() for c, x in zip(change, z, strict=True)), key=float)
    radius = 4 * least
    for _ in range(attempts):
        box = [x + flint.arb(0, radius.upper()) for x in z]
        image = _krawczyk(box, system.over(box))
        if image is not None and _inside(image, box):
            return Zero(contract(system, image), tuple(box))
        radius = 16 * radius
    return None


def only_zero(system: System, box: Sequence[flint.arb]) -> Zero | None:
    """Prove that a box holds exactly one zero, and enclose it; None when one application of the operator does not."""
    image = _krawczyk(box, system.over(box))
    return Zero(contract(system, image), tuple(box)) if image is not None and _inside(image, box) else None


def contract(system: System, box: Sequence[flint.arb]) -> Point:
    """Return a thinner enclosure of the one zero in a box, by the operator again and again."""
    best = tuple(box)
    for _ in range(200):
        image = _krawczyk(best, system.over(best))
        common = None if image is None else _meet(image, best)
        if common is None:
            return best
        # A wide box shrinks slowly at first, and the faster the thinner it is; at the precision's end it stands still.
        is_done = not _width(common) < _STANDSTILL * _width(best)
        best = common
        if is_done:
            break
    return best


def all_zeros(system: System, box: Sequence[flint.arb], budget: int, resolution: float) -> Zeros:
    """Find all zeros in a box by bisection, the widest boxes first.

    Parameters
    ----------
    system : System
        The equations.
    box : sequence of arb
        Where to search.
    budget : int
        The largest number of boxes to examine.
    resolution : float
        Boxes smaller than this, relative to the searched one, are not divided: a degenerate zero is never resolved.
    """
    return _Search(system, tuple(box), resolution).run(budget)


class _Search:
    def __init__(self, system: System, box: Point, resolution: float) -> None:
        self.system, self.box, self.least = system, box, resolution
        self.scale = [max(float(x.rad()), 1e-300) for x in box]
        self.found: list[Zero] = []
        self.low, self.high = np.empty((0, len(box))), np.empty((0, len(box)))
        self.undecided: list[Point] = []
        self.heap: list[tuple[float, int, Point]] = []
        self.count = itertools.count()

    def run(self, budget: int) -> Zeros:
        examined = 0
        self.push(self.box)
        while self.heap and examined < budget:
            _, _, box = heapq.heappop(self.heap)
            examined += 1
            if not self.is_covered(box):
                self.examine(box)
        left = tuple(box for _, _, box in self.heap if not self.is_covered(box))
        inside = tuple(z for z in self.found if all(a.overlaps(b) for a, b in zip(z.point, self.box, strict=True)))
        return Zeros(inside, _joined((*self.undecided, *left)), examined)

    def push(self, box: Point) -> None:
        width = max(float(x.rad()) / s for x, s in zip(box, self.scale, strict=True))
        heapq.heappush(self.heap, (-width, next(self.count), box))

    def is_covered(self, box: Point) -> bool:
        """Whether a box lies in one in which the only zero is known."""
        low, high = _floats(box, outward=True)
        return bool(np.any(np.all((self.low <= low) & (high <= self.high), axis=1)))

    def examine(self, box: Point) -> None:
        here = self.system.over(box)
        if any(not v.contains(0) for v in here.value):
            return
        image = _krawczyk(box, here)
        rest = box
        if image is not None:
            common = _meet(image, box)
            if common is None:
                return
            if _inside(image, box):
                self.accept(Zero(contract(self.system, image), box))
                return
            rest = common
            # A side of no width at all counts as shrunk: nothing lies in its interior until it is widened.
            if all(a.rad() <= 0.75 * b.rad() for a, b in zip(rest, box, strict=True)) and self.settle(rest):
                return
        relative = [float(x.rad()) / s for x, s in zip(rest, self.scale, strict=True)]
        if max(relative) < self.least:
            self.undecided.append(rest)
            return
        for half in _halves(rest, self.direction(rest, here.jacobian, relative)):
            self.push(half)

    def settle(self, box: Point) -> bool:
        """Look at a little more than a box: a zero on its face is never in the interior of its image."""
        wider = tuple(x + flint.arb(0, x.rad() * 0.3 + 2.0**-80 * s) for x, s in zip(box, self.scale, strict=True))
        image = _krawczyk(wider, self.system.over(wider))
        if image is None:
            return False
        if _inside(image, wider):
            self.accept(Zero(contract(self.system, image), wider))
            return True
        return _meet(image, box) is None

    def direction(self, box: Point, jacobian: flint.arb_mat, relative: Sequence[float]) -> int:
        """The side along which g changes most (maximal smear, Kearfott 1996), or the widest one."""
        n = len(box)
        smear = [sum(float(abs(jacobian[i, j]).upper()) for i in range(n)) * float(box[j].rad()) for j in range(n)]
        usable = [s if r > self.least else -1.0 for s, r in zip(smear, relative, strict=True)]
        return int(np.argmax(usable if np.isfinite(usable).all() else relative))

    def accept(self, zero: Zero) -> None:
        for other in self.found:
            if all(a.contains(b) for a, b in zip(other.unique, zero.point, strict=True)):
                return
            if all(a.overlaps(b) for a, b in zip(other.point, zero.point, strict=True)):
                self.undecided.append(zero.point)
                return
        self.found.append(zero)
        low, high = _floats(zero.unique, outward=False)
        self.low, self.high = np.vstack([self.low, low]), np.vstack([self.high, high])


def _krawczyk(box: Sequence[flint.arb], found: Enclosure) -> Point | None:
    """K(X), or None where it cannot be formed."""
    n = len(box)
    if not all(x.is_finite() for x in [*found.jacobian.entries(), *found.middle]):
        return None
    try:
        inverse = found.jacobian.mid().inv().mid()
    except ZeroDivisionError:
        return None
    centre = [x.mid() for x in box]
    identity = flint.arb_mat(n, n, [int(i == j) for i in range(n) for j in range(n)])
    offset = flint.arb_mat(n, 1, [x - m for x, m in zip(box, centre, strict=True)])
    moved = (identity - inverse * found.jacobian) * offset - inverse * flint.arb_mat(n, 1, found.middle)
    return tuple(m + c for m, c in zip(centre, moved.entries(), strict=True))


def _inside(image: Point, box: Sequence[flint.arb]) -> bool:
    return all(b.contains_interior(a) for a, b in zip(image, box, strict=True))


def _meet(a: Point, b: Sequence[flint.arb]) -> Point | None:
    """The intersection of two boxes; None when they are disjoint."""
    if not all(x.overlaps(y) for x, y in zip(a, b, strict=True)):
        return None
    return tuple(x.intersection(y) for x, y in zip(a, b, strict=True))


def _width(box: Point) -> flint.arb:
    return sum((x.rad() for x in box), start=flint.arb(0))


def _halves(box: Point, j: int) -> list[Point]:
    """The two halves of a box across direction j; together they cover it."""
    middle, radius = box[j].mid(), box[j].rad() / 2
    parts = [middle - radius + flint.arb(0, radius.upper()), middle + radius + flint.arb(0, radius.upper())]
    return [(*box[:j], part, *box[j + 1 :]) for part in parts]


def _floats(box: Point, outward: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The ends of a box as doubles, rounded outward or inward."""
    low, high = np.array([float(x.lower()) for x in box]), np.array([float(x.upper()) for x in box])
    sign = np.inf if outward else -np.inf
    return np.nextafter(low, -sign), np.nextafter(high, sign)


def _joined(boxes: tuple[Point, ...]) -> tuple[Point, ...]:
    """Intervals that touch are one; boxes of more dimensions stay as they are."""
    if not boxes or len(boxes[0]) > 1:
        return boxes
    whole: list[flint.arb] = []
    for (x,) in sorted(boxes, key=lambda b: float(b[0].mid())):
        if whole and whole[-1].overlaps(x):
            whole[-1] = whole[-1].union(x)
        else:
            whole.append(x)
    return tuple((x,) for x in whole)
