"""Proving again where cycles of x -> f(x, s) have the multiplier -1: one point of the cycle and s, in a box.

Write F = (f^p - x, df^p/dx + 1), and Y for an approximate inverse of its derivative at the centre c of the box with
the half widths r. By the mean value form Y F(z) = Y F(c) + Y F'(...)(z - c). Where |Y F(c)|_i + |Y F'|_ij r_j is less
than (Y F')_ii r_i, for either i and j the other, the i-th entry of Y F has opposite signs on opposite sides of the
box: by Poincare and Miranda F has a zero in it. It is the only one, for Y F' is dominated by its diagonal on the whole
box. As F' is regular there, the multiplier passes -1 with a speed other than 0. Derivatives of f^p are carried along
the orbit by the chain rule.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

import sympy as sp
from flint import arb, arb_mat, ctx

from edgestab.verify.checker.algebra import Algebra
from edgestab.verify.checker.enclosures import ball
from edgestab.verify.checker.reading import Box, box, demand, listed, record, text

BITS, PERIOD, CYCLES, STEEPEST = 1024, 64, 20, 24  # of the arithmetic; the longest cycle; how many; the highest degree
WIDTH = Fraction(1, 10**21)


class Jet(NamedTuple):
    """A point of an orbit with its derivatives by the start x and by s."""

    value: arb
    x: arb
    s: arb
    xx: arb
    xs: arb


def check_flips(document: Any) -> str:
    """Prove what a parsed certificate of flips claims, and return it in words."""
    _, version, map_, cycles, made = record(document, "format version map cycles made", "the file")
    demand((repr(version), type(made)) == ("1", dict), "no certificate of version 1")
    plane = Algebra("x s")
    f = plane.read(text(map_, "map"), dict(zip("xs", plane.gens, strict=True)))
    demand(0 < f.degree(plane.gens[0]) <= STEEPEST, f"the map is no polynomial in x of degree 1 to {STEEPEST}")
    x, s = plane.gens
    partials = (f, f.diff(x), f.diff(s), f.diff(x).diff(x), f.diff(x).diff(s))
    with ctx.workprec(BITS):
        found = [_flip(partials, cycle) for cycle in listed(lambda c, _: c, cycles, "cycles", CYCLES)]
    return f"The map x -> {sp.sstr(f.as_expr())} has {'; '.join(found)}. There the multiplier passes -1."


def _flip(partials: Any, cycle: Any) -> str:
    period, *sides = record(cycle, "period x s", "a cycle")
    demand(type(period) is int and 0 < period <= PERIOD, f"a period is a whole number from 1 to {PERIOD}")
    place: Box = box(dict(zip("xs", sides, strict=True)), "x s", "a range")
    centre = [(low + high) / 2 for low, high in place]
    radius = [ball((high - low) / 2) for low, high in place]
    demand(all(r > 0 for r in radius), "a range is empty")
    here = _orbit(partials, [ball(c) for c in centre], period)[-1]
    orbit = _orbit(partials, [ball(*side) for side in place], period)
    start, there = orbit[0].value, orbit[-1]
    for q in range(1, period):
        demand(period % q or not orbit[q].value.overlaps(start), f"period {period} may not be the least: {q}")
    inverse = arb_mat(2, 2, [e.mid() for e in _slopes(here).mid().inv().entries()])
    rest = inverse * arb_mat(2, 1, [here.value - ball(centre[0]), here.x + 1])
    turned = inverse * _slopes(there)
    for i, j in ((0, 1), (1, 0)):
        slack = turned[i, i] * radius[i] - abs(turned[i, j]) * radius[j] - abs(rest[i, 0])
        demand(slack > 0, f"period {period}: no zero is proved in the box")
    demand(all(high - low < WIDTH for low, high in place), f"a range is wider than {WIDTH}")
    near = ", ".join(f"{name} = {_decimal(c)}" for name, c in zip("xs", centre, strict=True))
    return (
        f"exactly one pair x, s in the box of the file, within 1e-20 of {near}, such that x has least period "
        f"{period} and the multiplier -1"
    )


def _decimal(value: Fraction) -> str:
    whole, rest = divmod(abs(round(value * 10**20)), 10**20)
    return f"{'-' if value < 0 else ''}{whole}.{rest:020d}"


def _slopes(at: Jet) -> arb_mat:
    return arb_mat(2, 2, [at.x - 1, at.s, at.xx, at.xs])


def _orbit(partials: Any, start: list[arb], period: int) -> list[Jet]:
    x, s = start
    orbit = [Jet(x, arb(1), arb(0), arb(0), arb(0))]
    for _ in range(period):
        p = orbit[-1]
        f, f_x, f_s, f_xx, f_xs = (_value(of, p.value, s) for of in partials)
        orbit.append(
            Jet(f, f_x * p.x, f_x * p.s + f_s, f_xx * p.x * p.x + f_x * p.xx, (f_xx * p.s + f_xs) * p.x + f_x * p.xs)
        )
    return orbit


def _value(polynomial: Any, x: arb, s: arb) -> arb:
    total = arb(0)
    for (i, j), c in polynomial.terms():
        term = ball(c)
        for factor, power in ((x, i), (s, j)):
            for _ in range(power):
                term = term * factor
        total = total + term
    return total
