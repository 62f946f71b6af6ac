r"""Losses of a product, :math:`L(x, y) = l(xy)`: the minimalist example and its relatives.

With :math:`d = xy`, :math:`C = x^2 - y^2`, :math:`s = \eta(x^2+y^2)`, :math:`\epsilon = \eta^2` and
:math:`\lambda = l'(d)`, gradient descent is exactly

.. math:: C' = C(1 - \epsilon\lambda^2), \qquad d' = d(1 + \epsilon\lambda^2) - s\lambda,
          \qquad s^2 = (\eta C)^2 + 4\epsilon d^2.

Let :math:`d_0` be a minimum of l, :math:`h = l''(d_0)`, :math:`b = d - d_0` and :math:`\lambda = b\,\ell(b)`.
:math:`P = (h/2)^2 \epsilon (C^2 + 4 d_0^2)` is the square of half the step size times the sharpness of the
gradient-flow solution: P = 1 is the edge. In the charts (x, b) with x = P - 1, and (v, b) with
:math:`P = 1 + \epsilon v`, nothing cancels near the minima.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import sympy as sp

from edgestab.errors import InputError
from edgestab.theory.chart import Chart
from edgestab.theory.domain import Nonzero, Positive
from edgestab.theory.loss import Loss
from edgestab.theory.models.base import DEFAULT_TOLERANCE, Coordinates, LimitSet, Model
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import ETA, symbol, symbols
from edgestab.theory.text.grammar import parse_expression

X, Y, P, B, V, OFFSET = symbols("x y p b v offset")
EDGE_RATIO = sp.Symbol("P", real=True)
"""P: the square of the sharpness over 2/eta at the minimum that gradient flow reaches."""


SYMMETRIES = ((-X, -Y), (Y, X), (-Y, -X))
"""A loss of xy is even, and symmetric in x and y."""


class NotAProduct(InputError):
    """The function of p has no usable minimum."""


def product(
    outer: sp.Expr,
    name: str,
    title: str,
    source: str,
    minimum: sp.Expr | None = None,
    charts: tuple[Chart, ...] = (),
) -> Model:
    """Return the model :math:`L(x, y) = l(xy)` for a polynomial l given in the symbol p.

    Parameters
    ----------
    outer : Expr
        l(p), a polynomial over the rationals.
    name, title, source : str
        As in `Model`.
    minimum : Expr, optional
        The rational minimum d0 to centre the charts on; the largest one otherwise.
    charts : tuple of Chart
        Further charts, beside (offset, b) and (v, b).

    Raises
    ------
    NotAProduct
        When l is no polynomial of degree two or more with a rational non-degenerate minimum.
    """
    slope = sp.diff(outer, P)
    minima = stable_points(outer)
    if any(m.has(sp.CRootOf) for m in minima):
        raise NotAProduct(f"a minimum of {outer} is an algebraic number that no kernel can evaluate")
    rational = [m for m in minima if m.is_Rational]
    if not rational:
        raise NotAProduct(f"{outer} has no rational non-degenerate minimum")
    d0 = max(rational) if minimum is None else minimum
    h = sp.diff(slope, P).subs(P, d0)
    factored = sp.factor(slope)
    p, g = symbol("p"), symbol("g")
    step = StepMap(f"GD on {name}", (X, Y), (X - g * Y, Y - g * X), (ETA,), ((p, X * Y), (g, ETA * factored)))
    distance = sp.Mul(*(sp.Abs(X * Y - m) for m in minima))
    alike = _alike(slope, minima)
    steepness = (h if alike else sp.diff(slope, P).xreplace({P: X * Y})) * (X**2 + Y**2)
    gfs = h * sp.sqrt((X**2 - Y**2) ** 2 + 4 * d0**2) + _comes_there(slope, minima, d0) if alike else None
    own = Coordinates("x y", step, distance, DEFAULT_TOLERANCE, steepness, gfs)
    loss = Loss((X, Y), outer.xreplace({P: X * Y}), name)
    sets = tuple(LimitSet(f"xy = {m}", X * Y - m) for m in minima)
    precise = _precise(name, slope, d0, h, minima)
    every_chart = (*charts, chart_x_b(d0, h))
    return Model(name, title, source, loss, (own, precise), sets, (X**2 - Y**2,), every_chart)


def in_units(model: Model, outer: sp.Expr) -> Model:
    r"""Return the model of l(xy) with distances and step sizes measured in its own units.

    With the least distance s > 0 of a minimum from 0, or of another critical point where 0 is the only minimum, these
    are s for xy and :math:`2/(s\,l''(d_0))` for the step size. The quartic has s = 1 and l'' = 2.
    """
    slope = sp.diff(outer, P)
    roots = [abs(r) for r in sp.Poly(slope, P, domain="QQ").real_roots(multiple=True) if r != 0]
    minima = [abs(m) for m in stable_points(outer) if m != 0]
    length = sp.Rational(f"{float(min(minima or roots or [sp.S.One], key=float)):.12g}")
    curvature = max((sp.diff(slope, P).subs(P, m) for m in stable_points(outer)), key=float)
    pace = ETA * sp.Rational(str(float(length * curvature / 2)))
    count = len(stable_points(outer))

    def measured(where: Coordinates) -> Coordinates:
        tolerance = DEFAULT_TOLERANCE.subs(ETA, pace)
        return replace(where, residual=where.residual / length**count, tolerance=tolerance, pace=pace)

    return replace(model, coordinates=tuple(map(measured, model.coordinates)))


def product_of_text(text: str) -> Model:
    """Return the model of l given as text in p, such as ``p**2/2-p**4/12``."""
    outer = parse_expression(text, {"p": P})
    return product(outer, f"product:{text}", f"L = l(x y) with l(p) = {text}", "results R2 and R8")


def stable_points(outer: sp.Expr) -> list[sp.Expr]:
    """Return the real non-degenerate local minima of a polynomial, in increasing order."""
    if not outer.is_polynomial(P) or sp.degree(outer, P) < 2:
        raise NotAProduct(f"{outer} is no polynomial of degree two or more in p")
    if not all(c.is_Rational for c in sp.Poly(outer, P).all_coeffs()):
        raise NotAProduct(f"{outer} has coefficients that are not rational")
    curvature = sp.diff(outer, P, 2)
    roots = sp.Poly(sp.diff(outer, P), P, domain="QQ").real_roots(multiple=False)
    return sorted((r for r, m in roots if m == 1 and curvature.subs(P, r).is_positive), key=float)


def has_degenerate_points(outer: sp.Expr) -> bool:
    """Return whether l' has a multiple real root: a critical point the charts know nothing of."""
    roots = sp.Poly(sp.diff(outer, P), P, domain="QQ").real_roots(multiple=False)
    return any(m > 1 for _, m in roots)


