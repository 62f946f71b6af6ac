"""A linear step, proved again: Schur and Cohn's matrix is positive definite for all step sizes.

The step is z -> A(eta) z + c(eta). All zeros of a_0 + a_1 x + ... + a_n x^n, a_n > 0, lie inside the unit circle
exactly when the matrix M M^T - N N^T is positive definite, where M and N are lower triangular with M_ij = a_(n-i+j) and
N_ij = a_(i-j), j <= i. Its leading minors are polynomials in eta.
"""

from __future__ import annotations

import operator
from contextlib import suppress
from fractions import Fraction
from typing import Any

import sympy as sp
from flint import arb, ctx

from edgestab.verify.checker.algebra import Algebra, exact
from edgestab.verify.checker.enclosures import ball
from edgestab.verify.checker.ends import check_end, is_definite
from edgestab.verify.checker.reading import Box, CertificateError, demand, listed, number, record
from edgestab.verify.checker.statement import Statement, over
from edgestab.verify.checker.trees import settle

Rows = list[list[Any]]
LONGEST = 2_000  # the letters of the entries of a matrix
BITS = 256  # the terms of a minor may cancel


class LinearStep:
    """A step of a file as a matrix and a vector of polynomials in eta."""

    def __init__(self, said: Statement) -> None:
        demand(not said.domain and said.loss_text is not None, "a linear step has a loss that is defined everywhere")
        self.said = said
        self.algebra = algebra = Algebra(" ".join(["eta", *said.state]))
        self.eta, *self.state = algebra.gens
        names = dict(zip(["eta", *said.state], algebra.gens, strict=True))
        self.loss = algebra.read(said.loss_text, {p: names[p] for p in said.parameters})
        self.gradient = [self.loss.diff(names[p]) for p in said.parameters]
        if said.update_texts is None:
            update = [x - algebra.product(self.eta, g) for x, g in zip(self.state, self.gradient, strict=True)]
        else:
            update = [algebra.read(entry, names) for entry in said.update_texts]
        self.matrix = [[u.diff(z) for z in self.state] for u in update]
        flat = [entry for row in self.matrix for entry in row]
        demand(all(not f.diff(z) for f in flat for z in self.state), "the step is not linear")
        demand(sum(len(str(f)) for f in flat) <= LONGEST, f"the matrix of the step has more than {LONGEST} letters")
        self.update = update

    def at(self, f: Any, point: list[Fraction]) -> Any:
        """Return a polynomial at a point of the state."""
        return f.evaluate([(z, exact(x)) for z, x in zip(self.state, point, strict=True)]) if point else f

    def in_eta(self, f: Any) -> sp.Poly:
        """Return a polynomial in eta alone."""
        return sp.Poly(f.as_expr(), sp.Symbol("eta"), domain="QQ")

    def positive(self, f: Any, eta: tuple[Fraction, Fraction], what: str) -> None:
        """Refuse unless a polynomial in eta is positive on a closed interval: on parts of it, in ball arithmetic."""
        coefficients = [ball(Fraction(str(c))) for c in self.in_eta(f).all_coeffs()]

        def test(_: str, cell: Box) -> None:
            self.said.work.spend(len(coefficients) + 1)
            (at,) = over(cell)
            mean = (cell[0][0] + cell[0][1]) / 2
            total, slope = arb(0), arb(0)
            for c in coefficients:
                slope = slope * at + total
                total = total * at + c
            middle = arb(0)
            for c in coefficients:
                middle = middle * ball(mean) + c
            demand(total > 0 or middle + slope * (at - ball(mean)) > 0, f"{what} is not proved")

        settle(test, ".", (eta,), "eta")


def check_linear(said: Statement, proof: Any) -> str:
    """Prove a claim about a linear step, and return it in words."""
    with ctx.workprec(BITS):
        return _checked(said, proof)


