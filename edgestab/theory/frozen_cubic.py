r"""What is known exactly of the frozen-s cubic :math:`d' = d(1 + s - s d^2)`, in the order of growing s."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from edgestab.theory.symbols import ETA, symbol

S = symbol("s")

FLIP = sp.S.One
"""The fixed point d = 1 has multiplier 1 - 2s, which is -1 here."""

SECOND_FLIP = sp.sqrt(5) - 1
"""The 2-cycle has multiplier 9 - 2(1 + s)^2, which is -1 here."""

SIMPLIFIED_SECOND_FLIP = sp.Rational(81, 64)
"""Where the simplified two-step map b (1 + 8 a k - 16 b^2) of Zhu et al. 2023, section 5, does so instead."""

REACHES_ZERO = 3 * sp.sqrt(3) / 2 - 1
"""From here on orbits from positive d can change sign: the maximum of d', 2 ((1 + s)/3)^(3/2)/sqrt(s), maps to 0."""

ESCAPE = sp.S(2)
"""Beyond this value almost every orbit escapes."""

EVENTS: Mapping[str, sp.Expr] = {
    "the fixed point flips": FLIP,
    "the 2-cycle flips": SECOND_FLIP,
    "the 2-cycle of the simplified map flips": SIMPLIFIED_SECOND_FLIP,
    "orbits reach 0": REACHES_ZERO,
    "orbits escape": ESCAPE,
}
"""What happens, and at which s."""


def slow_and_fast(x: sp.Expr, y: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    r"""Return s, which gradient descent on the quartic hardly changes, and d, which then moves by the cubic.

    .. math:: s = \eta (x^2 + y^2), \qquad d = xy.

    Examples
    --------
    >>> from edgestab.theory.symbols import symbols
    >>> slow_and_fast(*symbols("x y"))
    (eta*(x**2 + y**2), x*y)
    """
    return ETA * (x**2 + y**2), x * y


def two_cycle() -> tuple[sp.Expr, sp.Expr]:
    r"""Return the points of the 2-cycle, the larger first, for s >= 1.

    .. math:: d_1d_2 = 1/s, \qquad d_1^2 + d_2^2 = 1 + 1/s.

    Examples
    --------
    >>> upper, lower = two_cycle()
    >>> (upper.subs(S, 1), lower.subs(S, 1))
    (1, 1)
    """
    total, root = 1 + 1 / S, sp.sqrt((S - 1) * (S + 3)) / S
    return sp.sqrt((total + root) / 2), sp.sqrt((total - root) / 2)
