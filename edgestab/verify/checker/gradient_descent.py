"""The map of a certificate is gradient descent on its loss, and its frozen curve a 2-cycle: exact identities."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from fractions import Fraction
from functools import reduce
from typing import Any

import sympy as sp

from edgestab.verify.checker.enclosures import Program
from edgestab.verify.checker.reading import demand, expression, number, record, text

# The letters of docs/certificates.md. PRODUCT is p = XY, OFFSET x, DEVIATION b = XY - d0, RATIO l'(d0 + b)/b,
# TRACE eta times the trace of the Hessian over l'', ROOT r, HEIGHT Y, CURVE X(b), AFTER b'.
PRODUCT, OFFSET, DEVIATION, EPS, TRACE, ROOT = sp.symbols("p x b eps s r")
RATIO, DRIFT, MULTIPLIER, HEIGHT, CURVE, AFTER = sp.symbols("ell drift m y curve after")


def horner(coefficients: Sequence[Any], at: sp.Expr) -> sp.Expr:
    """Return a polynomial with these coefficients, the constant first."""
    return reduce(lambda total, entry: total * at + entry, reversed(coefficients), sp.Integer(0))


def prove_map(value: Any) -> tuple[sp.Poly, Fraction, Fraction, Program]:
    """Return l, d0, h = l''(d0), and definitions of RATIO, TRACE, DRIFT and MULTIPLIER, proved to be the file's map."""
    *texts, sha256 = [text(entry, "map") for entry in record(value, "loss minimum drift multiplier sha256", "map")]
    demand(hashlib.sha256("\n".join(texts).encode()).hexdigest() == sha256, "map.sha256 is not the hash of the map")
    loss = sp.Poly(expression(texts[0], {"p": PRODUCT}), PRODUCT, domain="QQ")
    d0 = number(texts[1], "map.minimum")
    slope, h = loss.diff(), loss.diff().diff().eval(d0)
    demand(slope.eval(d0) == 0 and h > 0, f"map.minimum: there l' = {slope.eval(d0)} and l'' = {h}")
    ratio = horner(slope.compose(sp.Poly(PRODUCT + d0, PRODUCT)).all_coeffs()[-2::-1], DEVIATION)
    flow = {RATIO: ratio, TRACE: sp.sqrt(4 * (1 + OFFSET) / h**2 + 4 * EPS * DEVIATION * (2 * d0 + DEVIATION))}
    flow[DRIFT] = RATIO**2 * (1 + OFFSET - h**2 * d0**2 * EPS) * (2 - EPS * DEVIATION**2 * RATIO**2)
    flow[MULTIPLIER] = 1 - TRACE * RATIO + EPS * (d0 + DEVIATION) * DEVIATION * RATIO**2
    # Gradient descent on l(uv): drift and multiplier, as they are here and as the file has them, move its x and b.
    u, v, eta = sp.symbols("u v eta", positive=True)
    d, edge = u * v, (h / 2) ** 2 * eta**2 * ((u**2 - v**2) ** 2 + 4 * d0**2)
    step = {a: a - eta * sp.diff(loss.as_expr().subs(PRODUCT, d), a) for a in (u, v)}
    here = {
        OFFSET: edge - 1,
        EPS: eta**2,
        DEVIATION: d - d0,
        TRACE: eta * (u**2 + v**2),
        RATIO: ratio.subs(DEVIATION, d - d0),
    }
    names = {"x": edge - 1, "b": d - d0, "eps": eta**2}
    drift, multiplier = (expression(entry, names, True) for entry in texts[2:])
    identities = {
        "s": (TRACE**2 - flow[TRACE] ** 2, sp.Integer(0)),
        "x'": (1 + OFFSET - EPS * DEVIATION**2 * flow[DRIFT], edge),
        "b'": (d0 + DEVIATION * flow[MULTIPLIER], d),
        "drift": (1 + OFFSET - EPS * DEVIATION**2 * drift, edge),
        "multiplier": (d0 + DEVIATION * multiplier, d),
    }
    for name, (formula, after) in identities.items():
        difference = formula.subs(here, simultaneous=True) - after.subs(step, simultaneous=True)
        demand(sp.expand(difference) == 0, f"map: {name} is not that of gradient descent on this loss")
    return loss, d0, Fraction(int(h.p), int(h.q)), flow


def prove_frozen(radicand: sp.Expr, value: sp.Expr, edge: sp.Expr, image: sp.Expr, after: sp.Expr) -> None:
    """Prove that Theta(X, b, 0) = 0 identically: F is the 2-cycle of the frozen map, modulo r^2 = R(b)."""
    field = sp.QQ.frac_field(ROOT, DEVIATION)
    relation = field.from_sympy(ROOT**2 - radicand).numer
    moved = value.subs({DEVIATION: after, ROOT: image}, simultaneous=True)
    identities = {
        "edge": edge**2 - 1 - DEVIATION**2 * value,
        "image": image**2 - radicand.subs(DEVIATION, after),
        "value": after**2 * moved - DEVIATION**2 * value,
    }
    for name, difference in identities.items():
        demand(field.from_sympy(difference).numer.rem(relation) == 0, f"curve.frozen: {name} is not that of a 2-cycle")
