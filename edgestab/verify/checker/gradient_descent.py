"""The map of a certificate is gradient descent on its loss, and its frozen curve a 2-cycle: exact identities."""

from __future__ import annotations

import hashlib
import operator
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import reduce
from types import MappingProxyType
from typing import Any

import sympy as sp

from edgestab.verify.checker.algebra import Algebra, Surds, exact, vanish
from edgestab.verify.checker.enclosures import Program
from edgestab.verify.checker.reading import demand, expression, number, record, text

# The letters of docs/certificates.md. PRODUCT is p = uv, OFFSET x, DEVIATION b = uv - d0, RATIO l'(d0 + b)/b,
# TRACE eta times the trace of the Hessian over l'', ROOT r, HEIGHT Y, CURVE X(b), AFTER b'.
PRODUCT, OFFSET, DEVIATION, EPS, TRACE, ROOT = sp.symbols("p x b eps s r")
RATIO, DRIFT, MULTIPLIER, HEIGHT, CURVE, AFTER = sp.symbols("ell drift m y curve after")


def horner(coefficients: Sequence[Any], at: sp.Expr) -> sp.Expr:
    """Return a polynomial with these coefficients, the constant first."""
    return reduce(lambda total, entry: total * at + entry, reversed(coefficients), sp.Integer(0))


def flow_of(ratio: Program, d0: Fraction, h: Fraction) -> Program:
    """Return definitions of TRACE, DRIFT and MULTIPLIER after that of RATIO."""
    flow = dict(ratio)
    flow[TRACE] = sp.sqrt(4 * (1 + OFFSET) / h**2 + 4 * EPS * DEVIATION * (2 * d0 + DEVIATION))
    flow[DRIFT] = RATIO**2 * (1 + OFFSET - h**2 * d0**2 * EPS) * (2 - EPS * DEVIATION**2 * RATIO**2)
    flow[MULTIPLIER] = 1 - TRACE * RATIO + EPS * (d0 + DEVIATION) * DEVIATION * RATIO**2
    return flow


def prove_map(value: Any) -> tuple[sp.Poly, Fraction, Fraction, Program]:
    """Return l, d0, h = l''(d0), and definitions of RATIO, TRACE, DRIFT and MULTIPLIER, proved to be the file's map."""
    *texts, sha256 = [text(entry, "map") for entry in record(value, "loss minimum drift multiplier sha256", "map")]
    demand(hashlib.sha256("\n".join(texts).encode()).hexdigest() == sha256, "map.sha256 is not the hash of the map")
    line = Algebra("p")
    loss = sp.Poly(line.read(texts[0], {"p": line.gens[0]}).as_expr(), PRODUCT, domain="QQ")
    d0 = number(texts[1], "map.minimum")
    slope, h = loss.diff(), loss.diff().diff().eval(d0)
    demand(slope.eval(d0) == 0 and h > 0, f"map.minimum: there l' = {slope.eval(d0)} and l'' = {h}")
    coefficients, h = slope.compose(sp.Poly(PRODUCT + d0, PRODUCT)).all_coeffs()[-2::-1], Fraction(int(h.p), int(h.q))
    plane = Algebra("u v eta")
    u, v, _ = plane.gens
    pull, ratio = plane.horner(slope.all_coeffs()[::-1], u * v), plane.horner(coefficients, u * v - exact(d0))
    prove_moves(plane, texts[2:], pull, ratio, d0, h)
    return loss, d0, h, flow_of({RATIO: horner(coefficients, DEVIATION)}, d0, h)


