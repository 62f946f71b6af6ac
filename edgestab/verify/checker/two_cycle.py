"""Proving a window of a 2-cycle again: d -> f(d, s) has exactly one for every s, and it is attracting up to one flip.

With Q = (d - f(f(d)))/(f(d) - d) the points of least period 2 are zeros of Q. Q > 0 at the lower end of d and Q < 0 at
the upper one; on every cell Q has no zero, or falls in d while f(d) /= d. So there is exactly one zero for every s, and
it is of least period 2. Its multiplier M = f'(d) f'(f(d)) is compared with 1 and -1 where Q may have a zero; in between
M_s Q_d - M_d Q_s > 0, so that dM/ds = M_s - M_d Q_s/Q_d < 0 along the cycle, and M passes -1 once.
"""

from __future__ import annotations

import operator
from typing import Any

import sympy as sp

from edgestab.verify.checker.algebra import Algebra
from edgestab.verify.checker.enclosures import Form, Test, Work, ball, derived, positive
from edgestab.verify.checker.reading import Box, box, demand, listed, record, text
from edgestab.verify.checker.trees import tree

KEYS = "format version map points values flip low high one attracting passing repelling made"
BASE, STEEPEST = 4_000_000, 9  # operations on balls besides those for the cells; the highest degree of a map
D, S, Q, M, MOVE = sp.symbols("d s q m move")


def check_two_cycle(document: Any) -> str:
    """Prove what a parsed certificate of a 2-cycle claims, and return it in words."""
    _, version, map_, points, values, flip, *trees, made = record(document, KEYS, "the file")
    demand((repr(version), type(made)) == ("1", dict), "no certificate of version 1")
    (a, b), (first, last), (before, after) = box(
        {"points": points, "values": values, "flip": flip}, "points values flip", "a range"
    )
    demand(a < b and first < before < after < last, "the ranges must have a < b and values around flip")
    plane, work = Algebra("d s"), Work(BASE)
    names = dict(zip("ds", plane.gens, strict=True))
    f = plane.read(text(map_, "map"), names)
    demand(0 < f.degree(plane.gens[0]) <= STEEPEST, f"the map is no polynomial in d of degree 1 to {STEEPEST}")
    d = plane.gens[0]
    twice = plane.read(map_, {**names, "d": f})
    quotient, rest = (d - twice).div(f - d)
    demand(not rest, "f(d) - d does not divide d - f(f(d))")
    slope = f.diff(d)
    product = plane.combine(operator.mul, slope, slope.compose(d, f))
    program = {Q: quotient.as_expr(), M: product.as_expr(), MOVE: (f - d).as_expr()}
    form = Form(work, derived(derived(program, D), S), (D, S), "q m move q_d q_s m_d m_s")
    sections = {
        "low": ((a, a), (first, last)),
        "high": ((b, b), (first, last)),
        "one": ((a, b), (first, last)),
        "attracting": ((a, b), (first, before)),
        "passing": ((a, b), (before, after)),
        "repelling": ((a, b), (after, last)),
    }
    for (name, whole), cells in zip(sections.items(), trees, strict=True):
        demand({*listed(text, cells, name, 100_000)} <= {*"ds."}, f"{name}: a cell is not one of d s .")
        tree(_test(form, name), cells, whole, "ds", name, work)
    return (
        f"For every s in [{first}, {last}] the map d -> {sp.sstr(f.as_expr())} has exactly one 2-cycle with a point in "
        f"({a}, {b}); it attracts for s in [{first}, {before}] (its multiplier lies in (-1, 1)), repels for s in "
        f"[{after}, {last}] (it lies below -1), and its multiplier passes -1 exactly once in between."
    )


def _test(form: Form, what: str) -> Test:
    def test(_: str, cell: Box) -> None:
        q, m, move, q_d, q_s, m_d, m_s = form(*(ball(*side) for side in cell))
        if what in ("low", "high"):
            return positive(sign=q if what == "low" else -q)
        if q > 0 or q < 0:
            return None
        margins = {
            "one": {"falls": -q_d, "moves": move.abs_lower()},
            "attracting": {"inside": 1 - abs(m)},
            "passing": {"falls": -q_d, "turns": m_s * q_d - m_d * q_s},
            "repelling": {"beyond": -1 - m},
        }
        return positive(**margins[what])

    return test
