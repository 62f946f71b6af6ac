r"""Where one orbit of l(xy) lands, enclosed: the gap :math:`(2/\eta - S_\infty)/\eta` with a proved error.

With :math:`C = x^2 - y^2`, :math:`b = xy - d_0` and :math:`\lambda = l'(xy)` a step of gradient descent is

.. math:: C' = C(1 - \eta^2\lambda^2), \qquad b' = m\,b, \quad
          m = 1 - s\ell + \eta^2 b (d_0 + b)\,\ell^2,

where :math:`\lambda = b\,\ell`, so that :math:`\ell` is a value of l'' between d0 and xy, and
:math:`s^2 = \eta^2C^2 + 4\eta^2(xy)^2`. Where :math:`|m| \le \mu < 1` for all :math:`|b| \le r` and all C from
:math:`C_T(1 - q)` to :math:`C_T`, with :math:`q = \sup \eta^2\ell^2 b_T^2/(1 - m^2) < 1`, the orbit stays there:
b tends to 0, and :math:`C_\infty = C_T\prod(1 - \eta^2\lambda^2)` lies between :math:`1 - \Sigma` and
:math:`1 - \Sigma + \Sigma^2/2` times :math:`C_T`, where :math:`\Sigma = \sum\eta^2\lambda^2`. The sharpness there is
:math:`h\sqrt{C_\infty^2 + 4d_0^2}`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import flint
import sympy as sp

from edgestab.errors import InputError
from edgestab.numerics.printers.ball import ball
from edgestab.numerics.rigorous.balls import BallMap, TooImprecise, precision, value
from edgestab.theory.landing import ProductMinimum
from edgestab.theory.loss import Loss
from edgestab.theory.models.product import P
from edgestab.theory.optimizers.gradient_descent import gradient_descent
from edgestab.theory.symbols import ETA

LOOK = 256
"""Whether the orbit is near enough to its limit is asked every so many steps."""


@dataclass(frozen=True)
class EnclosedLanding:
    """The gap of one orbit.

    Parameters
    ----------
    gap : arb
        Contains (2/eta - S)/eta, S the sharpness at the limit of the orbit.
    steps : int
        After how many steps the limit was enclosed.
    bits : int
        The precision of the arithmetic.
    """

    gap: flint.arb
    steps: int
    bits: int


def enclosed_landing(
    loss: Loss,
    at: ProductMinimum,
    eta: Fraction,
    start: Sequence[Fraction | float],
    *,
    radius: float = 1e-12,
    most: int = 4_000_000,
    bits: int = 128,
) -> EnclosedLanding:
    r"""Follow one orbit in balls until the gap of its limit is known to a radius.

    Parameters
    ----------
    loss : Loss
        l(xy), in two parameters.
    at : ProductMinimum
        The minimum of l that the orbit comes to.
    eta : Fraction
        The step size.
    start : sequence of two numbers
        x and y, taken exactly: a double is the dyadic number it is.
    radius : float
        Of the enclosure of the gap, at most.
    most : int
        Steps after which it is given up.
    bits : int
        The precision; it is doubled until it suffices.

    Raises
    ------
    InputError
        When the limit is not enclosed after so many steps.

    Examples
    --------
    >>> from edgestab.theory.landing import product_minimum
    >>> loss = Loss.parse("(1 - x**2*y**2)**2/4", "x y")
    >>> found = enclosed_landing(loss, product_minimum(loss), Fraction(1, 5), (2.25, 0.46))
    >>> float(found.gap.rad()) < 1e-12, round(float(found.gap.mid()), 6)
    (True, 0.362854)
    """
    orbit = BallMap(gradient_descent(loss), {ETA: eta})
    while True:
        with precision(bits):
            try:
                first, second = (ball(v) for v in start)
                for count, (x, y) in enumerate(orbit.orbit((first, second))):
                    if count % LOOK == 0:
                        gap = gap_of_limit(at, ball(eta), x, y)
                        if gap is not None and gap.rad() < radius:
                            return EnclosedLanding(gap, count, bits)
                    if count >= most:
                        raise InputError(f"after {most} steps of {eta} the limit of the orbit is not enclosed")
            except TooImprecise:
                if bits > 1 << 14:
                    raise
        bits *= 2


def gap_of_limit(at: ProductMinimum, eta: flint.arb, x: flint.arb, y: flint.arb) -> flint.arb | None:
    """Enclose the gap of the limit of an orbit that is at (x, y); None where no contraction is shown."""
    d0, h = value(at.place, {}), value(at.curvature, {})
    b = x * y - d0
    size, balance = abs(b).upper(), abs(x * x - y * y)
    if not size < 1 or not balance > 0:
        return None
    drift = flint.arb(0)
    for _ in range(3):
        near = flint.arb(0, size)
        at_most, at_least = balance, balance * (1 - drift)
        along = at_most.union(at_least)
        slope = value(sp.diff(at.outer, P, 2), {P: d0 + near})
        span = eta * (along * along + 4 * (d0 + near) * (d0 + near)).sqrt()
        multiplier = 1 - span * slope + eta * eta * near * (d0 + near) * slope * slope
        if not abs(multiplier) < 1:
            return None
        total = (eta * slope * b) ** 2 / (1 - multiplier * multiplier)
        if not total < 0.5:
            return None
        if total.upper() <= drift:
            limit = balance * (1 - total + (total * total / 2).union(flint.arb(0)))
            return (2 / eta - h * (limit * limit + 4 * d0 * d0).sqrt()) / eta
        drift = 2 * total.upper()
    return None
