"""Exact inequalities: is a polynomial positive on a box, by Sturm sequences or Bernstein coefficients.

Univariate polynomials are decided outright. In several variables the Bernstein coefficients of a
polynomial on a box enclose its range; the box is bisected until they have one sign, and a corner where the
polynomial is negative refutes. All arithmetic is in exact rationals.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import sympy as sp

from edgestab.errors import InputError

Domain = Mapping[sp.Symbol, tuple[sp.Expr, sp.Expr]]
"""For each symbol its closed interval; the ends are rational or infinite."""


@dataclass(frozen=True)
class Sign:
    """The verdict on an inequality.

    Parameters
    ----------
    holds : bool or None
        None when the budget of boxes was spent.
    witness : dict
        A rational point of the domain at which it fails.
    boxes : int
        How many boxes were examined.
    """

    holds: bool | None
    witness: Mapping[sp.Symbol, sp.Rational]
    boxes: int = 1


def nonnegative(expression: sp.Expr, domain: Domain, *, strict: bool = False, max_boxes: int = 20_000) -> Sign:
    """Decide whether a rational function is >= 0 (> 0 when `strict`) on a product of closed intervals.

    A quotient is decided as its numerator times its denominator; where the denominator vanishes nothing
    is claimed. With one variable the strict form is asked on the interior only, so that the value at an end
    of an open interval may be zero.

    Raises
    ------
    InputError
        When a free symbol has no interval, or the expression is no rational function.

    Examples
    --------
    >>> from edgestab.theory.symbols import symbols
    >>> u, v = symbols("u v")
    >>> nonnegative(2 - u * (3 - 2 * u) ** 2, {u: (sp.S(0), sp.S(1))}).holds
    True
    >>> nonnegative(u * v - u, {u: (sp.S(0), sp.S(1)), v: (sp.S(0), sp.S(2))}).holds
    False
    """
    missing = sorted(str(s) for s in expression.free_symbols - set(domain))
    if missing:
        raise InputError(f"no interval is given for {', '.join(missing)}")
    reversed_ = [str(s) for s, (a, b) in domain.items() if a > b]
    if reversed_:
        raise InputError(f"the interval of {', '.join(reversed_)} is empty: write the smaller end first")
    top, bottom = sp.fraction(sp.together(expression))
    names = sorted(expression.free_symbols, key=str)
    product = top * bottom
    if not product.is_polynomial(*names):
        raise InputError(f"{expression} is no rational function of {', '.join(map(str, names))}")
    if not names:
        value = sp.Rational(product)
        return Sign(bool(value > 0 if strict else value >= 0), {})
    polynomial = sp.Poly(product, *names, domain="QQ")
    if polynomial.is_zero:
        return Sign(not strict, {s: _between(*domain[s]) for s in names} if strict else {})
    if len(names) == 1:
        return _univariate(polynomial, names[0], domain[names[0]], strict)
    return _bernstein(polynomial, names, [domain[s] for s in names], strict, max_boxes)


def _univariate(p: sp.Poly, x: sp.Symbol, interval: tuple[sp.Expr, sp.Expr], strict: bool) -> Sign:
    low, high = interval
    if low == high:
        value = p.eval(low)
        holds = bool(value > 0 if strict else value >= 0)
        return Sign(holds, {} if holds else {x: low})
    if p.is_zero:
        return Sign(not strict, {} if not strict else {x: _between(low, high)})
    # The sign on the interior changes exactly at roots of odd multiplicity; Sturm's theorem counts them.
    factors = p.sqf_list()[1]
    crossing = math.prod((f for f, m in factors if m % 2), start=sp.Poly(1, x, domain="QQ"))
    if _roots_inside(crossing, low, high):
        return Sign(False, {x: _negative_point(p, crossing, low, high)})
    touching = math.prod((f for f, _ in factors), start=sp.Poly(1, x, domain="QQ"))
    inner = next(v for v in _dyadic(low, high) if p.eval(v) != 0)
    if p.eval(inner) < 0:
        return Sign(False, {x: inner})
    if strict and _roots_inside(touching, low, high):
        roots = [r for r in touching.real_roots() if r.is_Rational and low < r < high]
        return Sign(False, {x: roots[0]} if roots else {})
    return Sign(True, {})


def _roots_inside(p: sp.Poly, low: sp.Expr, high: sp.Expr) -> int:
    """How many distinct real roots a square-free polynomial has in the open interval."""
    if p.degree() < 1:
        return 0
    ends = [None if e.is_infinite else e for e in (low, high)]
    at_ends = sum(1 for e in ends if e is not None and p.eval(e) == 0)
    return int(p.count_roots(*ends)) - at_ends


def _negative_point(p: sp.Poly, crossing: sp.Poly, low: sp.Expr, high: sp.Expr) -> sp.Rational:
    """A rational point of the interval where p < 0; one lies between neighbouring roots at which the sign changes."""
    for a, b in _between_roots(crossing, low, high):
        point = next(v for v in _dyadic(a, b) if p.eval(v) != 0)
        if p.eval(point) < 0:
            return point
    raise AssertionError("the sign changes inside")


def _between_roots(p: sp.Poly, low: sp.Expr, high: sp.Expr) -> Iterator[tuple[sp.Expr, sp.Expr]]:
    """Yield intervals without a root of a square-free polynomial, one before, between and after its roots inside."""
    x = p.gen
    for end in (low, high):
        if end.is_finite and p.eval(end) == 0:
            p = p.exquo(sp.Poly(x - end, x, domain="QQ"))
    for level in itertools.count():
        cells = [cell for cell, _ in p.intervals(eps=sp.Rational(1, 16**level))]
        inside = [(a, b) for a, b in cells if b > low and a < high]
        edges = [low, *(e for cell in inside for e in cell), high]
        gaps = list(zip(edges[::2], edges[1::2], strict=True))
        # The cells shrink: in the end none holds an end of the interval, and no two touch.
        if all(a < b for a, b in gaps):
            yield from gaps
            return


def _between(low: sp.Expr, high: sp.Expr) -> sp.Rational:
    return next(_dyadic(low, high))


def _dyadic(low: sp.Expr, high: sp.Expr) -> Iterator[sp.Rational]:
    """Yield a dense sequence of rational points of the open interval."""
    for level in itertools.count(1):
        for odd in range(1, 2**level, 2):
            t = sp.Rational(odd, 2**level)
            if low.is_finite and high.is_finite:
                yield low + t * (high - low)
            elif low.is_finite:
                yield low + t / (1 - t)
            elif high.is_finite:
                yield high - t / (1 - t)
            else:
                yield (2 * t - 1) / (t * (1 - t))


def _bernstein(
    p: sp.Poly,
    names: Sequence[sp.Symbol],
    sides: Sequence[tuple[sp.Expr, sp.Expr]],
    strict: bool,
    max_boxes: int,
) -> Sign:
    if any(not e.is_finite for side in sides for e in side):
        raise InputError("an inequality in several variables needs a bounded box")
    degrees = tuple(p.degree(s) for s in names)
    origin = tuple(a for a, _ in sides)
    unit = p.as_expr().xreplace({s: a + s * (b - a) for s, (a, b) in zip(names, sides, strict=True)})
    power = {m: Fraction(int(c.p), int(c.q)) for m, c in sp.Poly(unit, *names, domain="QQ").terms()}
    root = _power_to_bernstein(power, degrees)
    corners = (tuple(Fraction(0) for _ in names), tuple(Fraction(1) for _ in names))
    stack = [(root, *corners)]
    boxes = 0
    while stack:
        coefficients, lower, upper = stack.pop()
        boxes += 1
        least = min(coefficients.values())
        if least > 0 or (least == 0 and not strict):
            continue
        for corner in itertools.product((0, 1), repeat=len(names)):
            value = coefficients[tuple(c * d for c, d in zip(corner, degrees, strict=True))]
            if value < 0 or (strict and value == 0):
                point = [u if c else lo for c, lo, u in zip(corner, lower, upper, strict=True)]
                witness = {
                    s: o + sp.Rational(t.numerator, t.denominator) * (b - a)
                    for s, o, t, (a, b) in zip(names, origin, point, sides, strict=True)
                }
                return Sign(False, witness, boxes)
        if boxes >= max_boxes:
            return Sign(None, {}, boxes)
        axis = max(range(len(names)), key=lambda i: (degrees[i] > 0, upper[i] - lower[i]))
        middle = (lower[axis] + upper[axis]) / 2
        left, right = _halve(coefficients, axis, degrees[axis])
        stack.append((left, lower, (*upper[:axis], middle, *upper[axis + 1 :])))
        stack.append((right, (*lower[:axis], middle, *lower[axis + 1 :]), upper))
    return Sign(True, {}, boxes)


Coefficients = dict[tuple[int, ...], Fraction]


def _power_to_bernstein(power: Coefficients, degrees: tuple[int, ...]) -> Coefficients:
    """Coefficients b_i = sum_{j<=i} prod C(i,j)/C(d,j) a_j on the unit cube."""
    result = {}
    for i in itertools.product(*(range(d + 1) for d in degrees)):
        total = Fraction(0)
        for j, a in power.items():
            if all(jj <= ii for jj, ii in zip(j, i, strict=True)):
                weight = Fraction(1)
                for ii, jj, d in zip(i, j, degrees, strict=True):
                    weight *= Fraction(math.comb(ii, jj), math.comb(d, jj))
                total += weight * a
        result[i] = total
    return result


def _halve(b: Coefficients, axis: int, degree: int) -> tuple[Coefficients, Coefficients]:
    """De Casteljau's subdivision at the middle of one axis."""
    left: Coefficients = {}
    right: Coefficients = {}
    for index in b:
        if index[axis]:
            continue
        row = [b[(*index[:axis], k, *index[axis + 1 :])] for k in range(degree + 1)]
        for k in range(degree + 1):
            left[(*index[:axis], k, *index[axis + 1 :])] = row[0]
            right[(*index[:axis], degree - k, *index[axis + 1 :])] = row[-1]
            row = [(u + v) / 2 for u, v in itertools.pairwise(row)]
    return left, right
