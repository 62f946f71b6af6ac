r"""The UV model: a two-layer linear network of any width on one example, in two coordinates.

For :math:`f = v^\top Ux/\sqrt n` and the loss :math:`\tfrac12(f-y)^2`, put :math:`c = |x|^2/n`,
:math:`\lambda = (|Ux|^2 + |x|^2|v|^2)/n`, the sharpness where the loss is zero, and

.. math:: p = \tfrac\eta4(\lambda + 2\sqrt c f), \quad q = \tfrac\eta4(\lambda - 2\sqrt c f), \quad a = \eta\sqrt c\,y,
          \quad z = \eta\sqrt c\,(f - y) = p - q - a.

Gradient descent of step size eta is exactly :math:`p' = p(1-z)^2`, :math:`q' = q(1+z)^2`: a map of the quadrant
:math:`p, q \ge 0` with the one parameter a. Two scalars, :math:`\tfrac12(uv - y)^2`, are the case c = 1.
"""

from __future__ import annotations

import sympy as sp

from edgestab.theory.models.base import Coordinates, LimitSet, Model
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import symbols

P, Q, A, Z = symbols("p q a z")

RESIDUAL = P - Q - A
"""z, the residual in units of the step."""


def uv_map() -> StepMap:
    r"""Return the map of (p, q) above, with the parameter a.

    Examples
    --------
    >>> uv_map().closed_form()[0]
    p*(a - p + q + 1)**2
    """
    return StepMap("UV model", (P, Q), (P * (1 - Z) ** 2, Q * (1 + Z) ** 2), (A,), ((Z, RESIDUAL),))


def invariant_ellipse() -> sp.Expr:
    r"""Return :math:`E = p/(2+a) + q/(2-a)`, whose level 1 the map keeps for 0 <= a < 2.

    It is an ellipse in the parameters u and v of two scalars.

    Examples
    --------
    >>> invariant_ellipse()
    p/(a + 2) + q/(2 - a)
    """
    return P / (2 + A) + Q / (2 - A)


def level() -> sp.Expr:
    r"""Return :math:`G = (4 - a^2)(E - 1) = 2(p+q) - az - 4`: negative inside the ellipse, positive outside.

    Examples
    --------
    >>> sp.expand(level() - (4 - A**2) * (invariant_ellipse() - 1)).cancel()
    0
    """
    return 2 * (P + Q) - A * RESIDUAL - 4


def escape() -> sp.Expr:
    r"""Return :math:`z^2 - 2G - 9`: where it is >= 0 outside the ellipse the orbit diverges (``kalra2023.escape``).

    Examples
    --------
    >>> escape().subs({P: 9, Q: 1, A: 1})
    22
    """
    return RESIDUAL**2 - 2 * level() - 9


def uv_model() -> Model:
    """Return the UV model as a map of (p, q); its zero-loss points are the line p - q = a.

    The step of a minimum's one normal direction is 1 - 2 (p + q). In the units in which the step size is a, its
    sharpness is 2 (p + q)/a.
    """
    own = Coordinates("p q", uv_map(), sp.Abs(RESIDUAL), sp.Rational(1, 10**10), 2 * (P + Q) / A)
    return Model(
        "uv-model",
        "UV model on one example, p' = p (1 - z)^2, q' = q (1 + z)^2 with z = p - q - a",
        "after Kalra, He & Barkeshli 2023",
        None,
        (own,),
        (LimitSet("zero loss", RESIDUAL),),
    )
