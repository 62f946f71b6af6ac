"""Exact identities in a ring of polynomials, or with a square root beside them, refused where they grow large."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any, NamedTuple

import sympy as sp

from edgestab.verify.checker.reading import CertificateError, demand, expression

PRODUCTS, DEGREE, TERMS = 300_000, 400, 40  # products of terms in all; the highest degree; terms under a root


class Algebra:
    """A ring of polynomials over QQ, and how many terms may still be multiplied in it."""

    def __init__(self, names: str) -> None:
        self.ring, *self.gens = sp.ring(names, sp.QQ)
        self.left = PRODUCTS

    def read(self, source: Any, names: dict[str, Any]) -> Any:
        """Return the element that a text is, in these names."""
        return expression(source, names, self.lift, self.combine, {"sqrt": self.root})

    def lift(self, value: Any) -> Any:
        """Return a rational number as an element."""
        return self.ring(exact(value))

    def combine(self, sign: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
        """Return the sum, difference, product or quotient of two elements; a quotient is by a number."""
        if sign is operator.truediv:
            demand(b and b.is_ground, "a divisor is not a number other than 0")
            return a * (1 / b.LC)
        self.left -= len(a) * len(b) if sign is operator.mul else 0
        demand(self.left > 0, "an identity takes more terms than is allowed")
        result = sign(a, b)
        demand(not result or max(map(int, result.degrees())) <= DEGREE, "an identity is of too high a degree")
        return result

    def product(self, *factors: Any) -> Any:
        """Return a product."""
        return reduce(lambda a, b: self.combine(operator.mul, a, b), factors)

    def horner(self, coefficients: Sequence[Any], at: Any) -> Any:
        """Return the value of a polynomial with these rational coefficients, the constant first."""
        total = self.lift(0)
        for c in reversed(coefficients):
            total = self.combine(operator.add, self.product(total, at), self.lift(c))
        return total

    def root(self, square: Any) -> Any:
        """Return the root of a square whose coefficients are >= 0: positive where all generators are."""
        demand(square and len(square) <= TERMS, f"a root is of 0 or of more than {TERMS} terms")
        scale, factors = square.sqf_list()
        number = sp.sqrt(sp.Rational(int(scale.numerator), int(scale.denominator)))
        demand(number.is_Rational and all(m % 2 == 0 for _, m in factors), "a root is not of a square")
        found = self.product(self.lift(number), *(f ** (m // 2) for f, m in factors))
        demand(all(c >= 0 for c in found.coeffs()), "the sign of a root is open")
        return found


class Quotient(NamedTuple):
    """A quotient of two polynomials in r and b, both of degree 1 at most in r."""

    above: Any
    below: Any


class Surds(Algebra):
    """Quotients of polynomials in b and r, where r is a root of a polynomial R(b)."""

    def __init__(self, radicand: Any) -> None:
        super().__init__("r b")
        r, b = self.gens
        self.relation = r * r - expression(radicand, {"b": b}, super().lift, super().combine)

        self.gens = [Quotient(g, self.ring.one) for g in self.gens]

    def lift(self, value: Any) -> Quotient:
        """Return a rational number as an element."""
        return Quotient(super().lift(value), self.ring.one)

    def combine(self, sign: Callable[[Any, Any], Any], a: Quotient, b: Quotient) -> Quotient:
        """Return the sum, difference, product or quotient of two elements."""
        (n, d), (m, e) = a, b
        if sign is operator.mul:
            return Quotient(self._times(n, m), self._times(d, e))
        if sign is operator.truediv:
            return Quotient(self._times(n, e), self._times(d, m))
        return Quotient(sign(self._times(n, e), self._times(m, d)), self._times(d, e))

    def _times(self, a: Any, b: Any) -> Any:
        return super().combine(operator.mul, a, b).rem(self.relation)

    def vanish(self, value: Quotient, what: str) -> None:
        """Refuse unless an element is zero, and its divisor is not, for either root r.

        Where R is a square the ring has divisors of zero, such as r - 1 for R = 1: the norm (p + q r)(p - q r) of the
        divisor must not vanish either.
        """
        r = self.gens[0].above
        demand(self._times(value.below, value.below.compose(r, -r)) and not value.above, what)


def exact(value: Any) -> Any:
    """Return a rational number as the ring's own."""
    return sp.QQ(int(value.numerator), int(value.denominator))


def vanish(value: Any, what: str) -> None:
    """Refuse unless an element is zero."""
    if value:
        raise CertificateError(what)