def drift_and_multiplier(
    slope: sp.Expr, d0: sp.Expr, x: sp.Symbol, b: sp.Symbol, eps: sp.Symbol
) -> tuple[sp.Expr, sp.Expr]:
    r"""Return D and m of the (x, b) chart: :math:`x' = x - b^2 D`, :math:`b' = m b`.

    Parameters
    ----------
    slope : Expr
        l'(p), in the symbol p.
    d0 : Expr
        A minimum of l.
    """
    h = sp.diff(slope, P).subs(P, d0)
    return moves(sp.factor(sp.cancel(sp.expand(slope.subs(P, d0 + b)) / b)), d0, h, x, b, eps)


def moves(ell: sp.Expr, d0: sp.Expr, h: sp.Expr, x: sp.Symbol, b: sp.Symbol, eps: sp.Symbol) -> tuple[sp.Expr, sp.Expr]:
    r"""Return D and m as `drift_and_multiplier` does, from :math:`\ell(b) = l'(d_0 + b)/b`."""
    s = sp.sqrt(4 * (1 + x) / h**2 + 4 * eps * b * (2 * d0 + b))
    drift = eps * ell**2 * (1 + x - h**2 * d0**2 * eps) * (2 - eps * b**2 * ell**2)
    return drift, 1 - s * ell + eps * (d0 + b) * b * ell**2


def _precise(name: str, slope: sp.Expr, d0: sp.Expr, h: sp.Expr, minima: list[sp.Expr]) -> Coordinates:
    """The chart (v, b)."""
    ell = sp.factor(sp.cancel(sp.expand(slope.subs(P, d0 + B)) / B))
    eps, e, l_, lam, q = symbol("eps"), symbol("e"), symbol("ell"), symbol("lam"), symbol("q")
    s = symbol("s")
    bindings = (
        (eps, ETA**2),
        (e, B * (2 * d0 + B)),
        (l_, ell),
        (lam, B * l_),
        (q, lam**2),
        (s, sp.sqrt(4 / h**2 + eps * (4 / h**2 * V + 4 * e))),
    )
    update = (
        V - (1 - h**2 * d0**2 * eps + eps * V) * q * (2 - eps * q),
        B * (1 - l_ * s + eps * (d0 + B) * lam * l_),
    )
    step = StepMap(f"GD on {name} in (v, b)", (V, B), update, (ETA,), bindings)
    distance = sp.Mul(*(sp.Abs(B if m == d0 else B + (d0 - m)) for m in minima))
    chart = chart_v_b(d0, h)
    if _alike(slope, minima):
        sharpness = 2 / ETA * sp.sqrt(1 + ETA**2 * V)
        return Coordinates("v b", step, distance, DEFAULT_TOLERANCE, sharpness, sharpness, chart)
    steep = sp.sqrt(4 / h**2 * (1 / ETA**2 + V) + 4 * B * (2 * d0 + B))  # x^2 + y^2
    curvature = sp.diff(slope, P).xreplace({P: d0 + B})
    return Coordinates("v b", step, distance, DEFAULT_TOLERANCE, curvature * steep, None, chart)


