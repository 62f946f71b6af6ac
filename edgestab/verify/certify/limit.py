"""The window of the gap that follows once an orbit is in the tube."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import sympy as sp

from edgestab.theory.drift import EPS
from edgestab.theory.positivity import nonnegative
from edgestab.verify.certify.cells import Unproved
from edgestab.verify.certify.plan import Polynomial, Problem, at, spread
from edgestab.verify.certify.tube import Tube, rational


def limit(tube: Tube, problem: Problem, lowest: Fraction) -> tuple[Polynomial, Polynomial]:
    """Prove the window of the gap, the one asked for or the one that the tube gives.

    The tube's lowest x is eps (c - rho0), where Y >= 0; the contraction was proved from `lowest` on.

    With g the gap, x = -g eps + g^2 eps^2/4, which must leave eps (c - rho0) .. eps (c + rho0) inside.

    Raises
    ------
    Unproved
        When the window does not contain the limits of the tube.
    """
    low, high = problem.gap or _own(tube, problem)
    c, rho0 = tube.curve.limit, rational(tube.rho[0])
    g_low, g_high = _expression(low), _expression(high)
    if not (tube.rho[1] + tube.rho[2] * tube.ceiling < 1 and min(tube.floor) >= 0 and max(tube.floor) > 0):
        raise Unproved("the limit is not proved: the tube is too wide at the ceiling")
    for what, expression in (
        ("the tube lies above the lowest cells", EPS * (c - rho0) - rational(lowest)),
        ("no limit is steeper than the edge", -(c + rho0)),
        ("the gap is above the window's lower end", -g_low + g_low**2 * EPS / 4 - c - rho0),
        ("the gap is below the window's upper end", c - rho0 + g_high - g_high**2 * EPS / 4),
        # x falls with the gap up to 2/eps and then rises again: beyond, both inequalities above prove nothing.
        ("the window is where a gap determines x", 2 - g_low * EPS),
        ("the window is where a gap determines x", 2 - g_high * EPS),
    ):
        if not _positive(sp.expand(expression), problem):
            raise Unproved(f"the limit is not proved: that {what}, for all eps of the range")
    return low, high


def _positive(expression: sp.Expr, problem: Problem) -> bool:
    low, high = (rational(e) for e in problem.eps)
    if low == high:
        return bool(expression.subs(EPS, low) > 0)
    inside = nonnegative(expression, {EPS: (low, high)}, strict=True).holds
    return bool(inside and expression.subs(EPS, high) > 0 and (low == 0 or expression.subs(EPS, low) > 0))


def _own(tube: Tube, problem: Problem) -> tuple[Polynomial, Polynomial]:
    """Constants about the gaps of the tube, rounded outward to three decimals."""
    rho0 = float(tube.rho[0])
    eps = np.maximum(spread(problem.eps, 257), 1e-12)
    ends = [[2 * (1 - math.sqrt(1 + e * (at(tube.curve.c, e) + s * rho0))) / e for e in eps] for s in (1, -1)]
    low, high = min(ends[0]) - 1e-4, max(ends[1]) + 1e-4
    return (Fraction(math.floor(1000 * low), 1000),), (Fraction(math.ceil(1000 * high), 1000),)


def _expression(polynomial: Polynomial) -> sp.Expr:
    return sp.Add(*(rational(c) * EPS**j for j, c in enumerate(polynomial)))
