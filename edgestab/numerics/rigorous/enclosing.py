r"""Functions of one variable enclosed by a polynomial and bounds of derivatives, proved by Taylor expansions on cells.

Two functions are needed for gradient descent on l(xy) with a smooth l: the ratio :math:`\ell(b) = l'(d_0 + b)/b`,
and of the 2-cycle :math:`(b, \beta)` of the frozen map the function e with :math:`\sqrt{1 + b^2F} = 1 + b^2 e`. Let P
be a polynomial near f, and :math:`g = b^n (f - P)`, which is written without a quotient and has a zero of order n at 0.
Far from 0 the derivatives of f - P are bounded by those of g and of :math:`b^{-n}`; near it by Taylor's theorem with
the remainder as an integral,

.. math:: |(f - P)^{(k)}| \le \frac{k!}{(k + n)!} \max |g^{(k + n)}|,

the maximum over an interval that holds 0. For the ratio n = 1, :math:`g = l'(d_0 + b) - bP(b)`; for e, n = 3,
:math:`g = \frac h2 (b - \beta) - (1 + b^2P)\, l'(d_0 + b) = b^3 (e - P)\,\ell`, and the bound of a product.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import flint
import numpy as np

from edgestab.numerics.printers import ball as balls
from edgestab.numerics.printers.ball import ball
from edgestab.numerics.printers.series import Series
from edgestab.numerics.rigorous.expansions import (
    CONCAVE,
    Cell,
    Interval,
    NotEnclosed,
    Point,
    Slope,
    cells_of,
    expansions,
    largest_derivatives,
    leibniz,
    quotients,
)
from edgestab.theory.drift import ProductForm
from edgestab.theory.remainder import Enclosed

DEGREES = (6, 10, 14, 18, 22, 26, 30, 36)
RATIO, RISE = 1, 2
"""The numbers of the two functions."""

DERIVATIVES = {RATIO: 3, RISE: 2}
"""The highest derivative of each that the inequalities of a tube contain."""

MARGIN = 2.0**-16
"""How far beyond the points of 2-cycles l'' > 0 is shown: cells reach a little farther than they should."""

FINE = 1e-9
"""How small the bound of the function itself shall be, in its own units: defects are divided by eps, and compared with
1e-2."""


def enclosed_ratio(form: ProductForm, domain: Interval) -> Enclosed:
    """Enclose l'(d0 + b)/b.

    Raises
    ------
    NotEnclosed
        When the loss is not smooth there, or no polynomial comes near.
    """
    with expansions():
        slope = Slope.of(form)
        nodes, (near, far, width) = nodes_of(domain), cells_of(domain, slope)
        values = [balls.evaluate(slope.first, [b])[0] / b for b in nodes]
        for polynomial in polynomials(nodes, values):

            def beside(at: Point, p: Sequence[Fraction] = polynomial) -> Series:
                return at.slope - at.b * value_of(p, at.b)

            sizes = quotients(beside, near, far, 1, DERIVATIVES[RATIO])
            if sizes[0] < FINE:
                return Enclosed(RATIO, domain, polynomial, tuple(map(above, sizes)), width)
    raise NotEnclosed("no polynomial of moderate degree comes near the slope of the loss: lower the upper end of x")


def enclosed_rise(form: ProductForm, ratio: Enclosed, domain: Interval) -> Enclosed:
    """Enclose e, from the ratio on an interval that holds this one.

    Raises
    ------
    NotEnclosed
        When l'' > 0 is not shown between the points of the 2-cycles, or no polynomial comes near.
    """
    with expansions():
        slope, half = Slope.of(form), ball(Fraction(int(form.curvature.p), int(form.curvature.q))) / 2
        nodes, (near, far, width) = nodes_of(domain), cells_of(domain, slope, with_image=True)
        _require_convex(slope, domain, near + far)
        edges = [half * (b - slope.image_of(b)) / balls.evaluate(slope.first, [b])[0] for b in nodes]
        values = [(edge - 1) / (b * b) for b, edge in zip(nodes, edges, strict=True)]
        v = _reciprocals(ratio, near + far)
        for polynomial in polynomials(nodes, values):

            def beside(at: Point, p: Sequence[Fraction] = polynomial) -> Series:
                return half * (at.b - at.image) - (1 + at.b * at.b * value_of(p, at.b)) * at.slope

            sizes = leibniz(quotients(beside, near, far, 3, DERIVATIVES[RISE]), v)
            if sizes[0] < FINE:
                return Enclosed(RISE, domain, polynomial, tuple(map(above, sizes)), width)
    raise NotEnclosed("no polynomial of moderate degree comes near the 2-cycles of the frozen map")


def _require_convex(slope: Slope, domain: Interval, cells: Sequence[Cell]) -> None:
    """Refuse unless l'' > 0 on an interval that holds both points of all 2-cycles: then there is no other image."""
    right, left = (slope.image_of(ball(end)) for end in domain)
    low, high, parts = ball(domain[0]).min(left).lower() - MARGIN, ball(domain[1]).max(right).upper() + MARGIN, 512
    if not all(low < cell.whole.image[0] < high for cell in cells):
        raise NotEnclosed(CONCAVE)
    for i in range(parts):
        cell = (low + (high - low) * i / parts).union(low + (high - low) * (i + 1) / parts)
        if not balls.evaluate(slope.second, [cell])[0] > 0:
            raise NotEnclosed(CONCAVE)


def _reciprocals(ratio: Enclosed, cells: Sequence[Cell]) -> list[flint.arb]:
    """Bounds of 1/ell and of its first two derivatives."""

    def whole(at: Point) -> Series:
        return value_of(ratio.polynomial, at.b)

    _, first, second = largest_derivatives(whole, cells, 2)
    first, second = first + ball(ratio.bounds[1]), second + ball(ratio.bounds[2])
    least = flint.arb("inf")
    for cell in cells:
        at = whole(cell.middle)[0] - cell.radius * first - ball(ratio.bounds[0])
        least = least.min(at.lower())
    if not least > 0:
        raise NotEnclosed("l'(d0 + b)/b is not positive on the interval of the 2-cycles of the frozen map")
    return [1 / least, first / least**2, 2 * first**2 / least**3 + second / least**2]


def nodes_of(domain: Interval) -> list[flint.arb]:
    """Chebyshev nodes, doubles, none of them 0."""
    count = DEGREES[-1] + 1
    t = np.cos(np.pi * (np.arange(count) + 0.5) / count)
    low, high = map(float, domain)
    return [flint.arb(float(x)) for x in (low + high) / 2 + (high - low) / 2 * t if x != 0]


def polynomials(nodes: Sequence[flint.arb], values: Sequence[flint.arb]) -> Iterator[tuple[Fraction, ...]]:
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


def above(size: flint.arb) -> Fraction:
    """A short number above twice a bound, as other cells may give larger ones; 1e-300 stands for less."""
    return Fraction(f"{2 * max(float(size.upper()), 1e-300):.3g}")


def value_of(polynomial: Sequence[Fraction], b: Series) -> Series:
    """Expand a polynomial."""
    total = Series([0])
    for c in reversed(polynomial):
        total = total * b + Series([ball(c)])
    return total
