r"""The slow manifold of a drift form, fitted: a curve that one step nearly carries into itself.

:math:`X(b, \epsilon) = \epsilon c(\epsilon) + b^2 (F(b) + \epsilon q(b, \epsilon))` with polynomials c and q, fitted by
collocation: the defect

.. math:: A(b, \epsilon) = \frac{1}{\epsilon}\left(Y(b) - m^2 Y(mb)\right) - D, \qquad Y = F + \epsilon q,

taken at x = X, is made small in least squares. Nothing here is rigorous; what is proved of a curve is proved elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import sympy as sp
from numpy.typing import NDArray
from scipy.optimize import least_squares

from edgestab.numerics.printers.reference import evaluate
from edgestab.numerics.programs.program import program_of
from edgestab.theory.drift import EPS, B, DriftForm, NoDriftForm, X
from edgestab.theory.remainder import horner

Array = NDArray[np.float64]

_DIGITS = 12
"""Significant decimal digits of a fitted coefficient: what is proved is proved of the rounded curve."""


@dataclass(frozen=True)
class Curve:
    """The curve X(b, eps).

    Parameters
    ----------
    c : tuple of Fraction
        Coefficients of eps**j.
    q : tuple of tuple of Fraction
        ``q[j][i]``, the coefficient of ``b**i * eps**j``.
    """

    c: tuple[Fraction, ...]
    q: tuple[tuple[Fraction, ...], ...]

    def correction(self, b: sp.Expr) -> sp.Expr:
        """Return q(b, eps), in nested form."""
        return horner([horner(row, b) for row in self.q], EPS)

    @property
    def limit(self) -> sp.Expr:
        """Return c(eps)."""
        return horner(self.c, EPS)


def two_cycle(form: DriftForm, x: float, eps: float) -> tuple[float, float] | None:
    """Return the 2-cycle on which b ends when x is held fixed, lower point first; None when b does not end on one."""
    step = program_of([form.multiplier], [X, B, EPS])

    def twice(b: Array) -> tuple[Array, Array]:
        once = b * evaluate(step, [x, b, eps])[0]
        return once, once * evaluate(step, [x, once, eps])[0]

    b = np.array([0.05])
    with np.errstate(all="ignore"):
        for _ in range(2000):
            after, again = twice(b)
            if not np.isfinite(again[0]) or abs(again[0] - b[0]) < 1e-11:
                break
            b = again
        after, again = twice(b)
    low, high = sorted((float(b[0]), float(after[0])))
    settled = np.isfinite(low + high) and abs(float(again[0] - b[0])) < 1e-9 and low < 0 < high
    return (low, high) if settled else None


def fit(
    form: DriftForm, eps: tuple[float, float], ceiling: float, *, degree: int = 10, order: int = 2, width: float = 0.2
) -> Curve:
    """Fit the slow manifold over a range of eps, for x up to a ceiling.

    Parameters
    ----------
    form : DriftForm
        The map.
    eps : (float, float)
        The range; it may start at 0 only when the frozen curve is known.
    ceiling : float
        The largest x.
    degree, order : int
        Degrees of q in b, and of c and q in eps.
    width : float
        The tube's half width at the edge, in units of eps: where the tube is wide the curve need not be accurate.

    Raises
    ------
    NoDriftForm
        When the map has no slow manifold that ends flatter than the edge, or no 2-cycle at the ceiling.
    """
    slope, c0 = form.leading
    ends = two_cycle(form, ceiling, eps[1])
    if ends is None:
        raise NoDriftForm(
            f"at x = {ceiling:.4g} and eps = {eps[1]:.3g} the map with x held fixed has no attracting 2-cycle: "
            "lower the upper end of the region, or the step size"
        )
    low, high = (1.04 * e for e in ends)
    # A range that starts at 0 is also fitted at 0, where A is the limit.
    centres = (1 - np.cos(np.pi * np.arange(order + 3) / (order + 2))) / 2 if order else np.array([1.0])
    e = np.maximum(eps[0] + (eps[1] - eps[0]) * centres, 1e-3 * eps[1])
    t = np.cos(np.pi * (np.arange(4 * (degree + 2)) + 0.5) / (4 * (degree + 2)))
    b, e = (a.ravel() for a in np.meshgrid((low + high) / 2 + (high - low) / 2 * t, e))
    scale = max(-low, high)
    step = program_of([form.drift, form.multiplier], [X, B, EPS])
    known = program_of([form.frozen.closed_form if form.frozen is not None else sp.S.Zero], [B])
    frozen: Callable[[Array], Array] = lambda z: np.nan_to_num(evaluate(known, [z])[0], nan=1e3)  # noqa: E731 - one line
    shape = (order + 1, degree + 1)

    def q_at(z: Array, q: Array) -> Array:
        return np.asarray(np.polynomial.polynomial.polyval2d(e / eps[1], z / scale, q), dtype=np.float64)

    def residual(unknown: Array) -> Array:
        c, q = unknown[: order + 1], unknown[order + 1 :].reshape(shape)
        y = frozen(b) + e * q_at(b, q)
        x = e * np.polynomial.polynomial.polyval(e / eps[1], c) + b * b * y
        d, m = evaluate(step, [x, b, e])
        image = m * b
        defect = (y - m * m * (frozen(image) + e * q_at(image, q))) / e - d
        tolerance = width * (1 + np.maximum(x, 0) / eps[1])
        return np.nan_to_num(defect / tolerance, nan=1e6, posinf=1e6, neginf=-1e6)

    start = np.zeros(order + 1 + (order + 1) * (degree + 1))
    start[0] = c0
    if form.frozen is None:
        start[order + 1] = slope / eps[1]
    found = least_squares(residual, start, method="lm", xtol=1e-14, ftol=1e-14, max_nfev=40 * start.size).x
    c, q = found[: order + 1], found[order + 1 :].reshape(shape)
    e_power = eps[1] ** -np.arange(order + 1.0)
    b_power = scale ** -np.arange(degree + 1.0)
    rounded = [[_rounded(v) for v in row] for row in q * e_power[:, None] * b_power]
    return Curve(tuple(_rounded(v) for v in c * e_power), tuple(tuple(row) for row in rounded))


def _rounded(value: float) -> Fraction:
    return Fraction(f"{value:.{_DIGITS}g}")
