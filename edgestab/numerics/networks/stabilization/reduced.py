r"""Landing with the other normal modes: the reduced map of gradient descent beside a manifold of minima.

In the notation of `minimum_flip`, with x the swing along u, y the sharpness of the minimum that is passed less 2/eta,
and r_j the displacement along the j-th normal mode below u, one step of gradient descent is to leading order

.. math:: |x|' = |x|\left(1 + \eta\left(y + \sum_j T_jr_j - \tfrac12C_0x^2\right)\right), \qquad
          r_j' = (1 - \eta\lambda_j)r_j - \tfrac{\eta}{2}T_jx^2, \qquad y' = y - \tfrac{\eta}{2}(G + 2ky)x^2,

with :math:`C_0 = T_u^2/\lambda - Q/3`, and k the second derivative of the sharpness along its slope on the minima.
Where the modes follow the swing at once, :math:`r_j = -T_jx^2/(2\lambda_j)`, it has the invariant parabola

.. math:: x^2 = \frac{2}{C - k}\left(y + \frac{G}{2C}\right),

which attracts if :math:`k < C`, and ends at -G/(2C) whatever k. Two things keep orbits off it. The modes lag behind by
the relative amount kappa, `MinimumFlip.lag`; and orbits come to the parabola slowly where k/C is not small.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, nan

from edgestab.errors import InputError
from edgestab.numerics.networks.stabilization.minimum_flip import MinimumFlip

AT_REST = 1e-3
"""An orbit has landed when what is left to drift is below about this part of the gap."""

LARGEST = 1e6
"""A swing this many times that at the start has left the reduced map."""


@dataclass(frozen=True)
class Landing:
    """Where the reduced map ends.

    Parameters
    ----------
    gap : float
        -y at the end: how far below 2/eta; NaN when the swing grew without bound, or the steps ran out.
    steps : int
        How many it took.
    """

    gap: float
    steps: int


def at_rest(flip: MinimumFlip) -> float:
    """Return the square of the swing below which an orbit below the edge has landed: then C x^2/2 is left to drift."""
    return AT_REST * flip.pull / flip.cubic**2


def drifting_swing(flip: MinimumFlip, excess: float, bend: float = 0.0) -> float:
    """Return the swing x on the parabola where the minimum is steeper by `excess`; NaN where there is none.

    Parameters
    ----------
    flip : MinimumFlip
        Its coefficients, at the minimum at the edge.
    excess : float
        y.
    bend : float
        k.
    """
    if not flip.cubic > max(bend, 0.0):
        return nan
    square = 2 * (excess + flip.gap) / (flip.cubic - bend)
    return float(square**0.5) if square >= 0 else nan


def reduced_landing(
    flip: MinimumFlip, eta: float, excess: float, swing: float, *, bend: float = 0.0, steps: int = 100_000
) -> Landing:
    """Follow the reduced map from a swing at a minimum that is steeper than 2/eta.

    Parameters
    ----------
    flip : MinimumFlip
        Its coefficients, at the minimum at the edge.
    eta : float
        The step size.
    excess : float
        y at the start.
    swing : float
        x at the start; every r_j is 0.
    bend : float
        k.
    steps : int
        At most so many.

    Raises
    ------
    InputError
        Unless the swing is positive.

    Examples
    --------
    >>> import torch
    >>> from edgestab.numerics.networks.losses.objective import Objective
    >>> from edgestab.numerics.networks.stabilization.minimum_flip import flip_at_minimum
    >>> quartic = Objective("quartic", 2, (lambda w: (1 - (w[0] * w[1]) ** 2) ** 2 / 4,))
    >>> flip = flip_at_minimum(quartic, torch.tensor([10.0, 0.1], dtype=torch.float64))
    >>> excess = 3 * flip.gap
    >>> landing = reduced_landing(flip, 2 / flip.sharpness, excess, drifting_swing(flip, excess))
    >>> round(landing.gap / flip.gap, 2)
    1.0
    """
    if not swing > 0:
        raise InputError(f"an orbit must begin with a swing, got {swing:g}")
    bare, low = flip.bare / 2, at_rest(flip)
    rates, pushes = 1 - eta * flip.values, eta * flip.parts / 2
    r = 0 * flip.parts
    square, y, most = swing**2, excess, (LARGEST * swing) ** 2
    for step in range(steps):
        growth = 1 + eta * (y + float(flip.parts @ r) - bare * square)
        y -= eta * max(flip.pull / 2 + bend * y, 0.0) * square
        r = rates * r - pushes * square
        square *= growth**2
        if not (isfinite(square) and square < most):
            return Landing(nan, step + 1)
        if square < low and y < 0:
            return Landing(-y, step + 1)
    return Landing(nan, steps)
