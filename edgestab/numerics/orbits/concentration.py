r"""How fast orbits of l(xy) forget where they began: the exponent of what is left of a difference when they land.

With u and b as in `edgestab.numerics.orbits.landing` and :math:`\epsilon = \eta^2`, for :math:`\epsilon \to 0` the
excess u is frozen, and b is carried by :math:`b' = b - s\,l'(d_0 + b)`, :math:`s = 2\sqrt{1 + u}/h`. On its 2-cycle
:math:`b_1, b_2` two steps multiply a difference by :math:`\mu = (1 - s\,l''_1)(1 - s\,l''_2)`, and change u by
:math:`-2\epsilon(1 + u)(l_1'^2 + l_2'^2)`. Down from an excess u0 a difference is multiplied by
:math:`\exp(-A/\epsilon)`,

.. math:: A(u_0) = \int_0^{u_0} \frac{-\log\mu}{2(1 + u)(l_1'^2 + l_2'^2)}\,du
          = \frac{\alpha}{3h^4}\,u_0 + O(u_0^2).

That is a linearization about the frozen cycles, not a theorem on orbits.
"""

from __future__ import annotations

import math

import numpy as np
import sympy as sp
from scipy.optimize import brentq

from edgestab.errors import InputError
from edgestab.numerics.printers import reference
from edgestab.numerics.programs.program import program_of
from edgestab.theory.landing import ProductMinimum
from edgestab.theory.models.product import P

NODES = 24
"""Of the quadrature."""


def contraction_exponent(at: ProductMinimum, excess: float) -> float:
    """Return A(u0).

    Parameters
    ----------
    at : ProductMinimum
        The minimum of l, with alpha > 0.
    excess : float
        The number u0 > 0 at the start.

    Raises
    ------
    InputError
        When alpha is not positive, or no attracting 2-cycle is found on the way.

    Examples
    --------
    >>> quartic = ProductMinimum((1 - P**2) ** 2 / 4, sp.S.One)
    >>> round(contraction_exponent(quartic, 1e-3) / 1e-3, 2)  # alpha/(3 h^4) = 2
    2.0
    """
    h, constant, d0 = float(at.curvature), float(at.constant), float(at.place)
    program = program_of([sp.diff(at.outer, P), sp.diff(at.outer, P, 2)], [P])

    def slopes(b: float) -> tuple[float, float]:
        """Both derivatives of l at the distance b from its minimum."""
        first, second = reference.evaluate(program, [d0 + b])
        return float(first), float(second)

    def rate(u: float) -> float:
        s = 2 * math.sqrt(1 + u) / h

        def other(b: float) -> float:
            return b - s * slopes(b)[0]

        def open_cycle(b: float) -> float:
            return (slopes(b)[0] + slopes(other(b))[0]) / b

        amplitude = math.sqrt(u * constant) / h
        ends = (amplitude / 2, 2 * amplitude)
        if open_cycle(ends[0]) * open_cycle(ends[1]) >= 0:
            raise InputError(f"no 2-cycle was found near its leading order at the excess {u:g}")
        first = brentq(open_cycle, *ends, xtol=1e-15)
        (slope, steep), (second, steeper) = slopes(first), slopes(other(first))
        multiplier = (1 - s * steep) * (1 - s * steeper)
        if not 0 < multiplier < 1:
            raise InputError(f"the 2-cycle at the excess {u:g} has the multiplier {multiplier:g}, not between 0 and 1")
        return -math.log(multiplier) / (2 * (1 + u) * (slope**2 + second**2))

    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    return float(sum(w * rate(excess * (x + 1) / 2) for x, w in zip(nodes, weights, strict=True)) * excess / 2)
