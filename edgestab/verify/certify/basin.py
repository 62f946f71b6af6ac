r"""The basin: every start of the trapping region whose orbit meets no critical point ends in the certified window.

For an even l, in :math:`d = d_0 + b \ge 0`: orbits are trapped, x falls below the region of starts that is certified
already, since nothing above it attracts, and then d enters the strip at little cost in x (docs/certificates.md).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import sympy as sp

from edgestab.numerics.intervals.forms import mean_value
from edgestab.numerics.intervals.tape import evaluate
from edgestab.numerics.printers import reference
from edgestab.numerics.programs.program import Program, program_of
from edgestab.theory.drift import EPS, NoDriftForm, ProductForm, X
from edgestab.theory.models.product import P
from edgestab.verify.certify.cells import Array, Budget, Cells, Interval, Judge, prove
from edgestab.verify.certify.plan import spread
from edgestab.verify.certify.tube import Tube


@dataclass(frozen=True)
class Basin:
    """What was proved of the trapping region.

    Parameters
    ----------
    x : Interval
        Starts have x1 <= x <= x_max.
    d_max : Fraction
        And the absolute value of d is at most this.
    losses : Interval
        Bounds on what x loses on the way from above and from below the strip.
    gamma, k : Fraction
        Growth of d below the strip, and b^2 D <= k d^2 there.
    trees : mapping
        The cells of "trap", "above" and "below".
    """

    x: Interval
    d_max: Fraction
    losses: Interval
    gamma: Fraction
    k: Fraction
    trees: Mapping[str, Cells]


def basin(tube: Tube, start: Cells, budget: Budget, x: Interval, b: Interval) -> Basin:
    """Prove the basin about starts that reach across the strip, for all starts with the given x and b.

    Raises
    ------
    NoDriftForm
        When l is not even, or has other critical points in the way.
    Unproved
        When a cell could not be proved.
    """
    form = tube.form
    d0 = Fraction(int(form.minimum.p), int(form.minimum.q)) if isinstance(form, ProductForm) else Fraction(0)
    d_max, x_max = max(abs(d0 + b[0]), abs(d0 + b[1])), x[1]
    if (
        not isinstance(form, ProductForm)
        or not form.is_polynomial
        or not form.is_even
        or _critical_points(form, d_max) != 2
        or _curvature_at_zero(form) >= 0
    ):
        raise NoDriftForm(
            "a basin needs an even polynomial l(p) whose only critical points nearby are 0, a maximum, and the minima"
        )
    if not 0 < d0 + tube.strip[0] < d0 + tube.strip[1] < d_max:
        raise NoDriftForm(f"a basin needs starts on both sides of the strip {tube.strip[0]} <= b <= {tube.strip[1]}")
    (low, top), eps = start.box[0], start.box[2]
    program = _program(form)
    below, above = d0 + tube.strip[0], d0 + tube.strip[1]

    def scan(between: Interval, d: Interval) -> tuple[Array, ...]:
        e = np.maximum(spread(eps, 3), 1e-6 * float(eps[1]))
        axes = (spread(interval, 201) for interval in (between, d))
        grid = [g.ravel() for g in np.meshgrid(*axes, e)]
        return (*reference.evaluate(program, grid), *grid)

    _, growth, _, drift, *_ = scan((low, top), (Fraction(0), below))
    gamma, k_ = _down(0.97 * (growth.min() - 1)), _up(1.03 * drift.max())
    _, _, x_new, _, _, _, x_old, _, _ = scan((low, top), (above, d_max))
    loss = _up(1.03 * (x_old - x_new).max())
    slow = eps[1] * k_ * below**2 / (1 - 1 / (1 + gamma) ** 2)
    losses = loss, _up(1.001 * float(slow))
    x1 = Fraction(math.ceil(1000 * float(low + losses[0] + losses[1])), 1000)
    if x1 > x[0]:
        raise NoDriftForm(f"the starts of a basin must have x >= {float(x1):.4g}, beyond what x loses on the way")
    trap = _trap(program, float(d_max), float(top), float(x1))
    whole, upper, lower = (Fraction(0), d_max), (above, d_max), (Fraction(0), below)
    trees = {
        "trap": _cells("the trap", ((low, x_max), whole, eps), trap, budget),
        "above": _cells("the way from above", ((low, top), upper, eps), _from_above(program, above, loss), budget),
        "below": _cells("the way from below", ((low, top), lower, eps), _from_below(program, above, gamma, k_), budget),
    }
    return Basin((x1, x_max), d_max, losses, gamma, k_, trees)


def _program(form: ProductForm) -> Program:
    """Evaluate d', d'/d, x', b^2 D/d^2, 1 + x - h^2 d0^2 eps and 2 - eps l'^2, of (x, d, eps)."""
    d = P
    slope = sp.diff(form.loss, P)
    ratio = sp.cancel(slope / P)
    h = sp.diff(slope, P).subs(P, form.minimum)
    s = sp.sqrt(4 * (1 + X) / h**2 + 4 * EPS * (d**2 - form.minimum**2))
    guards = (1 + X - h**2 * form.minimum**2 * EPS, 2 - EPS * d**2 * ratio**2)
    growth = 1 + EPS * d**2 * ratio**2 - s * ratio
    drift = ratio**2 * guards[0] * guards[1]
    return program_of([d * growth, growth, X - EPS * d**2 * drift, drift, *guards], [X, d, EPS])


def _curvature_at_zero(form: ProductForm) -> sp.Expr:
    return sp.diff(form.loss, P, 2).subs(P, 0)


def _critical_points(form: ProductForm, d_max: Fraction) -> int:
    roots = sp.Poly(sp.diff(form.loss, P), P, domain="QQ").real_roots(multiple=False)
    return sum(1 for r, _ in roots if 0 <= r <= sp.Rational(d_max.numerator, d_max.denominator))


def _up(value: float) -> Fraction:
    return Fraction(math.ceil(1e4 * value), 10**4)


def _down(value: float) -> Fraction:
    return Fraction(math.floor(1e4 * value), 10**4)


def _cells(what: str, box: tuple[Interval, ...], judge: Judge, budget: Budget) -> Cells:
    return prove(what, "xde", box, judge, budget, [max(float(b - a), 1e-300) for a, b in box])


def _judge(program: Program, excess: Callable[[Array, Array, Array], Array]) -> Judge:
    def judge(lower: Array, upper: Array) -> tuple[Sequence[str | None], Array]:
        low, high = mean_value(program, lower, upper, [0, 1])
        by = excess(low, high, upper)
        return ["." if v <= 0 else None for v in by], by

    return judge


def _trap(program: Program, d_max: float, top: float, x1: float) -> Judge:
    def excess(low: Array, high: Array, upper: Array) -> Array:
        size = np.maximum(-low[0], high[0]) - np.nextafter(d_max, 0)
        landing = np.where(upper[0] >= top, np.nextafter(x1, 2) - low[2], -np.inf)
        positive = np.where((low[4] > 0) & (low[5] > 0), -np.inf, np.inf)
        worst: Array = np.maximum.reduce([size, landing, positive])
        return worst

    return _judge(program, excess)


def _from_above(program: Program, above: Fraction, loss: Fraction) -> Judge:
    slower = program_of([EPS * P**2 * X], [X, P, EPS])

    def excess(low: Array, high: Array, upper: Array) -> Array:
        size = np.maximum(-low[0], high[0]) - np.nextafter(float(above), 0)
        ends = np.vstack([high[3], upper[1:]])
        lost = evaluate(slower, ends, ends)[1][0]
        worst: Array = np.maximum.reduce([size, lost - np.nextafter(float(loss), 0)])
        return worst

    return _judge(program, excess)


def _from_below(program: Program, above: Fraction, gamma: Fraction, k: Fraction) -> Judge:
    def excess(low: Array, high: Array, _upper: Array) -> Array:
        grows = np.nextafter(1 + float(gamma), 9) - low[1]
        stays = high[0] - np.nextafter(float(above), 0)
        worst: Array = np.maximum.reduce([grows, stays, high[3] - np.nextafter(float(k), 0)])
        return worst

    return _judge(program, excess)
