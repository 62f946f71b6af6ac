"""Truncated power series in several symbols with weights, over the rationals (python-flint)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import flint
import sympy as sp

from edgestab.errors import InputError


@dataclass(frozen=True)
class Space:
    """Series in `names` with `weights`, integers >= 0, cut after weighted degree `order`."""

    names: tuple[sp.Symbol, ...]
    weights: tuple[int, ...]
    order: int

    @property
    def context(self) -> flint.fmpq_mpoly_ctx:
        """The polynomial ring that holds the truncated series."""
        return flint.fmpq_mpoly_ctx.get([f"s{i}" for i in range(len(self.names))], "lex")

    def constant(self, value: sp.Rational | int | flint.fmpq) -> Series:
        """Return a constant series."""
        if isinstance(value, flint.fmpq):
            return Series(self, self.context.constant(value))
        exact = sp.Rational(value)
        return Series(self, self.context.constant(flint.fmpq(int(exact.p), int(exact.q))))

    def generator(self, name: sp.Symbol) -> Series:
        """Return the series of one symbol."""
        return self.cut(self.context.gens()[self.names.index(name)])

    def degree(self, monomial: tuple[int, ...]) -> int:
        """Return the weighted degree of a monomial."""
        return sum(w * e for w, e in zip(self.weights, monomial, strict=True))

    def cut(self, polynomial: flint.fmpq_mpoly) -> Series:
        """Return the series of a polynomial, without the terms beyond the order."""
        kept = {m: c for m, c in polynomial.to_dict().items() if self.degree(m) <= self.order}
        return Series(self, self.context.from_dict(kept))


@dataclass(frozen=True)
class Series:
    """A truncated series: arithmetic, reciprocals and roots stay within its space."""

    space: Space
    polynomial: flint.fmpq_mpoly

    def terms(self) -> dict[tuple[int, ...], flint.fmpq]:
        """Return the coefficients by monomial."""
        return dict(self.polynomial.to_dict())

    @property
    def constant_term(self) -> flint.fmpq:
        """The value at the origin."""
        return self.terms().get((0,) * len(self.space.names), flint.fmpq(0))

    def __add__(self, other: Series) -> Series:
        return Series(self.space, self.polynomial + other.polynomial)

    def __sub__(self, other: Series) -> Series:
        return Series(self.space, self.polynomial - other.polynomial)

    def __neg__(self) -> Series:
        return Series(self.space, -self.polynomial)

    def __mul__(self, other: Series) -> Series:
        return self.space.cut(self.polynomial * other.polynomial)

    def power(self, exponent: sp.Rational) -> Series:
        """Return the power with any rational exponent, by the binomial series where it is no natural number.

        Raises
        ------
        InputError
            When the constant term is zero, or has no rational power of this exponent.
        """
        if exponent.is_Integer and exponent >= 0:
            result = self.space.constant(1)
            for _ in range(int(exponent)):
                result = result * self
            return result
        head = self.constant_term
        root = sp.Rational(int(head.p), int(head.q)) ** exponent if head != 0 else sp.zoo
        if not root.is_Rational:
            raise InputError(f"a series with constant term {head} has no power {exponent} over the rationals")
        small = Series(self.space, self.polynomial / head) - self.space.constant(1)
        if any(self.space.degree(m) == 0 for m in small.terms()):
            raise InputError("a power of a series needs a constant term free of symbols of weight 0")
        term = total = self.space.constant(root)
        n = 0
        while len(term.polynomial):
            n += 1
            factor = (exponent - n + 1) / n
            term = term * small * self.space.constant(factor)
            total = total + term
        return total


def evaluate(expression: sp.Expr, values: Mapping[sp.Symbol, Series], space: Space) -> Series:
    """Return the series of an expression whose symbols are given as series.

    Raises
    ------
    InputError
        When the expression is not analytic at the origin, or uses a function without a rational series.
    """
    known: dict[sp.Expr, Series] = dict(values)

    def visit(e: sp.Expr) -> Series:
        if e not in known:
            known[e] = build(e)
        return known[e]

    def build(e: sp.Expr) -> Series:
        if isinstance(e, sp.Rational):
            return space.constant(e)
        if isinstance(e, sp.Add):
            total = space.constant(0)
            for a in e.args:
                total = total + visit(a)
            return total
        if isinstance(e, sp.Mul):
            total = space.constant(1)
            for a in e.args:
                total = total * visit(a)
            return total
        if isinstance(e, sp.Pow) and isinstance(e.exp, sp.Rational):
            return visit(e.base).power(e.exp)
        raise InputError(f"{e} has no series over the rationals here")

    return visit(expression)
