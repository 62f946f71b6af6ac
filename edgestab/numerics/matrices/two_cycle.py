r"""The 2-cycle of the balanced chain in closed form, up to one scalar equation.

The chain is :math:`F(\rho) = \rho + \eta(\sigma - \rho^L)\rho^{L-1}`. With :math:`\rho_2 = z\rho_1`, :math:`z > 1`,
:math:`h = \eta\sigma^{2-2/L}`,

.. math:: \frac{\rho_1^L}\sigma = \frac{1 + z^{L-1}}{1 + z^{2L-1}}, \qquad
          h(z) = \frac{(z - 1)(1 + z^{2L-1})^{2-2/L}}{z^{L-1}(z^L - 1)(1 + z^{L-1})^{1-2/L}},

which increases from h(1) = 2/L, the edge of stability, to infinity: one positive 2-cycle for each :math:`\eta > 2/S`,
:math:`S = L\sigma^{2-2/L}`, and none below. In the full space this is the orbit of a singular pair of a deep
factorization.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from edgestab.errors import InputError
from edgestab.numerics.inputs import numbers

if TYPE_CHECKING:
    from edgestab.numerics.matrices.factorization import Factorization

Array = NDArray[np.float64]

HALVINGS = 200
"""Bisections of ln z at most."""


def scaled_step(z: ArrayLike, depth: int) -> Array:
    r"""Return :math:`h(z) = \eta\sigma^{2-2/L}` of the 2-cycle whose values have the ratio z > 1.

    Examples
    --------
    >>> float(scaled_step((1 + 5**0.5) / 2, 2))  # the second flip for L = 2: golden ratio, sqrt 5 - 1
    1.2360679774997...
    """
    z = np.asarray(z, dtype=np.float64)
    w = 1 / z  # in it nothing overflows before h does, and (z^L - 1)/(z - 1) is a sum
    geometric = sum(w**k for k in range(depth))
    with np.errstate(over="ignore"):
        scale = z ** (depth - 1) / geometric
    return np.asarray(scale * (1 + w ** (2 * depth - 1)) ** (2 - 2 / depth) / (1 + w ** (depth - 1)) ** (1 - 2 / depth))


def two_cycle(eta: ArrayLike, sigma: ArrayLike, depth: int) -> tuple[Array, Array]:
    r"""Return the positive 2-cycle :math:`\rho_1 < \sigma^{1/L} < \rho_2`, or the minimum twice where there is none.

    Parameters
    ----------
    eta, sigma : array_like
        Step sizes and singular values, positive, broadcast; sigma may be 0, where both values are 0.
    depth : int
        L, at least 2.

    Raises
    ------
    InputError
        When a number is out of its range.

    Examples
    --------
    >>> low, high = two_cycle(0.03625, [10.0, 9.5, 9.0], 3)
    >>> (high**3 - low**3).round(8).tolist()
    [5.80636136, 4.28484135, 1.86515741]
    """
    eta, sigma = np.broadcast_arrays(numbers(eta, "step sizes"), numbers(sigma, "singular values"))
    if depth < 2:
        raise InputError(f"the depth must be at least 2, got {depth}")
    if not (np.isfinite(eta).all() and np.isfinite(sigma).all() and (eta > 0).all() and (sigma >= 0).all()):
        raise InputError("step sizes must be positive, singular values not negative, and all finite")
    h = eta * sigma ** (2 - 2 / depth)
    moves = depth * h > 2
    low, high = np.zeros(h.shape), np.ones(h.shape)
    for _ in range(60):
        high = np.where(scaled_step(np.exp(high), depth) < h, 2 * high, high)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        below = scaled_step(np.exp(middle), depth) < h
        new_low, new_high = np.where(below, middle, low), np.where(below, high, middle)
        if (new_low == low).all() and (new_high == high).all():
            break
        low, high = new_low, new_high
    z = np.where(moves, np.exp((low + high) / 2), 1.0)
    w = 1 / z
    shape = np.where(moves, (1 + w ** (depth - 1)) / (1 + w ** (2 * depth - 1)), 1.0)
    first = w * (sigma * shape) ** (1 / depth)
    return first, z * first


def multiplier(eta: ArrayLike, sigma: ArrayLike, depth: int) -> Array:
    r"""Return :math:`F'(\rho_1)F'(\rho_2)`, the multiplier on the balanced line; at a minimum, F' squared.

    Examples
    --------
    >>> round(float(multiplier(5**0.5 - 1, 1.0, 2)), 6)  # the second flip
    -1.0
    """
    eta, sigma = numbers(eta, "step sizes"), numbers(sigma, "singular values")

    def slope(rho: Array) -> Array:
        return np.asarray(
            1 + eta * ((depth - 1) * sigma * rho ** (depth - 2) - (2 * depth - 1) * rho ** (2 * depth - 2))
        )

    low, high = two_cycle(eta, sigma, depth)
    return slope(low) * slope(high)


def second_flip(depth: int) -> float:
    r"""Return :math:`\eta\sigma^{2-2/L}` where the multiplier on the balanced line is -1: the 2-cycle attracts below.

    Examples
    --------
    >>> [round(second_flip(depth) * depth, 9) for depth in (2, 3)]
    [2.472135955, 2.489214786]
    """
    edge = 2 / depth
    root = brentq(lambda h: float(multiplier(h, 1.0, depth)) + 1, 1.05 * edge, 1.5 * edge, xtol=1e-15, rtol=1e-14)
    return float(root)


def two_cycle_starts(
    model: Factorization, eta: float, signs: Sequence[int] | None = None, rotations: Sequence[Array] | None = None
) -> tuple[Array, Array]:
    r"""Return the two points of the balanced 2-cycle of a factorization, flat parameters of shape (p,).

    Every singular value with :math:`S_i > 2/\eta` oscillates; the others are at their minimum.

    Parameters
    ----------
    model : Factorization
        Without data.
    eta : float
        The step size.
    signs : sequence of {1, -1}, optional
        For each singular value whether it is low (1, the default) or high (-1) at the first point: the phases.
    rotations : sequence of ndarray, optional
        Of the hidden layers.
    """
    from edgestab.numerics.matrices.starts import on_singular_vectors

    sigma = model.svd[1][: min(model.widths)]
    sigma = np.where(sigma > 1e-12 * sigma[0], sigma, 0.0)
    first, second = two_cycle(eta, sigma, model.depth)
    if signs is not None:
        if len(signs) > len(sigma) or any(s not in (1, -1) for s in signs):
            raise InputError(f"signs are 1 or -1, at most one for each of the {len(sigma)} singular values")
        swap = np.array([*signs, *[1] * (len(sigma) - len(signs))]) < 0
        first, second = np.where(swap, second, first), np.where(swap, first, second)
    layers = [np.tile(x, (model.depth, 1)) for x in (first, second)]
    a, b = (on_singular_vectors(model, x, rotations)[0] for x in layers)
    return a, b
