"""Symbolic evidence: lemmas settled by exact polynomial arithmetic, root isolation and series."""

from __future__ import annotations

import itertools
from fractions import Fraction

import sympy as sp

from edgestab.numerics.printers.ball import ball
from edgestab.numerics.rigorous.balls import precision, values
from edgestab.theory.algebra import reduce_to_zero, taylor
from edgestab.theory.invariant_curve import invariant_curve, sharp_constant
from edgestab.theory.lemma import CurveConstant, Expansion, Identity, Inequality, Lemma
from edgestab.theory.models.product import P, drift_and_multiplier
from edgestab.theory.parts.proof import Proof, Refutation
from edgestab.theory.positivity import nonnegative
from edgestab.theory.symbols import symbols
from edgestab.verify.evidence.symbolic import LemmaResult, SymbolicEvidence


def settle(part: Proof | Refutation) -> SymbolicEvidence:
    """Settle every lemma of a proof."""
    results = tuple(settle_lemma(lemma) for lemma in part.lemmas)
    return SymbolicEvidence(part.name, results, part.argument, isinstance(part, Refutation))


def settle_lemma(lemma: Lemma) -> LemmaResult:
    """Decide one lemma exactly.

    Examples
    --------
    >>> from edgestab.theory.symbols import symbols
    >>> x, = symbols("x")
    >>> settle_lemma(Identity("binomial", (x + 1) ** 2, x**2 + 2 * x + 1)).holds
    True
    >>> settle_lemma(Identity("wrong", (x + 1) ** 2, x**2 + 1)).holds
    False
    """
    match lemma:
        case Identity():
            return _identity(lemma)
        case Inequality():
            return _inequality(lemma)
        case Expansion():
            return _expansion(lemma)
        case CurveConstant():
            return _curve(lemma)


def _identity(lemma: Identity) -> LemmaResult:
    difference = lemma.left - lemma.right
    remainder = reduce_to_zero(difference, lemma.rules)
    if remainder.is_zero:
        return LemmaResult(lemma.name, True, "reduces to zero")
    witness = _differs_at(difference, lemma)
    if witness:
        return LemmaResult(lemma.name, False, f"the two sides differ at {witness}")
    return LemmaResult(lemma.name, None, f"{remainder.terms} terms are left, and no point of difference was found")


def _differs_at(difference: sp.Expr, lemma: Identity) -> str:
    """A rational point at which ball arithmetic separates the two sides."""
    ruled = [s for s in difference.free_symbols if s in lemma.rules]
    free = sorted(
        (difference.free_symbols | {s for _, e in lemma.rules.values() for s in e.free_symbols}) - set(ruled), key=str
    )
    primes = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29]
    with precision(256):
        for scale in (1, 10, 100, Fraction(1, 10), Fraction(1, 100)):
            for shift in range(4):
                point = {
                    s: Fraction(primes[(i + shift) % 10], scale * primes[(i + 2 * shift + 3) % 10])
                    for i, s in enumerate(free)
                }
                at = {s: ball(v) for s, v in point.items()}
                for symbol_ in ruled:
                    power, expression = lemma.rules[symbol_]
                    at[symbol_] = values([sp.Pow(expression, sp.Rational(1, power))], at)[0]
                gap = values([difference], at)[0]
                if gap.is_finite() and not gap.contains(0):
                    named = ", ".join(f"{s} = {v}" for s, v in point.items())
                    return f"{named or 'every point'} (by {gap.str(6, radius=False)})"
    return ""


def _inequality(lemma: Inequality) -> LemmaResult:
    sign = nonnegative(lemma.expression, lemma.domain, strict=lemma.strict)
    if sign.holds:
        how = "Sturm sequence" if len(lemma.expression.free_symbols) < 2 else f"Bernstein form, {sign.boxes} boxes"
        return LemmaResult(lemma.name, True, how)
    if sign.holds is None:
        return LemmaResult(lemma.name, None, f"not decided on {sign.boxes} boxes")
    at = ", ".join(f"{s} = {v}" for s, v in sign.witness.items()) or "an irrational point"
    return LemmaResult(lemma.name, False, f"fails at {at}")


def _expansion(lemma: Expansion) -> LemmaResult:
    left = taylor(lemma.expression, lemma.weights, lemma.order)
    right = taylor(lemma.stated, lemma.weights, lemma.order)
    for monomial in sorted(set(left) | set(right)):
        a, b = left.get(monomial, sp.S(0)), right.get(monomial, sp.S(0))
        if a != b:
            term = sp.Mul(*(s**e for s, e in zip(lemma.weights, monomial, strict=True)))
            return LemmaResult(lemma.name, False, f"the coefficient of {term} is {a}, stated {b}")
    return LemmaResult(lemma.name, True, f"all terms of weight <= {lemma.order} agree")


def curve_constant(outer: sp.Expr, minimum: sp.Expr, order: int) -> list[sp.Rational]:
    """Return the first `order` coefficients of G(eta), in powers of eta squared, for the loss l(xy)."""
    x, b, eps = symbols("offset b eps")
    drift, multiplier = drift_and_multiplier(sp.diff(outer, P), minimum, x, b, eps)
    return sharp_constant(invariant_curve(drift, multiplier, x, b, eps, order), order)


def _curve(lemma: CurveConstant) -> LemmaResult:
    found = curve_constant(lemma.outer, lemma.minimum, len(lemma.stated))
    for i, (a, b) in enumerate(itertools.zip_longest(found, lemma.stated)):
        if a != b:
            return LemmaResult(lemma.name, False, f"the coefficient of eta**{2 * i} is {a}, stated {b}")
    return LemmaResult(lemma.name, True, f"{len(found)} coefficients of the formal invariant curve agree")
