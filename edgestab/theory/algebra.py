"""Exact identities: is an expression zero, as a function, by polynomial arithmetic alone.

An expression built from rational operations and radicals is brought over one denominator with python-flint.
Each radical ``e**(1/q)`` becomes a generator r with the rule ``r**q = e``; functions such as exp become free
generators. The numerator is reduced by the rules; if nothing is left, the identity holds wherever both
sides are defined. If something is left, a rational point at which the two sides differ is looked for by the
caller (numerics): an expression is never declared non-zero here unless it is a polynomial without radicals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import flint
import sympy as sp

from edgestab.errors import InputError
from edgestab.theory.series import Space, evaluate

Rules = Mapping[sp.Symbol, tuple[int, sp.Expr]]
"""For a symbol r the pair (q, e) of a rule r**q = e."""


@dataclass(frozen=True)
class Remainder:
    """What is left of a numerator after reduction, and whether a non-zero rest disproves the identity."""

    terms: int
    conclusive: bool

    @property
    def is_zero(self) -> bool:
        """Whether the identity holds."""
        return self.terms == 0


def reduce_to_zero(expression: sp.Expr, rules: Rules | None = None) -> Remainder:
    r"""Bring `expression` over one denominator, reduce its numerator by the rules, and count what is left.

    Parameters
    ----------
    expression : Expr
        Rational operations and radicals of symbols; other functions count as free symbols.
    rules : mapping, optional
        Further relations: ``{s: (2, u)}`` says :math:`s^2 = u`.

    Examples
    --------
    >>> from edgestab.theory.symbols import symbols
    >>> x, y = symbols("x y")
    >>> reduce_to_zero((x + y) ** 2 - x**2 - 2 * x * y - y**2).is_zero
    True
    >>> reduce_to_zero(sp.sqrt(x**2 + 1) ** 2 - x**2).is_zero
    False
    """
    collector = _Generators(dict(rules or {}))
    skeleton = collector.strip(expression)
    # A radical is eliminated before the symbols its radicand is made of.
    order = [*reversed(collector.radicals)]
    plain = sorted(
        {s for e in [skeleton, *(e for _, e in collector.rules.values())] for s in e.free_symbols} - set(order),
        key=str,
    )
    names = [str(i) for i in range(len(order) + len(plain))]
    context = flint.fmpq_mpoly_ctx.get([f"g{n}" for n in names] or ["g"], "lex")
    generators = dict(zip([*order, *plain], context.gens(), strict=False))
    numerator, denominator = _fraction(skeleton, generators, context)
    for radical in order:
        power, value = collector.rules[radical]
        numerator = _eliminate(numerator, radical, power, value, generators, context)
        denominator = _eliminate(denominator, radical, power, value, generators, context)
    if not len(denominator):
        raise InputError(f"{expression} divides by an expression that is identically zero")
    return Remainder(len(numerator), conclusive=not order and not collector.opaque)


def equal(left: sp.Expr, right: sp.Expr, rules: Rules | None = None) -> bool:
    """Return whether two expressions are the same function, by `reduce_to_zero` of their difference."""
    return reduce_to_zero(left - right, rules).is_zero


@dataclass
class _Generators:
    rules: dict[sp.Symbol, tuple[int, sp.Expr]]
    radicals: list[sp.Symbol] = field(default_factory=list)
    opaque: bool = False
    _known: dict[tuple[sp.Expr, int], sp.Symbol] = field(default_factory=dict)

    def __post_init__(self) -> None:
        given = dict(self.rules)
        self.rules.clear()
        # A rule's value may contain radicals of its own, which are eliminated after it.
        self.rules.update({s: (q, self.strip(e)) for s, (q, e) in given.items()})
        self.radicals.extend(given)

    def strip(self, e: sp.Expr) -> sp.Expr:
        if not e.args:
            if e.is_Rational or e.is_Symbol:
                return e
            self.opaque = True
            return sp.Symbol(f"constant {e}")
        if isinstance(e, sp.Pow) and isinstance(e.exp, sp.Rational):
            base = self.strip(e.base)
            q = int(e.exp.q)
            if q == 1:
                return sp.Pow(base, e.exp, evaluate=False)
            if (base, q) not in self._known:
                radical = sp.Dummy(f"r{len(self._known)}")
                self._known[base, q] = radical
                self.rules[radical] = (q, base)
                self.radicals.append(radical)
            return sp.Pow(self._known[base, q], e.exp.p, evaluate=False)
        if isinstance(e, sp.Add | sp.Mul):
            return e.func(*(self.strip(a) for a in e.args), evaluate=False)
        self.opaque = True
        return sp.Symbol(f"value of {e}")


def _fraction(
    e: sp.Expr, generators: Mapping[sp.Basic, flint.fmpq_mpoly], context: flint.fmpq_mpoly_ctx
) -> tuple[flint.fmpq_mpoly, flint.fmpq_mpoly]:
    one = context.constant(1)
    if isinstance(e, sp.Rational):
        return context.constant(flint.fmpq(int(e.p), int(e.q))), one
    if e.is_Symbol:
        return generators[e], one
    if isinstance(e, sp.Add):
        top, bottom = context.constant(0), one
        for term in e.args:
            n, d = _fraction(term, generators, context)
            top, bottom = (top + n, bottom) if d == bottom else (top * d + n * bottom, bottom * d)
        return top, bottom
    if isinstance(e, sp.Mul):
        top, bottom = one, one
        for factor in e.args:
            n, d = _fraction(factor, generators, context)
            top, bottom = top * n, bottom * d
        return top, bottom
    if not e.exp.is_Integer:
        raise InputError(f"{e} is no rational expression")
    power = int(e.exp)
    n, d = _fraction(e.base, generators, context)
    return (n**power, d**power) if power >= 0 else (d**-power, n**-power)


def _eliminate(
    p: flint.fmpq_mpoly,
    radical: sp.Symbol,
    power: int,
    value: sp.Expr,
    generators: Mapping[sp.Basic, flint.fmpq_mpoly],
    context: flint.fmpq_mpoly_ctx,
) -> flint.fmpq_mpoly:
    """Replace radical**power by its value everywhere, multiplying through by the value's denominator."""
    r = generators[radical]
    index = context.gens().index(r)
    top, bottom = _fraction(value, generators, context)
    by_exponent: dict[int, dict[tuple[int, ...], flint.fmpq]] = {}
    for monomial, coefficient in p.to_dict().items():
        others = (*monomial[:index], 0, *monomial[index + 1 :])
        by_exponent.setdefault(monomial[index], {})[others] = coefficient
    highest = max((e // power for e in by_exponent), default=0)
    total = context.constant(0)
    for exponent, rest in by_exponent.items():
        times = exponent // power
        factor = top**times * bottom ** (highest - times) * r ** (exponent % power)
        total = total + context.from_dict(rest) * factor
    return total


def taylor(expression: sp.Expr, weights: Mapping[sp.Symbol, int], order: int) -> dict[tuple[int, ...], sp.Expr]:
    r"""Return the Taylor coefficients at the origin of all monomials of weighted degree at most `order`.

    With each symbol s replaced by :math:`t^{w_s} s`, the expansion in t is cut after :math:`t^{order}`. Sums,
    products, integer powers and roots of series with a non-zero rational constant term are expanded exactly.

    Raises
    ------
    InputError
        When the expression is not analytic at the origin in this scaling.

    Examples
    --------
    >>> from edgestab.theory.symbols import symbols
    >>> x, = symbols("x")
    >>> taylor(sp.sqrt(1 + x), {x: 1}, 2)
    {(0,): 1, (1,): 1/2, (2,): -1/8}
    """
    space = Space(tuple(weights), tuple(weights.values()), order)
    series = evaluate(expression, {s: space.generator(s) for s in weights}, space)
    return {m: sp.Rational(int(c.p), int(c.q)) for m, c in sorted(series.terms().items())}


def polynomial_part(
    expression: sp.Expr,
    weights: Mapping[sp.Symbol, int],
    order: int,
    symbols: Sequence[sp.Symbol] | None = None,
) -> sp.Expr:
    """Return `taylor` as an expression.

    Examples
    --------
    >>> from edgestab.theory.symbols import symbols
    >>> x, = symbols("x")
    >>> polynomial_part(1 / (1 - x), {x: 1}, 2)
    x**2 + x + 1
    """
    names = tuple(symbols or weights)
    return sp.Add(
        *(
            c * sp.Mul(*(s**e for s, e in zip(names, m, strict=True)))
            for m, c in taylor(expression, weights, order).items()
        )
    )


def rational_largest(matrix: sp.MatrixBase) -> sp.Rational | None:
    """Return the largest eigenvalue of a symmetric matrix of rationals where it is rational, else None.

    It is the root e of the characteristic polynomial for which e I - A has no negative eigenvalue: the coefficients of
    its characteristic polynomial alternate in sign.

    Examples
    --------
    >>> rational_largest(sp.Matrix([[2, 1], [1, 2]])), rational_largest(sp.Matrix([[2, 1], [1, 1]]))
    (3, None)
    """
    if not all(e.is_Rational for e in matrix):
        return None
    t = sp.Symbol("t")
    n = matrix.shape[0]
    roots = sp.roots(matrix.charpoly(t).as_expr(), t, filter="Q")
    for root in roots:
        rest = (root * sp.eye(n) - matrix).charpoly(t).all_coeffs()
        if all((-1) ** k * c >= 0 for k, c in enumerate(rest)):
            return sp.Rational(root)
    return None
