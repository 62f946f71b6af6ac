r"""Losses of one monomial, :math:`L = l(q)` with :math:`q = \prod_i w_i^{a_i}` and l smooth: their critical sets.

L is such a loss exactly when :math:`w_i\,\partial_i L / a_i` is the same for all i. Gradient descent moves by
:math:`-\eta\,l'(q)\nabla q`, so that :math:`l'(q)` divides the step and its zeros are sets of critical points; which of
them are minima the multipliers tell.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import NamedTuple

import sympy as sp

from edgestab.theory.loss import Loss
from edgestab.theory.models.base import LimitSet
from edgestab.theory.overflow import balanced
from edgestab.theory.symbols import ETA, symbol

MOST = 4
"""The greatest exponent that is looked for."""

_Q = symbol("q_")


class Monomial(NamedTuple):
    """A loss l(q) of one monomial q in all its parameters.

    Parameters
    ----------
    monomial : Expr
        q.
    outer : Expr
        l, in `variable`.
    variable : Symbol
        The symbol that stands for q in it.
    """

    monomial: sp.Expr
    outer: sp.Expr
    variable: sp.Symbol


@functools.lru_cache(maxsize=64)
def monomial_of(loss: Loss) -> Monomial | None:
    """Return l and q of a loss l(q) of two parameters or more, or None.

    Examples
    --------
    >>> monomial_of(Loss.parse("(1 - x*y**2)**2/2", "x y"))[:2]
    (x*y**2, (1 - q_)**2/2)
    """
    if loss.constants or loss.domain or len(loss.parameters) < 2:
        return None
    exponents = _exponents(loss)
    if exponents is None or 1 not in exponents:
        return None
    q = sp.Mul(*(w**a for w, a in zip(loss.parameters, exponents, strict=True)))
    first = loss.parameters[exponents.index(1)]
    others = [w for w in loss.parameters if w is not first]
    outer = loss.expression.xreplace({first: _Q, **dict.fromkeys(others, sp.S.One)})
    if sp.simplify(outer.xreplace({_Q: q}) - loss.expression) != 0:
        return None
    return Monomial(q, outer, _Q)


def monomial_set(loss: Loss) -> tuple[LimitSet, ...]:
    """Return the set where the slope of l vanishes, for a loss l(q) of a monomial in all parameters; none of others.

    Examples
    --------
    >>> (found,) = monomial_set(Loss.parse("log(cosh(x*y - 1))", "x y"))
    >>> found.name, found.equations
    ('slope 0 at x*y', (tanh(x*y - 1),))
    >>> monomial_set(Loss.parse("log(cosh(x*y - 1)) + x**2", "x y"))
    ()
    """
    known = monomial_of(loss)
    if known is None:
        return ()
    q = known.monomial
    equation = balanced(sp.diff(known.outer, _Q)).xreplace({_Q: q})
    velocity = tuple((-ETA * sp.diff(q, w),) for w in loss.parameters)
    return (LimitSet(f"slope 0 at {sp.sstr(q)}", equation, (equation,), velocity),)


def _exponents(loss: Loss) -> tuple[int, ...] | None:
    """The exponents, from the ratios of w_i dL/dw_i at a point; which is no proof."""
    point = {w: sp.Rational(7 + 3 * k, 8 + k) for k, w in enumerate(loss.parameters)}
    sizes = [sp.N((w * g).xreplace(point), 40) for w, g in zip(loss.parameters, loss.gradient, strict=True)]
    if not all(s.is_Float and s.is_finite and s != 0 for s in sizes):
        return None
    ratios = [s / sizes[0] for s in sizes]
    if not all(0 < r < 2 * MOST for r in ratios):
        return None
    for first in range(1, MOST + 1):
        exponents = tuple(int(sp.floor(first * r + sp.S.Half)) for r in ratios)
        if all(1 <= a <= MOST for a in exponents) and sp.igcd(*exponents) == 1 and _proportional(sizes, exponents):
            return exponents
    return None


def _proportional(sizes: Sequence[sp.Expr], exponents: Sequence[int]) -> bool:
    unit = [s / a for s, a in zip(sizes, exponents, strict=True)]
    return all(abs(u - unit[0]) < abs(unit[0]) * sp.Float("1e-30") for u in unit)
