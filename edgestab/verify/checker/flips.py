"""Proving again where cycles of x -> f(x, s) have the multiplier -1: one point of the cycle and s, in a box.

Write F = (f^p - x, df^p/dx + 1), and Y for an approximate inverse of its derivative at the centre c of the box with
the half widths r. By the mean value form Y F(z) = Y F(c) + Y F'(...)(z - c). Where |Y F(c)|_i + |Y F'|_ij r_j is less
than (Y F')_ii r_i, for either i and j the other, the i-th entry of Y F has opposite signs on opposite sides of the
box: by Poincare and Miranda F has a zero in it. It is the only one, for Y F' is dominated by its diagonal on the whole
box. As F' is regular there, the multiplier passes -1 with a speed other than 0. Derivatives of f^p are carried along
the orbit by the chain rule.
"""

from __future__ import annotations

from functools import reduce
from operator import mul
from typing import Any, NamedTuple

import sympy as sp
from flint import arb, arb_mat, ctx

from edgestab.verify.checker.algebra import Algebra
from edgestab.verify.checker.enclosures import ball
from edgestab.verify.checker.reading import Box, box, demand, listed, record, text

BITS, PERIOD, CYCLES = 1024, 64, 8  # of the arithmetic; the longest cycle; how many
STEEPEST, TERMS = 24, 40  # the highest degree of the map in x and s together; the most terms


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
    x, s = plane.gens
    demand(f.degree(x) > 0 and sum(map(int, f.degrees())) <= STEEPEST, f"the degree of the map is not 1 to {STEEPEST}")
    demand(len(f) <= TERMS, f"the map has more than {TERMS} terms")
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
    near = ", ".join(f"{name} = {float(c):.15g}" for name, c in zip("xs", centre, strict=True))
    return f"exactly one pair x, s in the box about {near} such that x has least period {period} and the multiplier -1"


def _slopes(at: Jet) -> arb_mat:
    return arb_mat(2, 2, [at.x - 1, at.s, at.xx, at.xs])


def _orbit(partials: Any, start: list[arb], period: int) -> list[Jet]:
    orbit = [Jet(start[0], arb(1), arb(0), arb(0), arb(0))]
    for _ in range(period):
        p = orbit[-1]
        f, f_x, f_s, f_xx, f_xs = (_value(of, p.value, start[1]) for of in partials)
        bent = f_xx * p.x * p.x + f_x * p.xx
        orbit.append(Jet(f, f_x * p.x, f_x * p.s + f_s, bent, (f_xx * p.s + f_xs) * p.x + f_x * p.xs))
    return orbit


def _value(polynomial: Any, x: arb, s: arb) -> arb:
    return sum((reduce(mul, [x] * i + [s] * j, ball(c)) for (i, j), c in polynomial.terms()), arb(0))