def _checked(said: Statement, proof: Any) -> str:
    rest, direction = record(proof, "rest direction", "proof")
    step, z = LinearStep(said), listed(number, rest, "proof.rest", len(said.state))
    demand(len(z) == len(said.state), "proof.rest must have an entry for each of the state")
    for u, x in zip(step.update, z, strict=True):
        demand(step.at(u, z) == exact(x), "proof.rest is no fixed point of the step")
    if said.kind == "diverges":
        return _expands(said, step, z)
    p = z[: len(said.parameters)]
    demand(all(step.at(g, z) == 0 for g in step.gradient), "proof.rest is no stationary point of the loss")
    hessian = [[step.at(g.diff(x), []) for x in step.state[: len(p)]] for g in step.gradient]
    demand(all(h.is_ground for row in hessian for h in row), "the Hessian of the loss is not constant")
    balls = [[_ball(h) for h in row] for row in hessian]
    demand(is_definite(balls), "that the Hessian of the loss is positive definite is not proved")
    minors = _leading_minors(step, _schur_cohn(step, _characteristic(step)))
    for eta in said.eta:
        for m in minors:
            step.positive(m, eta, "that all multipliers lie inside the unit circle")
    return check_end(said, tuple((x, x) for x in p), balls, direction)


def _expands(said: Statement, step: LinearStep, rest: list[Fraction]) -> str:
    """A step of one variable with a multiplier beyond 1, from starts other than its fixed point."""
    record(said.claim, "kind", "claim")
    demand(len(said.state) == len(said.box) == 1, "a linear step of several variables may shrink some")
    ((low, high),), (p,) = said.box, rest
    apart = _is_apart(said, step, p)
    demand(apart or not (low < p < high or low == p == high), "the fixed point is among the starts")
    growth = step.algebra.product(step.matrix[0][0], step.matrix[0][0]) - 1
    for eta in said.eta:
        step.positive(growth, eta, "that the multiplier is beyond 1 in size")
    return "leaves every bounded set"


def _is_apart(said: Statement, step: LinearStep, p: Fraction) -> bool:
    """Whether a condition f /= 0 on starts, with a polynomial f, fails at a point."""
    names = {said.state[0]: step.algebra.lift(p), "eta": step.eta}
    for entry, sign in said.where_texts:
        with suppress(CertificateError):  # a text that is no polynomial says nothing here
            if sign == "!=" and step.algebra.read(entry, names) == 0:
                return True
    return False


def _ball(element: Any) -> arb:
    value = element.coeff(1)
    return ball(Fraction(int(value.numerator), int(value.denominator)))


def _characteristic(step: LinearStep) -> list[Any]:
    """The coefficients of det(x - A), the constant first, by Faddeev and LeVerrier."""
    algebra, a, n = step.algebra, step.matrix, len(step.matrix)
    found, power = [algebra.lift(1)], [[algebra.lift(i == j) for j in range(n)] for i in range(n)]
    for k in range(1, n + 1):
        power = _product(algebra, a, power)
        c = sum((power[i][i] for i in range(n)), algebra.lift(0)) * exact(Fraction(-1, k))
        found.append(c)
        power = [[power[i][j] + (c if i == j else 0) for j in range(n)] for i in range(n)]
    return found[::-1]


def _schur_cohn(step: LinearStep, a: list[Any]) -> Rows:
    algebra, n = step.algebra, len(a) - 1
    zero = algebra.lift(0)
    upper = [[a[n - i + j] if j <= i else zero for j in range(n)] for i in range(n)]
    lower = [[a[i - j] if j <= i else zero for j in range(n)] for i in range(n)]
    first, second = (_product(algebra, m, [list(row) for row in zip(*m, strict=True)]) for m in (upper, lower))
    return [[x - y for x, y in zip(r, s, strict=True)] for r, s in zip(first, second, strict=True)]


def _leading_minors(step: LinearStep, matrix: Rows) -> list[Any]:
    """The leading minors, by Bareiss' elimination; one that is zero everywhere proves nothing."""
    rows, last, found = [list(row) for row in matrix], step.algebra.lift(1), []
    for k in range(len(rows)):
        pivot = rows[k][k]
        demand(pivot, "a multiplier is on the unit circle for every eta")
        found.append(pivot)
        for i in range(k + 1, len(rows)):
            for j in range(k + 1, len(rows)):
                entry = step.algebra.product(rows[i][j], pivot) - step.algebra.product(rows[i][k], rows[k][j])
                rows[i][j] = entry.exquo(last)
        last = pivot
    return found


def _product(algebra: Algebra, a: Rows, b: Rows) -> Rows:
    n = len(a)
    return [
        [sum((algebra.combine(operator.mul, a[i][k], b[k][j]) for k in range(n)), algebra.lift(0)) for j in range(n)]
        for i in range(n)
    ]
