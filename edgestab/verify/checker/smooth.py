"""Gradient descent on a smooth l(uv): what a file says of l' and of the 2-cycles of the frozen map is proved."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import sympy as sp
from flint import arb, arb_series

from edgestab.verify.checker.algebra import Algebra, exact
from edgestab.verify.checker.enclosures import Program, Rest, Work, ball
from edgestab.verify.checker.expansions import Line, Point, negative_power, product, series, sizes, split
from edgestab.verify.checker.gradient_descent import DEVIATION, PRODUCT, RATIO, flow_of, horner, prove_moves
from edgestab.verify.checker.reading import box, demand, expression, listed, number, record, text
from edgestab.verify.checker.tape import FUNCTIONS

CELLS = 64  # of an interval
MARGIN = arb(2) ** -16  # beyond the points of the 2-cycles: balls reach a little farther than their cells


class Known:
    """A function of b of which a file says that it is near a polynomial: itself, and as an expression."""

    def __init__(self, value: Any, where: str, highest: int) -> None:
        sides, polynomial, bounds, near = record(value, "domain polynomial bounds near", where)
        (self.domain,), self.near = box({"domain": sides}, "domain", where), number(near, f"{where}.near")
        self.polynomial = listed(number, polynomial, f"{where}.polynomial")
        self.bounds = listed(number, bounds, f"{where}.bounds")
        low, high = self.domain
        proper = len(self.bounds) == highest + 1 and min(self.bounds) >= 0 < self.near <= min(high, -low)
        demand(proper, f"{where}: 0 and what is near must be inside the domain, and {highest + 1} bounds >= 0 be given")

    def expression(self, name: int, at: sp.Expr = DEVIATION) -> sp.Expr:
        """Return it at b or elsewhere, told apart from others by a number."""
        ends = [sp.Rational(c.numerator, c.denominator) for c in (*self.domain, *self.bounds)]
        return horner(self.polynomial, at) + Rest(at, name, *ends)

    def at(self, b: arb_series) -> arb_series:
        """Expand the polynomial."""
        total = arb_series([0])
        for c in reversed(self.polynomial):
            total = total * b + arb_series([ball(c)])
        return total

    def prove(
        self, line: Line, g: Callable[[Point], arb_series], order: int, weight: Callable[[arb], list[arb]], cycle: bool
    ) -> None:
        """Prove the bounds of g/b^order times a weight, of whose derivatives there are bounds; g^(k)(0) = 0, k < order.

        Near 0 the quotient is a mean of g^(order) over [0, b]: its k-th derivative is at most k!/(k + order)! times the
        largest g^(k + order) there.
        """
        low, high = self.domain
        most, near = len(self.bounds) - 1, self.near
        factor, largest = weight(ball(-near, near)), [arb(0)] * (most + 1)

        def enough(found: list[arb]) -> None:
            for k, (size, bound) in enumerate(zip(found, self.bounds, strict=True)):
                demand(size <= ball(bound), f"a bound of derivative {k} is not proved, found {size.str(6)}")

        def prove(middle: Fraction, radius: Fraction) -> None:
            whole = ball(middle - radius, middle + radius)
            cell, inner = (line.about(ball(middle), cycle), line.about(whole, cycle)), abs(middle) < near
            found = sizes(g, cell, ball(radius), most + order * inner)
            if inner:
                means = [size * math.factorial(k) / math.factorial(k + order) for k, size in enumerate(found[order:])]
                enough(product(means, factor))
                largest[:] = map(arb.max, largest, means)  # the means are over all of [0, b]
                return
            enough(product(product(found, negative_power(whole.abs_lower(), order, most)), weight(whole)))

        for left, right, count in ((low, -near, CELLS), (-near, near, CELLS // 4), (near, high, CELLS)):
            radius = (right - left) / (2 * count)
            for i in range(count if left < right else 0):
                split(left + (2 * i + 1) * radius, radius, prove)
        enough(product(largest, factor))


def prove_smooth_map(value: Any, work: Work) -> tuple[str, Fraction, Fraction, Program, Line, Known]:
    """Return l in words, d0, h = l''(d0), the definitions of `prove_map`, l' and l'', and the ratio l'(d0 + b)/b."""
    *entries, sha256, ratio = record(value, "loss minimum drift multiplier sha256 ratio", "map")
    texts = [text(entry, "map") for entry in entries]
    demand(hashlib.sha256("\n".join(texts).encode()).hexdigest() == sha256, "map.sha256 is not the hash of the map")
    d0, known = number(texts[1], "map.minimum"), Known(ratio, "map.ratio", 3)
    shown = expression(texts[0], {"p": PRODUCT}, functions={name: sp.Function(name) for name in FUNCTIONS})
    with series():
        line = Line(work, texts[0], d0)
        known.prove(
            line, lambda at: at.slope - at.b * known.at(at.b), 1, lambda _: [arb(1), *[arb(0)] * 3], cycle=False
        )
    plane = Algebra("u v eta g")
    (u, v, _, g), h = plane.gens, line.h
    prove_moves(plane, texts[2:], plane.product(u * v - exact(d0), g), g, d0, h, {"ell": g})
    flow = flow_of({RATIO: known.expression(1)}, d0, h)
    return sp.sstr(shown), d0, h, flow, line, known


def prove_cycles(value: Any, line: Line, ratio: Known) -> sp.Expr:
    """Return F in b: prove that e of 1 + b^2 e = sqrt(1 + b^2 F) = (h/2)(b - beta)/l'(d0 + b) is near a polynomial."""
    known = Known(value, "curve.frozen", 2)
    (low, high), half = known.domain, ball(line.h / 2)
    demand(ratio.domain[0] <= low and high <= ratio.domain[1], "curve.frozen: the domain is not in that of map.ratio")

    def weight(b: arb) -> list[arb]:  # 1/ell and its derivatives
        expanded = ratio.at(arb_series([b, 1]))
        value, first, second = (expanded[k] * math.factorial(k) for k in range(3))
        m0, m1, m2, _ = map(ball, ratio.bounds)
        least = (value - m0).lower()
        demand(least > 0, "curve.frozen: l'(d0 + b)/b > 0 is open")
        first, second = first.abs_upper() + m1, second.abs_upper() + m2
        return [1 / least, first / least**2, 2 * first**2 / least**3 + second / least**2]

    def g(at: Point) -> arb_series:
        demand(first < at.image[0] < last, "curve.frozen: l' may take a value twice")
        return half * (at.b - at.image) - (1 + at.b * at.b * known.at(at.b)) * at.slope

    with series():
        right, left = (line.image_of(ball(end)) for end in known.domain)
        first, last = ball(low).min(left).lower() - MARGIN, ball(high).max(right).upper() + MARGIN
        line.require_convex(first.mid(), last.mid())
        known.prove(line, g, 3, weight, cycle=True)
    rise = known.expression(2)
    return rise * (2 + DEVIATION**2 * rise)
