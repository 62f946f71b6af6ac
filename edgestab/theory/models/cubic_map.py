r"""The cubic map :math:`z' = z^3 + (a-2)z^2 + (1-2a)z`: gradient descent in the residual.

The loss is :math:`\tfrac14(w^2-y)^2`, with :math:`z = \eta(w^2 - y)` and :math:`a = \eta y`. It is the map of
`edgestab.theory.models.uv` on q = 0, with z = p - a, and the frozen-s cubic with s = a, in :math:`z = a(d^2 - 1)`.
"""

from __future__ import annotations

import sympy as sp

from edgestab.theory.models.base import Coordinates, LimitSet, Model
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import symbols

Z, A = symbols("z a")


def cubic(z: sp.Expr, a: sp.Expr = A) -> sp.Expr:
    r"""Return :math:`f_a(z) = z^3 + (a-2)z^2 + (1-2a)z = (z+a)(1-z)^2 - a`.

    Examples
    --------
    >>> cubic(Z)
    z*(-2*a + z**2 + z*(a - 2) + 1)
    """
    return z * (z**2 + (a - 2) * z + 1 - 2 * a)


def cubic_map() -> Model:
    """Return the cubic map with the parameter a; its multiplier at the minimum z = 0 is 1 - 2 a."""
    step = StepMap("cubic map", (Z,), (cubic(Z),), (A,))
    own = Coordinates("z", step, sp.Abs(Z), sp.Rational(1, 10**10), sp.S(2))
    return Model(
        "cubic-map",
        "cubic map of the residual, z' = z^3 + (a - 2) z^2 + (1 - 2 a) z",
        "after Chen, Balasubramanian, Ghosal & Agrawalla 2024",
        None,
        (own,),
        (LimitSet("z = 0", Z),),
    )
