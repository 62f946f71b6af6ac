r"""Where orbits of l(xy) land that begin beside the edge, simulated.

In the notation of `edgestab.theory.landing`, a start with :math:`(h\eta/2)^2((x^2 - y^2)^2 + 4d_0^2) = 1 + u` lies
beside the minimum of sharpness :math:`(2/\eta)\sqrt{1 + u}`, and :math:`b = xy - d_0` is how far it is from it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edgestab.numerics.orbits.follow import Rules
from edgestab.numerics.orbits.gap import gap
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.orbits.sweep import sweep
from edgestab.theory.landing import ProductMinimum
from edgestab.theory.loss import Loss
from edgestab.theory.models.of_loss import model_of_loss
from edgestab.theory.symbols import ETA

Array = NDArray[np.float64]

BEYOND = 0.1
"""u of the start: 5 % above the edge."""

BESIDE = 0.2
"""b of the start, as a part of where the frozen 2-cycle is: inside the tube, and not on it."""

RULES = Rules(plain=20_000_000)
"""Orbits come to their minimum in some 100 eta^-2 steps."""


def starts_beyond(at: ProductMinimum, eta: Array, beyond: float = BEYOND, beside: float = BESIDE) -> Array:
    r"""Return x and y of a start beside a minimum beyond the edge, at each step size.

    Parameters
    ----------
    at : ProductMinimum
        The minimum of l, with alpha > 0.
    eta : ndarray, shape (n,)
        Step sizes.
    beyond : float
        u of the start: for the default 0.1 the minimum is 5 % above the edge.
    beside : float
        b of the start, as a part of where the frozen 2-cycle is to leading order.

    Returns
    -------
    ndarray, shape (2, n)
        NaN where no minimum is so steep.

    Raises
    ------
    InputError
        When alpha is not positive.

    Examples
    --------
    >>> import sympy as sp
    >>> from edgestab.theory.models.product import P
    >>> starts_beyond(ProductMinimum((1 - P**2) ** 2 / 4, sp.S.One), np.array([0.1, 0.7])).round(3)
    array([[3.224,   nan],
           [0.317,   nan]])
    """
    d0, h, constant = (float(v) for v in (at.place, at.curvature, at.constant))
    b = beside * np.sqrt(beyond * constant) / h  # the 2-cycle is at b^2 = u 3 h^2/alpha
    with np.errstate(invalid="ignore"):
        balance = np.sqrt(4 * (1 + beyond) / (h * eta) ** 2 - 4 * d0**2)
    x = np.sqrt((np.sqrt(balance**2 + 4 * (d0 + b) ** 2) + balance) / 2)
    return np.stack([x, (d0 + b) / x])


def landing_gaps(loss: Loss, at: ProductMinimum, eta: Array) -> Array:
    r"""Return :math:`(2/\eta - S_\infty)/\eta` of one orbit at each step size.

    Parameters
    ----------
    loss : Loss
        l(xy), in two parameters.
    at : ProductMinimum
        The minimum of l, with alpha > 0.
    eta : ndarray, shape (n,)
        Step sizes.

    Returns
    -------
    ndarray, shape (n,)
        NaN where the orbit converged nowhere, or no start is so steep: eta is too large then.

    Raises
    ------
    InputError
        When alpha is not positive.

    Examples
    --------
    >>> from edgestab.theory.landing import product_minimum
    >>> loss = Loss.parse("(1 - x**2*y**2)**2/4", "x y")
    >>> landing_gaps(loss, product_minimum(loss), np.array([0.1])).round(4)
    array([0.4615])
    """
    starts = starts_beyond(at, eta)
    steep = np.isfinite(starts[0])
    found = sweep(model_of_loss(loss), starts[:, steep], {ETA: eta[steep]}, rules=RULES)
    converged = found["status"].values == Status.CONVERGED
    gaps = np.full(eta.size, np.nan)
    gaps[steep] = np.where(converged, gap(found["sharpness"].values, eta[steep]), np.nan)
    return gaps
