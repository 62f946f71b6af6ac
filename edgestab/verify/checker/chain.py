"""The three-layer chain (x, y, y): u = eta x, v = y^2/eta, X = u^2 - eps v - 1, b = uv - 1 > -1, eps = eta^3."""

from __future__ import annotations

import hashlib
import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import sympy as sp
from flint import arb, arb_series

from edgestab.verify.checker.algebra import Algebra, Surds, vanish
from edgestab.verify.checker.enclosures import Program, Work, ball
from edgestab.verify.checker.expansions import BITS, TERMS, Point, series, sizes, split
from edgestab.verify.checker.gradient_descent import DEVIATION, DRIFT, EPS, MULTIPLIER, OFFSET, prove_frozen
from edgestab.verify.checker.reading import demand, expression, record, text
from edgestab.verify.checker.smooth import Known

KAPPA, FIRST, SECOND = sp.symbols("kappa u v")
CELLS = 64  # of the interval of kappa


def prove_chain(
    value: Any, work: Work
) -> tuple[Program, Callable[[Any], tuple[sp.Expr, ...]], Callable[..., dict[str, sp.Expr]]]:
    """Return the definitions of D and m, what proves the frozen 2-cycles, and the margins of a window."""
    *entries, sha256, root = record(value, "chain drift multiplier sha256 root", "map")
    texts = [text(entry, "map") for entry in entries]
    demand(hashlib.sha256("\n".join(texts).encode()).hexdigest() == sha256, "map.sha256 is not the hash of the map")
    demand(texts[0] == "x, y, y", "map.chain must be x, y, y")
    names = {"x": OFFSET, "b": DEVIATION, "eps": EPS, "u": FIRST, "v": SECOND}
    drift, multiplier = (expression(entry, names) for entry in texts[1:])
    _prove_moves(texts[1:])
    known = Known(root, "map.root", 3)
    with series():
        _prove_root(known, work)
    flow = {KAPPA: EPS * (1 + DEVIATION) * (1 + OFFSET) ** sp.Rational(-3, 2)}
    flow[FIRST] = sp.sqrt(1 + OFFSET) * known.expression(3, KAPPA)
    flow |= {SECOND: (1 + DEVIATION) / FIRST, DRIFT: drift, MULTIPLIER: multiplier}
    return flow, lambda entry: prove_frozen(entry, _frozen_step), _margins


def _prove_moves(texts: list[str]) -> None:
    """Prove that the step, u' = u - eps b v and v' = v (1 - u b)^2, moves X and b as the file says."""
    plane = Algebra("u v eps")
    u, v, eps = plane.gens
    b, x = u * v - 1, u * u - eps * v - 1
    fallen = 1 - plane.product(u, b)
    u1, v1 = u - plane.product(eps, b, v), plane.product(v, fallen, fallen)
    drift, multiplier = (plane.read(entry, {"x": x, "b": b, "eps": eps, "u": u, "v": v}) for entry in texts)
    after = plane.product(u1, u1) - plane.product(eps, v1) - 1
    vanish(after - x + plane.product(eps, b, b, drift), "map: drift is not that of the chain")
    vanish(plane.product(u1, v1) - 1 - plane.product(multiplier, b), "map: multiplier is not that of the chain")


def _frozen_step(field: Surds, b: Any, edge: Any) -> Any:
    """Where b goes at eps = 0, where u = sqrt(1 + X): to (1 + b)(1 - u b)^2 - 1."""
    one = field.lift(1)
    left = field.combine(operator.sub, one, field.product(edge, b))
    return field.combine(operator.sub, field.product(field.combine(operator.add, one, b), left, left), one)


def _prove_root(known: Known, work: Work) -> None:
    """Prove that psi near 1 with psi^3 - psi = kappa is near the polynomial: psi' = 1/(3 psi^2 - 1)."""

    def value(kappa: arb) -> arb:
        y = arb(1)
        for _ in range(60):
            y = (y - (y * y * y - y - kappa) / (3 * y * y - 1)).mid()
        low, high = y - arb(2) ** (32 - BITS), y + arb(2) ** (32 - BITS)
        found = low * low * low - low < kappa < high * high * high - high and low > 0 < 3 * low * low - 1
        demand(found, "map.root: the root of the cubic is not found")
        return low.union(high)

    def about(kappa: arb) -> Point:
        line = arb_series([kappa, 1])
        begin = value(kappa.lower().mid()).union(value(kappa.upper().mid()))
        psi = arb_series([begin])
        for _ in range(TERMS):
            psi = arb_series([begin]) + (1 / (3 * psi * psi - 1)).integral()
        work.spend(4 * TERMS**2)
        return Point(line, line, psi)

    def prove(middle: Fraction, radius: Fraction) -> None:
        cell = about(ball(middle)), about(ball(middle - radius, middle + radius))
        found = sizes(lambda at: at.image - known.at(at.b), cell, ball(radius), len(known.bounds) - 1)
        for k, (size, bound) in enumerate(zip(found, known.bounds, strict=True)):
            demand(size <= ball(bound), f"map.root: a bound of derivative {k} is not proved, found {size.str(6)}")

    low, high = known.domain
    radius = (high - low) / (2 * CELLS)
    for i in range(CELLS):
        split(low + (2 * i + 1) * radius, radius, prove)


def _margins(ends: tuple[sp.Expr, sp.Expr], gap: list[sp.Expr], between: list[sp.Expr] | None) -> dict[str, sp.Expr]:
    """Return what is positive where minima X = eps c, c between two ends, have gaps in a window.

    There u^2 - eps/u = 1 + X and eta/2 times the sharpness is u + eps/(2 u^2) = 1 - g eps/2; both grow with u > 0 where
    u^3 > eps, and `between` are w with u between the two 1 + eps w, which have to be positive.
    """
    demand(between is not None, "limit: between is missing")
    (bottom, top), (low, high) = ends, gap
    left, right = (1 + EPS * w for w in between or ())
    over = {
        "below": right**3 - EPS - (1 + EPS * top) * right,
        "above": (1 + EPS * bottom) * left - left**3 + EPS,
        "gap_minus_low": (2 - low * EPS) * right**2 - 2 * right**3 - EPS,
        "high_minus_gap": 2 * left**3 + EPS - (2 - high * EPS) * left**2,
    }
    divided = {name: sp.expand(sp.expand(e) / EPS) for name, e in over.items()}
    demand(all(e.is_polynomial(EPS) for e in divided.values()), "limit: a margin is not divisible by eps")
    return divided | {"root": right + 0 * EPS, "grows": left**3 - EPS}
