r"""Where gradient descent lands: how far below the edge orbits end that begin beyond it.

Beside a manifold M of minima whose Hessian has one unstable direction u at the edge, with the largest eigenvalue
:math:`\lambda` and :math:`T = D^3L[u, u, \cdot]`,

.. math:: S_\infty = \frac{2}{\eta} - \frac{G}{2C} + \dots, \qquad
          G = |P\,T|^2, \quad C = T^\top H^+ T - \tfrac13 D^4L[u, u, u, u],

where P projects onto the tangent space of M, so that :math:`P\,T = P\,\nabla\lambda`, and :math:`H^+` inverts the
Hessian on the normal space. C > 0 says that the flip at the edge is supercritical: the 2-cycle along u attracts, with
amplitude :math:`a^2 = \lambda(\eta\lambda - 2)/C`. For l(xy) with a minimum at :math:`d_0`, :math:`h = l''(d_0)` and
:math:`\alpha = 3 l'''^2 - h\,l''''` this is

.. math:: S_\infty = \frac{2}{\eta} - \frac{3h^4}{\alpha}\,\eta + \dots

(the claims ``edgestab2026.landing`` and ``edgestab2026.landing-next``). On a general manifold it is a formal law, to be
tested: nothing here proves that orbits follow the 2-cycles.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import sympy as sp

from edgestab.errors import InputError
from edgestab.theory.invariant_curve import invariant_curve, sharp_constant
from edgestab.theory.loss import Loss
from edgestab.theory.models.product import P, drift_and_multiplier, outer_of, stable_points
from edgestab.theory.symbols import symbols

_X, _B, _EPS = symbols("x b eps")


@dataclass(frozen=True)
class Flip:
    """The flip of gradient descent beside a minimum on a manifold of minima, in the notation of the module.

    Parameters
    ----------
    sharpness : Expr
        The only nonzero eigenvalue of the Hessian.
    pull : Expr
        G, the squared slope of the sharpness along the minima.
    cubic : Expr
        C.
    """

    sharpness: sp.Expr
    pull: sp.Expr
    cubic: sp.Expr

    @property
    def gap(self) -> sp.Expr:
        """G/(2C), how far below 2/eta orbits end that come down past this minimum, to leading order."""
        return sp.cancel(self.pull / (2 * self.cubic))

    def amplitude(self, eta: sp.Expr) -> sp.Expr:
        """The square of the amplitude of the 2-cycle along u, to leading order in eta*sharpness - 2."""
        return sp.cancel(self.sharpness * (eta * self.sharpness - 2) / self.cubic)


def flip_at(loss: Loss, at: Mapping[sp.Symbol, sp.Expr]) -> Flip:
    """Return the flip beside a minimum where the Hessian has rank one, exactly.

    Parameters
    ----------
    loss : Loss
        The loss.
    at : mapping
        The minimum: a value for each parameter, which may depend on further symbols along the manifold.

    Raises
    ------
    InputError
        When the gradient does not vanish there, or the Hessian has another rank than one.

    Examples
    --------
    >>> x, y = symbols("x y")
    >>> flip = flip_at(Loss.parse("(1 - x**2*y**2)**2/4", "x y"), {x: x, y: 1 / x})
    >>> sp.factor(flip.sharpness), flip.gap.subs(x, 3)
    (2*(x**4 + 1)/x**2, 73800/1464761)
    """
    names = loss.parameters
    n = len(names)
    place = {name: at[name] for name in names}

    def there(e: sp.Expr) -> sp.Expr:
        return sp.cancel(sp.together(e.xreplace(place)))

    if any(there(g) != 0 for g in loss.gradient):
        raise InputError("the gradient does not vanish at the point that was given")
    h = loss.hessian.applyfunc(there)
    minors = (
        h[i, k] * h[j, m] - h[i, m] * h[j, k]
        for (i, j), (k, m) in itertools.product(itertools.combinations(range(n), 2), repeat=2)
    )
    if any(sp.cancel(m) != 0 for m in minors) or h.is_zero_matrix:
        raise InputError("the Hessian at this minimum has another rank than one: only that is exact here")
    value = sp.cancel(h.trace())
    third = [[there(sp.diff(loss.hessian[i, j], name)) for i in range(n) for j in range(n)] for name in names]
    flat = [h[i, j] for i in range(n) for j in range(n)]
    slope = sp.Matrix([sp.Add(*(d * w for d, w in zip(row, flat, strict=True))) / value for row in third])
    fourth = sp.Add(
        *(
            there(sp.diff(loss.hessian[i, j], names[k], names[m])) * h[i, j] * h[k, m]
            for i, j, k, m in itertools.product(range(n), repeat=4)
        )
    )
    normal = (slope.T * h * slope)[0, 0] / value  # (T u)^2
    total = (slope.T * slope)[0, 0]
    return Flip(value, sp.cancel(total - normal), sp.cancel(normal / value - fourth / value**2 / 3))


@dataclass(frozen=True)
class ProductMinimum:
    r"""A minimum of l(p), for the loss l(xy).

    Parameters
    ----------
    outer : Expr
        l, in the symbol p.
    place : Expr
        d0.

    Examples
    --------
    >>> minimum = ProductMinimum(sp.log(sp.cosh(P - 1)), sp.S(1))
    >>> minimum.alpha, minimum.constant, minimum.series(2)
    (2, 3/2, [3/2, -21/20])
    """

    outer: sp.Expr
    place: sp.Expr

    def derivative(self, k: int) -> sp.Expr:
        """Return the k-th derivative of l at d0."""
        return sp.simplify(sp.diff(self.outer, P, k).subs(P, self.place))

    @property
    def curvature(self) -> sp.Expr:
        """The second derivative of l, h."""
        return self.derivative(2)

    @property
    def alpha(self) -> sp.Expr:
        """The number whose sign decides: 3 l'''^2 - l'' l''''."""
        return sp.simplify(3 * self.derivative(3) ** 2 - self.curvature * self.derivative(4))

    @property
    def constant(self) -> sp.Expr:
        r"""The limit :math:`3h^4/\alpha` of (2/eta - S)/eta as eta tends to 0.

        Raises
        ------
        InputError
            When alpha is not positive: then orbits do not land beside these minima.
        """
        if self.alpha.is_positive is not True:
            raise InputError(
                f"alpha = 3 l'''^2 - l'' l'''' is {self.alpha} at p = {self.place}, not positive: "
                "orbits beyond the edge do not land beside these minima"
            )
        return sp.simplify(3 * self.curvature**4 / self.alpha)

    def series(self, order: int) -> list[sp.Rational]:
        r"""Return the coefficients of eta^0, eta^2, ... of :math:`(2/\eta - S_\infty)/\eta`, a formal series.

        Raises
        ------
        InputError
            When alpha is not positive, or d0 or a derivative of l there is not rational.
        """
        _ = self.constant
        # Terms of l' beyond b^(2 order + 1) have too high a weight to enter: the series is that of a polynomial.
        derivatives = [self.derivative(k) for k in range(2, 2 * order + 3)]
        if not all(d.is_Rational for d in (self.place, *derivatives)):
            raise InputError("for a series the minimum and the derivatives of l there must be rational numbers")
        slope = sp.Add(*(c * (P - self.place) ** k / sp.factorial(k) for k, c in enumerate(derivatives, 1)))
        drift, multiplier = drift_and_multiplier(slope, self.place, _X, _B, _EPS)
        return sharp_constant(invariant_curve(drift, multiplier, _X, _B, _EPS, order), order)


def product_minimum(loss: Loss, at: sp.Expr | None = None) -> ProductMinimum:
    """Return the minimum of l at a place; of a polynomial l the largest rational one by default.

    Raises
    ------
    InputError
        When the loss is no l(xy), the place is none of its minima, or none is given and none is found.

    Examples
    --------
    >>> product_minimum(Loss.parse("(1 - x**2*y**2)**2/4", "x y")).place
    1
    """
    outer = outer_of(loss)
    if outer is None:
        raise InputError("the loss is no function l(xy) of the product of its two parameters")
    if at is None:
        known = [m for m in stable_points(outer) if m.is_Rational] if outer.is_polynomial(P) else []
        if not known:
            raise InputError("no rational minimum of l was found: say where it is, as xy = VALUE")
        return ProductMinimum(outer, known[-1])
    found = ProductMinimum(outer, at)
    if found.derivative(1) != 0 or found.curvature.is_positive is not True:
        raise InputError(f"l has no non-degenerate minimum at {at}")
    return found
