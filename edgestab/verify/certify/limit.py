"""The window of the gap that follows once an orbit is in the tube."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import sympy as sp

from edgestab.theory.drift import EPS, NoDriftForm
from edgestab.theory.drift_of_chain import ChainForm
from edgestab.theory.positivity import nonnegative
from edgestab.verify.certify.cells import Unproved
from edgestab.verify.certify.plan import Polynomial, Problem, at, spread
from edgestab.verify.certify.tube import Tube, rational


@dataclass(frozen=True)
class Limit:
    """The window that was proved.

    Parameters
    ----------
    gap : (Polynomial, Polynomial)
        Its ends.
    between : (Polynomial, Polynomial) or None
        What `DriftForm.enough` needed besides.
    """

    gap: tuple[Polynomial, Polynomial]
    between: tuple[Polynomial, Polynomial] | None


def limit(tube: Tube, problem: Problem, lowest: Fraction) -> Limit:
    """Prove the window of the gap, the one asked for or the one that the tube gives.

    The tube's lowest x is eps (c - rho0), where Y >= 0; the contraction was proved from `lowest` on. The limits
    eps (c - rho0) .. eps (c + rho0) must have gaps inside the window.

    Raises
    ------
    Unproved
        When the window does not contain the limits of the tube.
    """
    gap = problem.gap or _own(tube, problem)
    between = _between(tube, problem, gap) if isinstance(tube.form, ChainForm) else None
    c, rho0 = tube.curve.limit, rational(tube.rho[0])
    if not (tube.rho[1] + tube.rho[2] * tube.ceiling < 1 and min(tube.floor) >= 0 and max(tube.floor) > 0):
        raise Unproved("the limit is not proved: the tube is too wide at the ceiling")
    ends, window = (c - rho0, c + rho0), (polynomial(gap[0]), polynomial(gap[1]))
    further = None if between is None else (polynomial(between[0]), polynomial(between[1]))
    for what, expression in (
        ("the tube lies above the lowest cells", EPS * (c - rho0) - rational(lowest)),
        ("no limit is steeper than the edge", -(c + rho0)),
        *tube.form.enough(ends, window, further).items(),
    ):
        if not positive(sp.expand(expression), problem):
            raise Unproved(f"the limit is not proved: that {what}, for all eps of the range")
    return Limit(gap, between)


def _between(tube: Tube, problem: Problem, gap: tuple[Polynomial, Polynomial]) -> tuple[Polynomial, Polynomial]:
    """Polynomials between (u - 1)/eps of the limits of the tube and of the ends of the window."""
    form = tube.form
    if not isinstance(form, ChainForm):
        raise NoDriftForm("only a chain has such polynomials")
    eps = np.maximum(spread(problem.eps, 9), 1e-4 * float(problem.eps[1]))
    degree, found = 0 if problem.eps[0] == problem.eps[1] else 3, []
    for side, end in ((-1, gap[1]), (1, gap[0])):
        middle = []
        for e in map(float, eps):
            inner = form.gap_at(at(tube.curve.c, e) + side * float(tube.rho[0]), e)
            roots = [form.root_of(g, e) for g in (inner, at(end, e))]
            middle.append((sum(roots) / 2 - 1) / e)
        fitted = np.polynomial.polynomial.polyfit(eps, middle, degree)
        found.append(tuple(Fraction(f"{w:.8g}") for w in fitted))
    return found[0], found[1]


def positive(expression: sp.Expr, problem: Problem) -> bool:
    """Whether an expression in eps is certainly positive for every step size of a problem."""
    low, high = (rational(e) for e in problem.eps)
    if low == high:
        return bool(expression.subs(EPS, low) > 0)
    inside = nonnegative(expression, {EPS: (low, high)}, strict=True).holds
    return bool(inside and expression.subs(EPS, high) > 0 and (low == 0 or expression.subs(EPS, low) > 0))


def _own(tube: Tube, problem: Problem) -> tuple[Polynomial, Polynomial]:
    """Constants about the gaps of the tube, rounded outward to three decimals."""
    rho0 = float(tube.rho[0])
    eps = np.maximum(spread(problem.eps, 257), 1e-12)
    ends = [[tube.form.gap_at(at(tube.curve.c, e) + s * rho0, e) for e in map(float, eps)] for s in (1, -1)]
    low, high = min(ends[0]) - 1e-4, max(ends[1]) + 1e-4
    return (Fraction(math.floor(1000 * low), 1000),), (Fraction(math.ceil(1000 * high), 1000),)


def polynomial(coefficients: Polynomial) -> sp.Expr:
    """Return it as an expression in eps."""
    return sp.Add(*(rational(c) * EPS**j for j, c in enumerate(coefficients)))
