r"""Two singular pairs of a factorization on the singular-vector set: the Hessian in the entries that would mix them.

Let :math:`x_\ell, y_\ell` be the singular values of layer l in the pairs i and j, :math:`x_{b:a} = \prod_{\ell=a}^b
x_\ell`, and :math:`e_i = x_{L:1} - \sigma_i`, :math:`e_j = y_{L:1} - \sigma_j`. In the entries :math:`a_\ell =
(W_\ell)_{ij}`, :math:`b_\ell = (W_\ell)_{ji}` the Hessian is a block of 2L rows and columns of its own,

.. math:: H_{a_\ell a_k} = p_\ell p_k,\; p_\ell = x_{L:\ell+1}y_{\ell-1:1}, \qquad
          H_{b_\ell b_k} = q_\ell q_k,\; q_\ell = y_{L:\ell+1}x_{\ell-1:1},

.. math:: H_{a_\ell b_k} = e_j\,y_{L:k+1}\,x_{k-1:\ell+1}\,y_{\ell-1:1}\ (k > \ell), \qquad
          H_{a_\ell b_k} = e_i\,x_{L:\ell+1}\,y_{\ell-1:k+1}\,x_{k-1:1}\ (k < \ell),

and 0 for k = l. The rotations of the hidden layers take L - 1 of the dimensions; L + 1 multipliers remain.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgestab.errors import InputError
from edgestab.numerics.inputs import numbers
from edgestab.numerics.matrices.two_cycle import two_cycle

Array = NDArray[np.float64]


def pair_hessian(x: ArrayLike, y: ArrayLike, sigma_i: ArrayLike, sigma_j: ArrayLike) -> Array:
    """Return the blocks, shape (m, 2L, 2L), in the order a_1, ..., a_L, b_1, ..., b_L.

    Parameters
    ----------
    x, y : array_like
        The layers' singular values in the two pairs, the first layer first, shape (m, L).
    sigma_i, sigma_j : array_like
        The target's, shape (m,).

    Examples
    --------
    >>> pair_hessian([[2.0, 2.0]], [[1.0, 1.0]], [4.0], [1.0])[0]  # a minimum: sigma_i + sigma_j, twice
    array([[4., 2., 0., 0.],
           [2., 1., 0., 0.],
           [0., 0., 1., 2.],
           [0., 0., 2., 4.]])
    """
    x, y = np.atleast_2d(numbers(x, "x")), np.atleast_2d(numbers(y, "y"))
    if x.shape != y.shape or x.shape[1] < 2:
        raise InputError(f"x and y have the same shape (m, L), L of at least 2, got {x.shape} and {y.shape}")
    m, depth = x.shape
    ei, ej = x.prod(axis=1) - np.asarray(sigma_i), y.prod(axis=1) - np.asarray(sigma_j)

    def after(v: Array, layer: int) -> Array:
        return np.asarray(v[:, layer + 1 :].prod(axis=1))

    def before(v: Array, layer: int) -> Array:
        return np.asarray(v[:, :layer].prod(axis=1))

    p = np.stack([after(x, k) * before(y, k) for k in range(depth)], axis=1)
    q = np.stack([after(y, k) * before(x, k) for k in range(depth)], axis=1)
    mixed = np.zeros((m, depth, depth))
    for a in range(depth):
        for b in range(depth):
            if b > a:
                mixed[:, a, b] = ej * after(y, b) * x[:, a + 1 : b].prod(axis=1) * before(y, a)
            elif b < a:
                mixed[:, a, b] = ei * after(x, a) * y[:, b + 1 : a].prod(axis=1) * before(x, b)
    found = np.empty((m, 2 * depth, 2 * depth))
    found[:, :depth, :depth] = p[:, :, None] * p[:, None, :]
    found[:, depth:, depth:] = q[:, :, None] * q[:, None, :]
    found[:, :depth, depth:] = mixed
    found[:, depth:, :depth] = mixed.swapaxes(1, 2)
    return found


def pair_multipliers(
    cycle: Sequence[tuple[ArrayLike, ArrayLike]], sigma_i: ArrayLike, sigma_j: ArrayLike, eta: ArrayLike
) -> NDArray[np.complex128]:
    """Return the L + 1 multipliers of cycles on the singular-vector set in the entries that mix two pairs.

    Parameters
    ----------
    cycle : sequence of (x, y)
        The layers' singular values in the two pairs at each point of the cycle, each of shape (m, L).
    sigma_i, sigma_j, eta : array_like
        The target's singular values and the step sizes, shape (m,).

    Returns
    -------
    ndarray
        Shape (m, L + 1), across the rotations of the hidden layers, whose multipliers are 1; largest modulus first.
    """
    x, y = (np.atleast_2d(numbers(v, "singular values")) for v in cycle[0])
    m, depth = x.shape
    eta = np.broadcast_to(numbers(eta, "step sizes"), (m,))
    turns = np.zeros((m, 2 * depth, depth - 1))
    for k in range(depth - 1):
        turns[:, k, k], turns[:, depth + k, k] = y[:, k], -x[:, k]
        turns[:, k + 1, k], turns[:, depth + k + 1, k] = -x[:, k + 1], y[:, k + 1]
    if not (abs(x) + abs(y)).min() > 0:
        raise InputError("in every layer one of the two singular values must not be zero")
    across = np.linalg.qr(turns, mode="complete")[0][:, :, depth - 1 :]
    image = across
    for u, v in reversed(cycle):  # by the transpose of the monodromy, which keeps what is across
        image = image - eta[:, None, None] * (pair_hessian(u, v, sigma_i, sigma_j) @ image)
    values = np.linalg.eigvals(across.swapaxes(1, 2) @ image).astype(np.complex128)
    return np.take_along_axis(values, np.argsort(-abs(values), axis=1, kind="stable"), axis=1)


def chain_hessian(x: ArrayLike, sigma: ArrayLike) -> Array:
    r"""Return the Hessian of :math:`\tfrac12(x_{L:1} - \sigma)^2`, the block of one singular pair, shape (m, L, L).

    Examples
    --------
    >>> chain_hessian([[2.0, 3.0]], [5.0])[0]
    array([[9., 7.],
           [7., 4.]])
    """
    x = np.atleast_2d(numbers(x, "x"))
    depth = x.shape[1]
    error = x.prod(axis=1) - np.asarray(sigma)
    slope = np.stack([np.delete(x, k, axis=1).prod(axis=1) for k in range(depth)], axis=1)
    found = slope[:, :, None] * slope[:, None, :]
    for a, b in combinations(range(depth), 2):
        rest = error * np.delete(x, [a, b], axis=1).prod(axis=1)
        found[:, a, b] += rest
        found[:, b, a] += rest
    return np.asarray(found)


def two_cycle_multipliers(
    eta: float, sigma: Sequence[float], depth: int, signs: Sequence[int] | None = None
) -> dict[tuple[int, int], NDArray[np.complex128]]:
    """Return all multipliers of the balanced 2-cycle of a square factorization, by the pairs (i, j) they belong to.

    Parameters
    ----------
    eta : float
        The step size.
    sigma : sequence of float
        All singular values of the target, positive.
    depth : int
        L.
    signs : sequence of {1, -1}, optional
        The phases, see `two_cycle_starts`.

    Returns
    -------
    dict
        For i = j the L multipliers of the pair's own chain, for i < j the L + 1 of the entries that mix the two.

    Examples
    --------
    >>> found = two_cycle_multipliers(0.12, [10.0, 6.0], 2)  # eta (10 + 6) < 2: the rank-one orbit attracts
    >>> float(abs(found[0, 1][0]).round(6)), float(abs(found[0, 0][0]).round(6))
    (0.911263, 0.68)
    """
    values = numbers(sigma, "singular values")
    if values.ndim != 1 or not (values > 0).all():
        raise InputError("singular values must be positive: the entries that mix two zero ones do not move")
    low, high = two_cycle(eta, values, depth)
    if signs is not None:
        if len(signs) != len(values) or any(s not in (1, -1) for s in signs):
            raise InputError(f"signs are 1 or -1, one for each of the {len(values)} singular values")
        swap = np.array(signs) < 0
        low, high = np.where(swap, high, low), np.where(swap, low, high)

    def layers(x: float) -> Array:
        return np.full((1, depth), x)

    found = {}
    for i, sigma_i in enumerate(values):
        matrix = np.eye(depth)[None]
        for x in (low[i], high[i]):
            matrix = (np.eye(depth) - eta * chain_hessian(layers(x), [sigma_i])) @ matrix
        own = np.linalg.eigvals(matrix)[0].astype(np.complex128)
        found[i, i] = own[np.argsort(-abs(own), kind="stable")]
        for j in range(i + 1, len(values)):
            cycle = [(layers(x[i]), layers(x[j])) for x in (low, high)]
            found[i, j] = pair_multipliers(cycle, [sigma_i], [values[j]], [eta])[0]
    return found
