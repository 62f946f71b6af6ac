"""Smooth losses l(xy) that are no polynomials: their rational minimum, and the chart about it."""

from __future__ import annotations

from typing import NamedTuple

import sympy as sp

from edgestab.theory.loss import Loss
from edgestab.theory.models.product import P, outer_of

SMOOTH = (sp.exp, sp.log, sp.sin, sp.cos, sp.tan, sp.sinh, sp.cosh, sp.tanh)
"""The functions, beside powers, of which l may be made: all are analytic where they are defined."""


class SmoothProduct(NamedTuple):
    """A loss l(xy), in the symbol p, with a rational minimum d0 at which h = l''(d0) is rational."""

    outer: sp.Expr
    minimum: sp.Rational
    curvature: sp.Rational


def smooth_product(loss: Loss) -> SmoothProduct | None:
    """Return l and its largest recognised minimum for a smooth loss l(xy) that is no polynomial; else None.

    A place is tried when it is a number that l contains, or its opposite; or a zero or a critical point of a polynomial
    that l is written with: exp(p - 1) suggests p = 1. It is a minimum when l is real and l' = 0 and l'' > 0 there,
    exactly.

    Examples
    --------
    >>> smooth_product(Loss.parse("log(cosh(x*y - 1))", "x y"))
    SmoothProduct(outer=log(cosh(p - 1)), minimum=1, curvature=1)
    """
    outer = outer_of(loss)
    if outer is None or outer.is_polynomial(P) or not _is_smooth(outer):
        return None
    slope = sp.diff(outer, P)
    curvature = sp.diff(slope, P)
    for place in sorted(_suggested(outer), reverse=True):
        h = curvature.subs(P, place)
        if outer.subs(P, place).is_real is not False and slope.subs(P, place) == 0 and h.is_Rational and h > 0:
            return SmoothProduct(outer, place, h)
    return None


def _is_smooth(outer: sp.Expr) -> bool:
    return all(
        isinstance(e, SMOOTH) or (e.is_Pow and e.exp.is_Rational) or e.is_Add or e.is_Mul or not e.args
        for e in sp.preorder_traversal(outer)
        if not e.is_number
    )


def _suggested(outer: sp.Expr) -> set[sp.Rational]:
    found: set[sp.Rational] = set()
    for part in outer.atoms(sp.Add) | {P}:
        if part.is_polynomial(P) and all(c.is_Rational for c in sp.Poly(part, P).coeffs()):
            for polynomial in (sp.Poly(part, P, domain="QQ"), sp.Poly(sp.diff(part, P), P, domain="QQ")):
                found |= set() if polynomial.is_zero else set(polynomial.ground_roots())
    numbers = outer.atoms(sp.Rational)
    return {r for r in found | numbers | {-r for r in numbers} if r.is_Rational}
