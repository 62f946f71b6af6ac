r"""Stationary sets that the gradient shows: where all its components have a common factor, it vanishes there.

With :math:`\partial_i L = f\,v_i` the step of gradient descent is :math:`-\eta v f`, so that f divides it. On which of
the sets :math:`f = 0` there are minima the multipliers tell: where those across the set lie inside the unit circle, the
Hessian is positive across it.
"""

from __future__ import annotations

import functools

import sympy as sp

from edgestab.theory.loss import Loss
from edgestab.theory.models.base import LimitSet
from edgestab.theory.models.square import may_vanish
from edgestab.theory.symbols import ETA

MOST_PARAMETERS, LARGEST_DEGREE = 4, 16
"""Of the numerators of a gradient whose factors are looked for."""


def common_factors(loss: Loss) -> tuple[LimitSet, ...]:
    """Return the zero sets of the factors that all components of a rational gradient share; none where there is none.

    Examples
    --------
    >>> [s.name for s in common_factors(Loss.parse("y**2/(x**2 + y**2)", "x y"))]
    ['x = 0', 'y = 0']
    """
    if loss.constants or not 2 <= len(loss.parameters) <= MOST_PARAMETERS:
        return ()
    slopes = [sp.diff(loss.expression, p) for p in loss.parameters]
    if not all(s.is_rational_function(*loss.parameters) for s in slopes):
        return ()
    fractions = [sp.fraction(sp.together(s)) for s in slopes]
    tops = [sp.Poly(top, *loss.parameters) for top, _ in fractions]
    if any(t.total_degree() > LARGEST_DEGREE or not all(c.is_Rational for c in t.coeffs()) for t in tops):
        return ()
    common = functools.reduce(sp.gcd, tops)
    factors = sorted((f.as_expr() for f, _ in common.factor_list()[1]), key=sp.default_sort_key)
    found = []
    for factor in factors:
        if may_vanish(factor):
            speeds = tuple((-ETA * sp.cancel(top / factor) / bottom + loss.guard,) for top, bottom in fractions)
            found.append(LimitSet(f"{sp.sstr(factor)} = 0", factor, (factor,), speeds))
    return tuple(found)
