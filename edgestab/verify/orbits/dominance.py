r"""Escape by dominance: in every coordinate of a polynomial step one term outgrows all others, and goes on to.

Let :math:`F_i(z) = \sum_\alpha c_{i\alpha} z^\alpha`, and let the term :math:`d_i` be the largest of :math:`F_i` at z.
For every other term let :math:`s_k = \log|c_{id} z^{d_i}| - \log|c_{i\alpha} z^\alpha|`, and for a coordinate j, of
which it is to be shown that it grows, :math:`s = \log|c_{jd} z^{d_j}| - \log|z_j|` as well. As functions of
:math:`\ell = (\log|z_i|)_i` these are :math:`s_k = \kappa_k + g_k\cdot\ell` with integer vectors :math:`g_k`. While the
other terms of each F_i are together at most a quarter of the largest,
:math:`\log|F_i| = \log|c_{id}| + d_i\cdot\ell + \epsilon_i`, where :math:`|\epsilon_i| \le \log(4/3)`: with D of
rows :math:`d_i`,

.. math:: s_k' = \kappa_k + g_k\cdot(D\ell + \log|c_d| + \epsilon).

If :math:`g_k D = \sum_j N_{kj} g_j` with :math:`N_{kj} \ge 0` and :math:`\nu_k = \sum_j N_{kj} > 1`, then
:math:`s_k' \ge \nu_k \min_j s_j - C_k`, where

.. math:: C_k = |\kappa_k - \sum_j N_{kj}\kappa_j + g_k\cdot\log|c_d|| + \|g_k\|_1 \log(4/3).

So once :math:`\min_j s_j` exceeds all :math:`C_k/(\nu_k - 1)`, it grows without bound, and with it :math:`|z_j'/z_j|`.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import flint
import numpy as np
import sympy as sp
from numpy.typing import NDArray

from edgestab.numerics.printers.ball import ball
from edgestab.numerics.rigorous.balls import BallMap, Point, values
from edgestab.theory.stepmap import StepMap

MOST_TERMS = 60
"""Of how many terms a step is tried."""

QUARTER = 4
"""The other terms of a coordinate are at most one part in so many of the largest."""

DENOMINATOR = 24
"""The greatest denominator of the numbers N."""

Vector = tuple[int, ...]


class _Terms(NamedTuple):
    """The terms of each coordinate of a step: exponents, and coefficients in its parameters."""

    exponents: tuple[tuple[Vector, ...], ...]
    coefficients: tuple[sp.Expr, ...]


def escapes_by_dominance(orbit: BallMap, point: Point) -> bool:
    """Return whether it is proved that an orbit diverges from an enclosed point.

    Parameters
    ----------
    orbit : BallMap
        A step that is polynomial in its state; of any other nothing is proved.
    point : tuple of arb
        Where the orbit is, no coordinate zero.
    """
    terms = _terms_of(orbit.step)
    if terms is None or not all(abs(x) > 0 for x in point):
        return False
    constants = {p: ball(v) for p, v in orbit.parameters.items()}
    coefficients = iter(values(list(terms.coefficients), constants))
    logs = [abs(x).log() for x in point]
    dominant, heads, forms, offsets = [], [], [], []
    for own in terms.exponents:
        # A coefficient may vanish at this step size.
        sized = [(abs(c).log(), powers) for powers, c in zip(own, coefficients, strict=False) if not c.is_zero()]
        if not sized:
            return False
        head, top = max(sized, key=lambda term: float((term[0] + _dot(term[1], logs)).mid()))
        dominant.append(top)
        heads.append(head)
        for size, powers in sized:
            if powers != top:
                offsets.append(head - size)
                forms.append(tuple(a - b for a, b in zip(top, powers, strict=True)))
    everyone = range(len(point))
    for grows in (everyone, *((j,) for j in everyone)):
        more = [tuple(a - (i == j) for i, a in enumerate(dominant[j])) for j in grows]
        if _outgrow([*forms, *more], [*offsets, *(heads[j] for j in grows)], dominant, heads, logs):
            return True
    return False


def _outgrow(
    forms: Sequence[Vector],
    offsets: Sequence[flint.arb],
    dominant: Sequence[Vector],
    heads: Sequence[flint.arb],
    logs: Sequence[flint.arb],
) -> bool:
    """Whether the least of all s_k exceeds every C_k/(nu_k - 1)."""
    shares = _combinations(tuple(forms), tuple(dominant))
    sizes = [offset + _dot(form, logs) for offset, form in zip(offsets, forms, strict=True)]
    if shares is None or not all(x.is_finite() for x in sizes):
        return False
    least = functools.reduce(lambda a, b: a.min(b), sizes).lower()
    slack = (flint.arb(QUARTER) / (QUARTER - 1)).log()
    if not least > flint.arb(QUARTER * len(forms)).log():
        return False
    for form, offset, share in zip(forms, offsets, shares, strict=True):
        mixed = sum((ball(n) * o for n, o in zip(share, offsets, strict=True)), flint.arb(0))
        moved = offset - mixed + _dot(form, heads)
        if not (ball(sum(share)) - 1) * least > abs(moved) + sum(map(abs, form)) * slack:
            return False
    return True


def _dot(vector: Vector, logs: Sequence[flint.arb]) -> flint.arb:
    return sum((n * x for n, x in zip(vector, logs, strict=True) if n), flint.arb(0))


@functools.lru_cache(maxsize=64)
def _terms_of(step: StepMap) -> _Terms | None:
    """The terms of a polynomial step; None of others, and of steps with too many or with a coordinate that is zero."""
    update = step.closed_form()
    if not all(u.is_polynomial(*step.state) for u in update):
        return None
    parts = [sp.Poly(u, *step.state).terms() for u in update]
    if sum(map(len, parts)) > MOST_TERMS or any(c == 0 for part in parts for _, c in part):
        return None
    return _Terms(
        tuple(tuple(tuple(map(int, powers)) for powers, _ in part) for part in parts),
        tuple(c for part in parts for _, c in part),
    )


@functools.lru_cache(maxsize=256)
def _combinations(forms: tuple[Vector, ...], dominant: tuple[Vector, ...]) -> tuple[tuple[Fraction, ...], ...] | None:
    """The N of each form, exact, with sums as large as may be; None where there are none."""
    from scipy.optimize import linprog

    matrix = np.array(forms).T
    rows = []
    for form in forms:
        wanted = np.array(form) @ np.array(dominant)
        found = linprog(-np.ones(len(forms)), A_eq=matrix, b_eq=wanted, bounds=(0, 20), method="highs")
        exact = None if found.x is None else _exactly(found.x, forms, wanted)
        if exact is None:
            return None
        rows.append(exact)
    return tuple(rows)


def _exactly(
    x: NDArray[np.float64], forms: tuple[Vector, ...], wanted: NDArray[np.int64]
) -> tuple[Fraction, ...] | None:
    """The fractions near a solution, where they solve the equations exactly and none is negative."""
    near = tuple(Fraction(float(v)).limit_denominator(DENOMINATOR) for v in x)
    for i, w in enumerate(wanted):
        if sum((n * form[i] for n, form in zip(near, forms, strict=True)), Fraction(0)) != int(w):
            return None
    return near if min(near) >= 0 else None
