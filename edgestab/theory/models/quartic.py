r"""The minimalist example (Zhu et al. 2023): :math:`L = \tfrac14(1 - x^2y^2)^2`, and its charts as in the paper."""

from __future__ import annotations

import sympy as sp

from edgestab.theory.chart import Chart
from edgestab.theory.models.base import Model
from edgestab.theory.models.product import B, P, X, Y, product
from edgestab.theory.symbols import ETA, symbols

C, D, A = symbols("c d a")

SOURCE = "Zhu et al. 2023, section 3"

EOS_C = (ETA**-2 - 4) ** sp.Rational(1, 4)
"""The coordinate c of the minimum of sharpness 2/eta."""

EOS_X = sp.sqrt((sp.sqrt(ETA**-2 - 4) + 1 / ETA) / 2)
"""The coordinate x of the minimum of sharpness 2/eta."""


def _from_c_d(c: sp.Expr, d: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    x = sp.sqrt((sp.sqrt(c**4 + 4 * d**2) + c**2) / 2)
    return x, d / x


_DOMAIN = (sp.Gt(X, Y), sp.Gt(Y, 0))

CHART_C_D = Chart("c d", (X, Y), (C, D), (sp.sqrt(X**2 - Y**2), X * Y), _from_c_d(C, D), _DOMAIN)
CHART_A_B = Chart(
    "a b",
    (X, Y),
    (A, B),
    (sp.sqrt(X**2 - Y**2) - EOS_C, X * Y - 1),
    _from_c_d(A + EOS_C, 1 + B),
    _DOMAIN,
    (ETA,),
)
CHART_X_PRODUCT = Chart(
    "x0 b", (X, Y), (symbols("x0")[0], B), (X, X * Y - 1), (symbols("x0")[0], (1 + B) / symbols("x0")[0])
)
"""The coordinates in which Corollaries 3.1 and 3.2 state their regions: x and xy - 1."""


def quartic() -> Model:
    r"""Return the coupled four-layer scalar network.

    Its sharpness at a minimum is :math:`2(x^2+y^2) \ge 4`, so a minimum at the edge exists iff
    :math:`\eta < 1/2`.
    """
    return product(
        (1 - P**2) ** 2 / 4,
        "quartic",
        "coupled four-layer scalar network, L = (1 - x^2 y^2)^2 / 4",
        SOURCE,
        sp.S(1),
        (CHART_C_D, CHART_A_B, CHART_X_PRODUCT),
    )


def degree_two() -> Model:
    """Return the two-layer scalar network :math:`L = (1 - xy)^2/2`, which does not concentrate at the edge."""
    return product(
        (1 - P) ** 2 / 2,
        "degree-2",
        "two-layer scalar network, L = (1 - x y)^2 / 2",
        "Zhu et al. 2023, section 4",
        sp.S(1),
    )