def _comes_there(slope: sp.Expr, minima: list[sp.Expr], d0: sp.Expr) -> sp.Expr:
    """0 where gradient flow comes to a minimum, undefined where it does not.

    It stays on the other critical levels of xy, and through 0 it comes only where one of x^2 and y^2 is smaller.
    """
    others = [r for r in sp.Poly(slope, P, domain="QQ").real_roots(multiple=False) if r[0] not in minima]
    guards: Callable[..., sp.Expr]
    found: sp.Expr = sp.S.Zero
    for level, _ in others:
        if level.is_Rational:
            guards = Nonzero
            found += guards(X * Y - level)
    if slope.subs(P, 0) != 0:
        guards = Positive
        found += guards(sp.Max(X * Y * d0, (X**2 - Y**2) ** 2))
    return found


def _alike(slope: sp.Expr, minima: list[sp.Expr]) -> bool:
    """Whether all minima have one curvature and one distance from 0, so that one formula gives their sharpness."""
    curvature = sp.diff(slope, P)
    return len({(sp.simplify(curvature.subs(P, m)), sp.Abs(m)) for m in minima}) == 1


def chart_v_b(d0: sp.Expr, h: sp.Expr) -> Chart:
    r"""Return the chart (v, b): :math:`(h/2)^2\epsilon(C^2 + 4d_0^2) = 1 + \epsilon v`, :math:`b = xy - d_0`."""
    c2 = (X**2 - Y**2) ** 2 + 4 * d0**2
    forward = (h**2 / 4 * c2 - 1 / ETA**2, X * Y - d0)
    balance = sp.sqrt(4 / h**2 * (1 / ETA**2 + V) - 4 * d0**2)
    return Chart("v b", (X, Y), (V, B), forward, _inverse(balance, d0 + B), _domain(), (ETA,), SYMMETRIES)


def chart_x_b(d0: sp.Expr, h: sp.Expr) -> Chart:
    """Return the chart (x, b) with x = P - 1, called ``offset`` as the model has an x of its own."""
    c2 = (X**2 - Y**2) ** 2 + 4 * d0**2
    forward = (h**2 / 4 * ETA**2 * c2 - 1, X * Y - d0)
    balance = sp.sqrt(4 / (h * ETA) ** 2 * (1 + OFFSET) - 4 * d0**2)
    inverse, written = _inverse(balance, d0 + B), ((OFFSET, EDGE_RATIO - 1),)
    defined = ((EDGE_RATIO, forward[0] + 1), (B, forward[1]))
    return Chart("offset b", (X, Y), (OFFSET, B), forward, inverse, _domain(), (ETA,), SYMMETRIES, written, defined)


def _inverse(balance: sp.Expr, d: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    x = sp.sqrt((sp.sqrt(balance**2 + 4 * d**2) + balance) / 2)
    return x, d / x


def _domain() -> tuple[sp.Rel, ...]:
    return (sp.Gt(X, sp.Abs(Y)),)


def structure_of(loss: Loss) -> sp.Expr | None:
    """Return l with ``loss = l(xy)`` for a loss in two parameters, or None when it is no such loss.

    L is a function of xy alone exactly when :math:`x L_x = y L_y`.

    Examples
    --------
    >>> structure_of(Loss.parse("(1 - u*v)**2/2", "u v"))
    (1 - p)**2/2
    """
    if len(loss.parameters) != 2 or loss.constants:
        return None
    u, v = loss.parameters
    if sp.expand(u * loss.gradient[0] - v * loss.gradient[1]) != 0:
        return None
    outer = loss.expression.subs(u, P).subs(v, 1)
    return outer if outer.is_polynomial(P) else None


def outer_of(loss: Loss) -> sp.Expr | None:
    """Return l in the symbol p with ``loss = l(xy)``, or None when the loss is not seen to be a function of xy alone.

    It is one when y is gone after x has become p/y, without any simplification, which may take for ever.

    Examples
    --------
    >>> outer_of(Loss.parse("log(cosh(x*y - 1))", "x y")), outer_of(Loss.parse("x**2 + y**2", "x y"))
    (log(cosh(p - 1)), None)
    """
    if len(loss.parameters) != 2 or loss.constants:
        return None
    u, v = loss.parameters
    outer = loss.expression.subs(u, P / v)
    return outer if v not in outer.free_symbols else structure_of(loss)
