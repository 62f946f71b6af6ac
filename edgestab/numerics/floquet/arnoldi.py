"""The leading eigenvalues of an operator by Arnoldi's method, without restarts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Ritz:
    """Leading eigenvalues.

    Parameters
    ----------
    values : ndarray
        The eigenvalues of largest modulus, largest first.
    residuals : ndarray
        |A u - lambda u| of each, for |u| = 1.
    products : int
        How many products with A were spent.
    converged : bool
        Whether all the residuals are within the tolerance.
    vector : ndarray
        The Ritz vector of the first, of norm 1.
    """

    values: NDArray[np.complex128]
    residuals: NDArray[np.float64]
    products: int
    converged: bool
    vector: NDArray[np.complex128]


def leading(
    product: Callable[[Vector], Vector],
    start: Vector,
    count: int,
    *,
    tolerance: float = 1e-9,
    most: int = 200,
    besides: float = 0.0,
) -> Ritz:
    """Return the `count` eigenvalues of largest modulus that Krylov's space of a start knows.

    Of an eigenvalue with several eigenvectors it knows one.

    Parameters
    ----------
    product : callable
        v to A v.
    start : ndarray
        Shape (p,).
    count : int
        How many; a complex pair counts twice.
    tolerance : float
        Each residual is at most this multiple of the largest modulus, or of 1.
    most : int
        Products, and vectors in memory, at most.
    besides : float
        Values nearer to 1 than this are left out: rounding brings them in where the start had no part in them.

    Examples
    --------
    >>> values = np.arange(1.0, 101.0)
    >>> found = leading(lambda v: values * v, np.ones(100), 2)
    >>> found.values.real.round(6), found.converged
    (array([100.,  99.]), True)
    """
    p = len(start)
    most = min(most, p)
    basis = np.zeros((most + 1, p))
    small = np.zeros((most + 1, most))
    basis[0] = start / np.linalg.norm(start)
    found = None
    for k in range(most):
        v = product(basis[k])
        norm = float(np.linalg.norm(v))
        for _ in range(2):  # twice is enough
            overlap = basis[: k + 1] @ v
            small[: k + 1, k] += overlap
            v = v - overlap @ basis[: k + 1]
        rest = float(np.linalg.norm(v))
        closed = rest <= 1e-14 * max(norm, 1e-300)
        small[k + 1, k] = 0.0 if closed else rest
        if closed or k + 1 == most or (k + 1 >= count + 2 and (k + 1) % 5 == 0):
            found = _ritz(basis, small, k + 1, count, tolerance, besides)
            if closed or found.converged:
                return found
        basis[k + 1] = v / rest
    assert found is not None  # most is at least 1
    return found


def _ritz(basis: Vector, small: Vector, k: int, count: int, tolerance: float, besides: float) -> Ritz:
    values, vectors = np.linalg.eig(small[:k, :k])
    order = np.argsort(-abs(values), kind="stable")
    order = order[abs(values[order] - 1) >= besides][:count]
    if not len(order):
        none = np.zeros(0)
        return Ritz(none.astype(np.complex128), none, k, bool(small[k, k - 1] == 0), 0j * basis[0])
    values, vectors = values[order].astype(np.complex128), vectors[:, order]
    residuals = abs(small[k, k - 1]) * abs(vectors[-1])
    within = bool((residuals <= tolerance * max(1.0, float(abs(values[0])))).all())
    return Ritz(
        values,
        residuals,
        k,
        within and (len(values) == count or small[k, k - 1] == 0),
        (vectors[:, 0] @ basis[:k]).astype(np.complex128),
    )
