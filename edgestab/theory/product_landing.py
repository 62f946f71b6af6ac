r"""Where gradient descent lands on a loss l(xy), and the 2-cycles on which it comes there.

Beside a minimum :math:`d_0` of l with :math:`h = l''(d_0)` and :math:`\alpha = 3 l'''^2 - h\,l'''' > 0`, orbits from
beyond the edge alternate between its two sides and come down along the minima. To leading order in :math:`\eta`

.. math:: (xy - d_0)^2 = \frac{3h^2}{\alpha} (\eta S - 2), \qquad S = h \sqrt{(x^2 - y^2)^2 + 4 d_0^2},

where S is the sharpness of the minimum with the same :math:`x^2 - y^2`, and the end is at
:math:`2/\eta - (3h^4/\alpha)\,\eta`. Both are formal: see `edgestab.theory.landing`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import sympy as sp

from edgestab.errors import InputError
from edgestab.theory.domain import Positive
from edgestab.theory.landing import ProductMinimum
from edgestab.theory.loss import Loss
from edgestab.theory.models.product import P, outer_of, stable_points
from edgestab.theory.symbols import ETA

BESIDE_THE_EDGE = sp.Rational(1, 2)
"""Up to which eta S - 2 the 2-cycles are described: about where they double their period."""


def landings(loss: Loss) -> tuple[ProductMinimum, ...]:
    """Return the minima of l beside which orbits land, of a loss l(xy); empty for other losses.

    All minima of a polynomial with rational coefficients are found but algebraic numbers without a formula; of another
    l those at a rational number that it contains, or where an exponential or a logistic function has that value.

    Examples
    --------
    >>> [(m.place, m.constant) for m in landings(Loss.parse("(1 - x**2*y**2)**2/4", "x y"))]
    [(-1, 1/2), (1, 1/2)]
    >>> [(m.place, m.constant) for m in landings(Loss.parse("log(1 + exp(u*v)) - u*v/4", "u v"))]
    [(-log(3), 27/224)]
    >>> landings(Loss.parse("x**2 + y**2", "x y"))
    ()
    """
    outer = outer_of(loss)
    if outer is None:
        return ()
    found = []
    for place in _places(outer):
        minimum = ProductMinimum(outer, place)
        try:
            _ = minimum.constant
        except InputError:  # orbits do not land there
            continue
        found.append(minimum)
    return tuple(sorted(found, key=lambda m: float(m.place)))


def amplitude(minimum: ProductMinimum) -> sp.Expr:
    r"""Return :math:`3h^2/\alpha`, the limit of :math:`(xy - d_0)^2/(\eta S - 2)` on the 2-cycles.

    Examples
    --------
    >>> amplitude(ProductMinimum((1 - P**2) ** 2 / 4, sp.S(1)))
    1/8
    """
    return sp.simplify(3 * minimum.curvature**2 / minimum.alpha)


def cycles(minimum: ProductMinimum, x: sp.Symbol, y: sp.Symbol) -> sp.Expr:
    """Return what vanishes on the 2-cycles beside a minimum, to leading order; undefined far beyond the edge.

    Examples
    --------
    >>> x, y = sp.symbols("x y")
    >>> cycles(ProductMinimum((1 - P**2) ** 2 / 4, sp.S(1)), x, y).subs({x: 4, y: sp.S(1) / 4, ETA: sp.S(16) / 257})
    0
    """
    place = minimum.place
    beyond = ETA * minimum.curvature * sp.sqrt((x**2 - y**2) ** 2 + 4 * place**2) - 2
    guard: Callable[[sp.Expr], sp.Expr] = Positive
    return (x * y - place) ** 2 - amplitude(minimum) * beyond + guard(BESIDE_THE_EDGE - beyond)


def _places(outer: sp.Expr) -> Iterator[sp.Expr]:
    """Yield the minima of l that are found."""
    if outer.is_polynomial(P):
        coefficients = sp.Poly(outer, P).all_coeffs()
        if len(coefficients) > 2 and all(c.is_Rational for c in coefficients):
            yield from (m for m in stable_points(outer) if not m.has(sp.CRootOf))
        return
    slope = sp.diff(outer, P)
    values = {abs(r) for r in (sp.S.Zero, *outer.atoms(sp.Rational))}
    for place in dict.fromkeys(p for v in sorted(values) for p in _named(v)):
        here = slope.subs(P, place)
        # Most places are none, which is seen without algebra.
        if (
            abs(sp.N(here)) < sp.Rational(1, 10**6)
            and sp.simplify(here) == 0
            and sp.simplify(sp.diff(slope, P).subs(P, place)).is_positive
        ):
            yield place


def _named(value: sp.Rational) -> Iterator[sp.Expr]:
    """Yield a number, its opposite, and where an exponential or a logistic function has it."""
    yield from (value, -value)
    if value > 0:
        yield sp.log(value)
    if 0 < value < 1:
        yield from (sp.log(value / (1 - value)), sp.log((1 - value) / value))