def prove_moves(
    plane: Algebra,
    texts: Sequence[str],
    pull: Any,
    ratio: Any,
    d0: Fraction,
    h: Fraction,
    more: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """Prove that drift and multiplier, as they are here and as the file has them, move the x and b of its step.

    `pull` is l'(uv) and `ratio` is l'(uv)/(uv - d0), in a ring in u, v, eta and perhaps more; `more` are further names.
    """
    (u, v, eta, *_), start, scale = plane.gens, exact(d0), exact(h / 2)

    def edge(a: Any, b: Any) -> Any:  # 1 + x
        return plane.product(scale * eta, scale * eta, (a * a - b * b) * (a * a - b * b) + 4 * start * start)

    u1, v1 = u - plane.product(eta, pull, v), v - plane.product(eta, pull, u)
    b, trace = u * v - start, eta * (u * u + v * v)
    eb, lifted = eta * eta * b * b, plane.product(ratio, ratio)
    falls = plane.product(lifted, edge(u, v) - 4 * scale**2 * start**2 * eta * eta, 2 - plane.product(eb, lifted))
    turns = 1 - plane.product(trace, ratio) + plane.product(eta * eta * u * v * b, lifted)
    names = {"x": edge(u, v) - 1, "b": b, "eps": eta * eta, **more}
    drift, multiplier = (plane.read(entry, names) for entry in texts)
    inside = edge(u, v) * (1 / scale**2) + 4 * eta * eta * b * (2 * start + b)  # 4/h^2 = 1/(h/2)^2
    for name, difference in {
        "s": trace * trace - inside,
        "x'": edge(u, v) - plane.product(eb, falls) - edge(u1, v1),
        "b'": start + plane.product(b, turns) - plane.product(u1, v1),
        "drift": edge(u, v) - plane.product(eb, drift) - edge(u1, v1),
        "multiplier": start + plane.product(b, multiplier) - plane.product(u1, v1),
    }.items():
        vanish(difference, f"map: {name} is not that of gradient descent on this loss")


def prove_frozen(value: Any, after_of: Callable[[Surds, Any, Any], Any]) -> tuple[sp.Expr, sp.Expr, sp.Expr, sp.Expr]:
    """Return R, F, edge and image, and prove that Theta(X, b, 0) = 0 identically: F is the 2-cycle of the frozen map.

    Modulo r^2 = R(b); `after_of` says where b goes, from the field, b and the edge sqrt(1 + b^2 F).
    """
    texts = record(value, "radicand value edge image", "curve.frozen")
    field = Surds(texts[0])
    r, b = field.gens
    names = {"b": b, "r": r}
    known, edge, image = (field.read(entry, names) for entry in texts[1:])
    after = after_of(field, b, edge)
    later = {"b": after, "r": image}
    squares = {
        "edge": (edge, field.combine(operator.add, field.lift(1), field.product(b, b, known))),
        "image": (image, field.read(texts[0], later)),
    }
    for name, (root, square) in squares.items():
        field.vanish(field.combine(operator.sub, field.product(root, root), square), _WORDS.format(name))
    moved = field.product(after, after, field.read(texts[1], later))
    field.vanish(field.combine(operator.sub, moved, field.product(b, b, known)), _WORDS.format("value"))
    field.vanish(field.combine(operator.sub, after_of(field, after, edge), b), _WORDS.format("second step"))
    return tuple(
        expression(text_, {"b": DEVIATION} if k == 0 else {"b": DEVIATION, "r": ROOT}) for k, text_ in enumerate(texts)
    )


def frozen_step(ratio: sp.Expr, h: Fraction) -> Callable[[Surds, Any, Any], Any]:
    """Return where b goes at eps = 0 on l(uv): b - (2/h) edge b ell(b)."""

    def after_of(field: Surds, b: Any, edge: Any) -> Any:
        ell = field.horner(sp.Poly(ratio, DEVIATION).all_coeffs()[::-1], b)
        return field.combine(operator.sub, b, field.product(field.lift(2 / h), b, edge, ell))

    return after_of


def margins(ends: tuple[sp.Expr, sp.Expr], gap: list[sp.Expr], between: list[sp.Expr] | None) -> dict[str, sp.Expr]:
    """Return what is positive where sqrt(1 + x) = 1 - g eps/2 has g in a window for all eps c between two ends."""
    demand(between is None, "limit: between is for chains only")
    (bottom, top), (low, high) = ends, gap
    return {
        "gap_minus_low": low**2 * EPS / 4 - low - top,
        "two_minus_low_eps": 2 - low * EPS,
        "high_minus_gap": high - high**2 * EPS / 4 + bottom,
        "two_minus_high_eps": 2 - high * EPS,
    }


_WORDS = "curve.frozen: {} is not that of a 2-cycle"
