r"""Two losses on which the self-stabilization of Damian, Nichani & Lee (2023) is exact, and the map they reduce to.

Near the edge, with x along the top eigenvector and y = S - 2/eta, gradient descent is to leading order

.. math:: x' = -(1 + \eta y)x, \qquad y' = (1 - \eta\mu)y + \eta(\alpha - \tfrac{\beta}{2}x^2),

where mu is the curvature against moving along grad S. On both losses this is the step itself.
"""

from __future__ import annotations

import sympy as sp

from edgestab.errors import InputError
from edgestab.theory.chart import Chart
from edgestab.theory.loss import Loss
from edgestab.theory.models.base import DEFAULT_TOLERANCE, Coordinates, LimitSet, Model
from edgestab.theory.optimizers.gradient_descent import gradient_descent
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import ETA, symbols
from edgestab.theory.text.grammar import parse_number

X, Y, Z, P, Q = symbols("x y z p q")
ALPHA, BETA, MU, EDGE, ROOT = symbols("alpha beta mu s r")


def reduced_map() -> StepMap:
    """Return the map of (x, y) above, with the parameters eta, alpha, beta, mu.

    Examples
    --------
    >>> reduced_map().update[0]
    x*(-eta*y - 1)
    """
    update = (-(1 + ETA * Y) * X, (1 - ETA * MU) * Y + ETA * (ALPHA - BETA * X**2 / 2))
    return StepMap("reduced map", (X, Y), update, (ETA, ALPHA, BETA, MU))


def cubic_toy() -> Loss:
    r"""Return :math:`L(x, p) = (s + rp)x^2/2 - (\alpha/r)p`, where :math:`r = \sqrt\beta`.

    It is unbounded below and has no minimum, so it is no `Model`.
    """
    return Loss((X, P), (EDGE + ROOT * P) * X**2 / 2 - ALPHA / ROOT * P, "cubic toy")


def spring_loss(a: sp.Expr, b: sp.Expr, c: sp.Expr, mu: sp.Expr) -> Loss:
    r"""Return :math:`L(x, z) = (a + bz)x^2/2 + \mu(z - c)^2/2`."""
    return Loss((X, Z), (a + b * Z) * X**2 / 2 + mu * (Z - c) ** 2 / 2, f"spring:{a},{b},{c},{mu}")


def spring(a: sp.Rational, b: sp.Rational, c: sp.Rational, mu: sp.Rational) -> Model:
    r"""Return the spring toy, whose sharpness :math:`a + bz` is pulled to :math:`S_\infty = a + bc`.

    Its one minimum is x = 0, z = c; the loss is unbounded below as x grows along
    :math:`z = c - bx^2/(2\mu)`, where it is :math:`S_\infty x^2/2 - b^2x^4/(8\mu)`.

    Raises
    ------
    InputError
        Unless b is not zero, mu > 0 and a + bc > 0.

    Examples
    --------
    >>> spring(sp.S(1), sp.S(1), sp.S(3), sp.Rational(1, 4)).own.sharpness
    4
    """
    _require_minimum(a, b, c, mu)
    loss = spring_loss(a, b, c, mu)
    sharpness = sp.Max(a + b * c, mu)
    own = Coordinates("x z", gradient_descent(loss), sp.sqrt(X**2 + (Z - c) ** 2), DEFAULT_TOLERANCE, sharpness)
    velocity = ((-ETA * (a + b * Z), sp.S.Zero), (-ETA * b * X / 2, -ETA * mu))
    minimum = LimitSet("the minimum", X**2 + (Z - c) ** 2, (X, Z - c), velocity)
    chart = Chart("x y", (X, Z), (X, Y), (X, a + b * Z - 2 / ETA), (X, (Y + 2 / ETA - a) / b), parameters=(ETA,))
    return Model(
        loss.name,
        f"spring toy, L = (a + b z) x^2 / 2 + mu (z - c)^2 / 2 with a, b, c, mu = {a}, {b}, {c}, {mu}",
        "after Damian, Nichani & Lee 2023",
        loss,
        (own,),
        (minimum,),
        charts=(chart,),
    )


def spring_cycle(a: sp.Expr, b: sp.Expr, c: sp.Expr, mu: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    r"""Return :math:`\delta^2 = 2\mu(S_\infty - 2/\eta)/b^2` and :math:`z^* = (2/\eta - a)/b`.

    The spring toy has the 2-cycle :math:`(\pm\delta, z^*)` for :math:`\eta S_\infty > 2`.
    """
    return 2 * mu * (a + b * c - 2 / ETA) / b**2, (2 / ETA - a) / b


def spring_in_squares(a: sp.Rational, b: sp.Rational, c: sp.Rational, mu: sp.Rational) -> Model:
    r"""Return the spring toy in :math:`q = x^2` and z, in which its 2-cycle is a fixed point.

    .. math:: q' = (1 - \eta(a + bz))^2q, \qquad z' = z - \eta(bq/2 + \mu(z - c)).

    The limit it watches is the cycle, not the minimum.
    """
    _require_minimum(a, b, c, mu)
    name = f"spring:{a},{b},{c},{mu} in x^2"
    update = ((1 - ETA * (a + b * Z)) ** 2 * Q, Z - ETA * (b * Q / 2 + mu * (Z - c)))
    square, height = spring_cycle(a, b, c, mu)
    distance = (Q - square) ** 2 + (Z - height) ** 2
    own = Coordinates("q z", StepMap(f"GD on {name}", (Q, Z), update, (ETA,)), sp.sqrt(distance), DEFAULT_TOLERANCE)
    cycle = LimitSet("the 2-cycle", distance, (Q - square, Z - height))
    return Model(name, f"{name}, limits on the 2-cycle", "after Damian, Nichani & Lee 2023", None, (own,), (cycle,))


def spring_of_text(text: str) -> Model:
    """Return the spring toy of the text ``a,b,c,mu``, four rational numbers.

    Raises
    ------
    InputError
        When they are not four rational numbers, or no minimum.
    """
    parts = text.split(",")
    values = [parse_number(part) for part in parts] if len(parts) == 4 else []
    if not values or not all(v.is_Rational for v in values):
        raise InputError(f"expected four rational numbers a,b,c,mu after the colon, got {text[:40]!r}")
    return spring(*values)


def _require_minimum(a: sp.Rational, b: sp.Rational, c: sp.Rational, mu: sp.Rational) -> None:
    if b == 0 or mu <= 0 or a + b * c <= 0:
        raise InputError(f"a spring needs b other than 0, mu > 0 and a + b c > 0, got a,b,c,mu = {a},{b},{c},{mu}")
