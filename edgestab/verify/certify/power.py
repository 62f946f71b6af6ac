r"""Starts down to the edge: all x0 >= sigma eps^p are captured, for every eps down to 0."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from edgestab.numerics.printers.ball import ball
from edgestab.numerics.rigorous.balls import precision
from edgestab.verify.certify.cells import Interval, Unproved
from edgestab.verify.certify.contraction import distances
from edgestab.verify.certify.tube import Tube

PARTS = 64
"""Into how many parts x and b are cut to bound the distance to the curve."""


@dataclass(frozen=True)
class PowerStart:
    """The starts with sigma eps^p <= x0.

    Parameters
    ----------
    sigma, p : Fraction
        The lower bound of x0.
    reach : Fraction
        A bound of the distance from the curve.
    """

    sigma: Fraction
    p: Fraction
    reach: Fraction


def power_start(tube: Tube, x: Fraction, b: Interval, eps: Fraction, power: tuple[Fraction, Fraction]) -> PowerStart:
    r"""Prove that every start with sigma eps^p <= x0 <= x is captured, for all eps up to a largest one.

    With L = ln(1/eps), capture follows from :math:`\lambda(\sigma e^{(1-p)L} - f_1) \ge \ln(reach/\rho_0) + L`, whose
    left side is convex in L and is shown to grow at least as fast at the largest eps.

    Raises
    ------
    Unproved
        When the inequality fails at the largest eps.
    """
    sigma, p = power
    if not (tube.strip[0] <= b[0] and b[1] <= tube.strip[1] and x <= tube.ceiling):
        raise Unproved(
            "the capture of the starts is not proved: they reach out of the strip; shorten the interval of b"
        )
    reach = _reach(tube, x, b, eps)
    with precision(128):
        largest = ball(eps)
        length = -largest.log()
        growth = ((1 - ball(p)) * length).exp()
        rate, f1 = ball(tube.rate), ball(tube.floor[1])
        room = rate * (ball(sigma) * growth - f1) - (ball(reach) / ball(tube.rho[0])).log() - length
        slope = rate * ball(sigma) * (1 - ball(p)) * growth - 1
        if not (0 < p < 1 and tube.floor[0] == 0 and ball(sigma) * growth >= f1 and room >= 0 and slope >= 0):
            raise Unproved(
                f"the capture of the starts x >= {sigma} eps^({p}) is not proved at eps = {float(eps):.3g}: "
                "lower the step size"
            )
    return PowerStart(sigma, p, reach)


def _reach(tube: Tube, x: Fraction, b: Interval, eps: Fraction) -> Fraction:
    """A bound of |x - X(b)|."""
    cuts = np.linspace(float(b[0]), float(b[1]), PARTS + 1)
    lower = np.vstack([np.zeros(PARTS), np.nextafter(cuts[:-1], -1), np.zeros(PARTS)])
    upper = np.vstack(
        [
            np.full(PARTS, np.nextafter(float(x), 1)),
            np.nextafter(cuts[1:], 1),
            np.full(PARTS, np.nextafter(float(eps), 1)),
        ]
    )
    low, high = distances(tube, lower, upper)
    largest = float(max(-low.min(), high.max()))
    if not np.isfinite(largest):
        raise Unproved("the capture of the starts is not proved: the curve is not known on the whole interval of b")
    return Fraction(int(largest * 1000) + 2, 1000)
