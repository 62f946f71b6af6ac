r"""Minima on the line at which the curvature vanishes: gradient descent tends to them slower than any power series.

Let :math:`L'(c + t) = t\,g(t)`, with :math:`g(t) = g_p t^p + g_{p+1} t^{p+1} + \dots`, p even and positive and
:math:`g_p > 0`. A step takes t to :math:`(1 - \eta g(t))\,t`. Where

.. math:: \sum_{k > p} |g_k|\,\rho^{k-p} < g_p, \qquad \sum_{k \ge p} |g_k|\,\rho^k < 2/\eta,

:math:`0 < \eta g < 2` holds for :math:`0 < |t| \le \rho`, so |t| falls, strictly, at every step: from there every orbit
tends to c, since a limit :math:`r > 0` of |t| would be one at which it does not fall.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from edgestab.theory.models.base import Model
from edgestab.theory.optimizers.gradient_descent import gradient_descent


class Numbers(NamedTuple):
    """A flat minimum in floating point.

    Parameters
    ----------
    at, slack : float
        c, and what is added to a distance from it for its rounding.
    power : int
        p.
    curvature : float
        g_p.
    sizes : tuple of float
        |g_p|, |g_{p+1}|, ..., each a little larger than it is.
    above : float
        The factor by which a sum of them is made larger.
    """

    at: float
    slack: float
    power: int
    curvature: float
    sizes: tuple[float, ...]
    above: float


@dataclass(frozen=True)
class FlatMinimum:
    """A minimum of a polynomial in one parameter at which the second derivative vanishes.

    Parameters
    ----------
    at : Rational
        c.
    coefficients : tuple of Rational
        g_0 ... of the slope over the distance; the first p vanish.
    """

    at: sp.Rational
    coefficients: tuple[sp.Rational, ...]

    def captures(self, x: ArrayLike, eta: ArrayLike) -> NDArray[np.bool_]:
        """Return whether every orbit from points tends to the minimum, by the two inequalities above.

        Parameters
        ----------
        x, eta : array_like
            Points and step sizes; they are doubles, and the sums are taken a little larger than they are.

        Examples
        --------
        >>> quartic, = flat_minima(sp.Symbol("x") ** 4 / 4, sp.Symbol("x"))
        >>> quartic.captures([1.9, 2.1], 0.5).tolist()
        [True, False]
        """
        about = self.table
        with np.errstate(all="ignore"):
            rho = np.abs(np.asarray(x) - about.at) + about.slack
            beyond = sum((s * rho ** (k + 1) for k, s in enumerate(about.sizes[1:])), np.zeros_like(rho))
            largest = (about.sizes[0] + beyond) * rho**about.power * about.above
            found: NDArray[np.bool_] = (beyond * about.above < about.curvature) & (largest * np.asarray(eta) < 2)
        return found

    @property
    def table(self) -> Numbers:
        """The numbers in the two inequalities."""
        p = next(k for k, g in enumerate(self.coefficients) if g != 0)
        sizes = tuple(abs(float(g)) * (1 + _ROUNDING) for g in self.coefficients[p:])
        at = float(self.at)
        return Numbers(at, 4 * float(np.spacing(abs(at))), p, float(self.coefficients[p]), sizes, 1 + _ROUNDING)


_ROUNDING = 1e-12  # Far above the rounding of a sum of as many terms as a polynomial here has.


def flat_minima(loss: sp.Expr, x: sp.Symbol) -> tuple[FlatMinimum, ...]:
    """Return the minima of a polynomial at rational points at which its second derivative vanishes.

    Examples
    --------
    >>> x = sp.Symbol("x")
    >>> [m.at for m in flat_minima(x**4 * (x - 3) ** 2, x)], flat_minima(x**3, x), flat_minima(x**2, x)
    ([0], (), ())
    """
    if not loss.is_polynomial(x) or loss.free_symbols != {x}:
        return ()
    slope = sp.Poly(loss, x).diff(x)
    if not slope.domain.is_QQ and not slope.domain.is_ZZ:
        return ()
    found = []
    for factor, times in slope.factor_list()[1]:
        if factor.degree() != 1 or times < 3 or times % 2 == 0:
            continue
        c = -factor.nth(0) / factor.nth(1)
        coefficients = [sp.Rational(v) for v in reversed(slope.compose(sp.Poly(x + c, x)).all_coeffs())][1:]
        if coefficients[times - 1] > 0:
            found.append(FlatMinimum(sp.Rational(c), tuple(coefficients)))
    return tuple(found)


@functools.lru_cache(maxsize=256)
def flat_minima_of(model: Model) -> tuple[FlatMinimum, ...]:
    """Return those of a model that is gradient descent on a polynomial in one parameter."""
    loss = model.loss
    if loss is None or len(loss.parameters) != 1 or loss.constants or loss.domain:
        return ()
    if model.own.step.closed_form() != gradient_descent(loss).closed_form():
        return ()
    return flat_minima(loss.value, loss.parameters[0])
