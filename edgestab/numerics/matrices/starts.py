r"""Starts of deep factorizations: on the singular-vector set, rotated, random, perturbed.

On the singular-vector set :math:`W_\ell = Q_\ell\Sigma_\ell Q_{\ell-1}^T` with :math:`Q_0 = V`, :math:`Q_L = U` of
the target :math:`M = U\Sigma V^T`, any orthogonal Q between, and diagonal :math:`\Sigma_\ell`: gradient descent
stays there, and every singular pair follows a scalar chain of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgestab.errors import InputError
from edgestab.numerics.inputs import numbers
from edgestab.numerics.matrices.factorization import Factorization

Array = NDArray[np.float64]


def on_singular_vectors(model: Factorization, values: ArrayLike, rotations: Sequence[Array] | None = None) -> Array:
    r"""Return starts on the singular-vector set, shape (m, p).

    Parameters
    ----------
    model : Factorization
        Without data.
    values : array_like
        The diagonal of each layer, shape (L, r) or (m, L, r); r at most every width.
    rotations : sequence of ndarray, optional
        Q_1, ..., Q_(L-1), orthogonal; by default the identity.

    Raises
    ------
    InputError
        When the shapes do not fit.

    Examples
    --------
    >>> from edgestab.numerics.matrices.factorization import factorization
    >>> model = factorization(np.diag([4.0, 1.0]))
    >>> on_singular_vectors(model, [[2, 1], [2, 1]])
    array([[2., 0., 0., 1., 2., 0., 0., 1.]])
    """
    given = numbers(values, "the singular values")
    stack = given[None] if given.ndim == 2 else given
    _without_data(model)
    if stack.ndim != 3 or stack.shape[1] != model.depth or not 0 < stack.shape[2] <= min(model.widths):
        raise InputError(
            f"the singular values have shape (L, r) or (m, L, r) with L = {model.depth} and r at most "
            f"{min(model.widths)}, the narrowest width, got {given.shape}"
        )
    r = stack.shape[2]
    u, _, v = model.svd
    hidden = [np.eye(n) for n in model.widths[1:-1]] if rotations is None else list(rotations)
    if [q.shape for q in hidden] != [(n, n) for n in model.widths[1:-1]]:
        raise InputError(f"rotations are one orthogonal matrix for each hidden width {list(model.widths[1:-1])}")
    turns = [v, *hidden, u]
    # A diagonal target has signed unit vectors: products with their exact zeros and ones keep the exact zeros.
    layers = [(turns[k + 1][:, :r] * stack[:, k, None, :]) @ turns[k][:, :r].T for k in range(model.depth)]
    return np.concatenate([x.reshape(len(stack), -1) for x in layers], axis=1) + 0.0


def balanced(model: Factorization, rotations: Sequence[Array] | None = None) -> Array:
    r"""Return the balanced minimum, every layer with singular values :math:`\sigma_i^{1/L}`, shape (1, p)."""
    values = model.svd[1][: min(model.widths)]
    values = np.where(values > 1e-12 * values[0], values, 0.0) ** (1 / model.depth)
    return on_singular_vectors(model, np.tile(values, (model.depth, 1)), rotations)


def small(model: Factorization, alpha: float, rotations: Sequence[Array] | None = None) -> Array:
    r"""Return :math:`W_L = 0` and all others :math:`\alpha` times (rotated) identities, shape (1, p)."""
    if not (np.isfinite(alpha) and alpha > 0):
        raise InputError(f"alpha must be positive and finite, got {alpha}")
    values = np.full((model.depth, min(model.widths)), float(alpha))
    values[-1] = 0.0
    return on_singular_vectors(model, values, rotations)


def generic(model: Factorization, seed: int) -> list[Array]:
    """Return a random orthogonal matrix for each hidden layer, uniform in the orthogonal group."""
    random = np.random.default_rng(seed)
    found = []
    for n in model.widths[1:-1]:
        q, r = np.linalg.qr(random.standard_normal((n, n)))
        found.append(q * np.sign(np.diag(r)))
    return found


def gaussian(model: Factorization, scale: float, seed: int, count: int = 1) -> Array:
    """Return `count` starts with independent normal entries of standard deviation `scale`, shape (count, p).

    Every start has a stream of its own: it is the same whatever the count.
    """
    if not (np.isfinite(scale) and scale > 0):
        raise InputError(f"the scale must be positive and finite, got {scale}")
    return scale * _streams(seed, count, model.size)


def perturbed(starts: ArrayLike, size: float, seed: int) -> Array:
    """Return starts of shape (m, p) with independent normal entries of standard deviation `size` added."""
    w = np.atleast_2d(numbers(starts, "the starts"))
    return np.asarray(w + size * _streams(seed, len(w), w.shape[1]))


def _streams(seed: int, count: int, size: int) -> Array:
    return np.array([np.random.default_rng([seed, k]).standard_normal(size) for k in range(count)])


def _without_data(model: Factorization) -> None:
    if model.data is not None:
        raise InputError("the singular-vector set is that of a factorization without data")
