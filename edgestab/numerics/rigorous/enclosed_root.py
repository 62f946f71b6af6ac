r"""The root :math:`\psi` near 1 of :math:`\psi^3 - \psi = \kappa`, enclosed by a polynomial and bounds."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import flint

from edgestab.numerics.printers.ball import ball
from edgestab.numerics.printers.series import Series
from edgestab.numerics.rigorous.enclosing import FINE, above, nodes_of, polynomials, value_of
from edgestab.numerics.rigorous.expansions import (
    BITS,
    CELLS,
    TERMS,
    Cell,
    Interval,
    NotEnclosed,
    Point,
    expansions,
    largest_derivatives,
)
from edgestab.theory.remainder import Enclosed

ROOT, HIGHEST = 3, 3
"""The number of the function, and its highest derivative that the inequalities of a tube contain."""


def root(kappa: flint.arb) -> flint.arb:
    r"""Enclose :math:`\psi` at an exact :math:`\kappa > -2/(3\sqrt3)`."""
    y = flint.arb(1)
    for _ in range(60):
        step = (y * y * y - y - kappa) / (3 * y * y - 1)
        y = (y - step).mid()
        if not abs(step) > flint.arb(2) ** (8 - BITS):
            break
    low, high = y - flint.arb(2) ** (40 - BITS), y + flint.arb(2) ** (40 - BITS)
    if not (low * low * low - low < kappa < high * high * high - high and 3 * low * low > 1):
        raise NotEnclosed("the root of a cubic is not found")
    return low.union(high)


def expanded(kappa: Series) -> Series:
    r"""Expand :math:`\psi`, whose derivative is :math:`1/(3\psi^2 - 1)`: one coefficient more each time."""
    begin = root(kappa[0].lower().mid()).union(root(kappa[0].upper().mid()))
    found = Series([begin])
    for _ in range(TERMS):
        found = Series([begin]) + (1 / (3 * found * found - 1)).integral()
    return found


def enclosed_root(domain: Interval) -> Enclosed:
    """Enclose the root over an interval of kappa that holds 0.

    Raises
    ------
    NotEnclosed
        When no polynomial of moderate degree comes near.

    Examples
    --------
    >>> psi = enclosed_root((Fraction(-1, 64), Fraction(1, 32)))
    >>> round(float(psi.polynomial[1]), 9)
    0.5
    """
    with expansions():
        radius = (domain[1] - domain[0]) / (2 * CELLS)
        cells = []
        for i in range(CELLS):
            middle = ball(domain[0] + (2 * i + 1) * radius)
            lines = [Series([m, 1]) for m in (middle, middle + ball(radius) * flint.arb(0, 1))]
            cells.append(Cell(ball(radius), *(Point(line, line, expanded(line)) for line in lines)))
        nodes = nodes_of(domain)
        for polynomial in polynomials(nodes, [root(k) for k in nodes]):

            def beside(at: Point, p: Sequence[Fraction] = polynomial) -> Series:
                return at.image - value_of(p, at.b)

            sizes = largest_derivatives(beside, cells, HIGHEST)
            if sizes[0] < FINE:
                return Enclosed(ROOT, domain, polynomial, tuple(map(above, sizes)), min(domain[1], -domain[0]))
    raise NotEnclosed("no polynomial of moderate degree comes near the root of the cubic")
