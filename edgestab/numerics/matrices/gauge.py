r"""The rotations of the hidden layers, and what is across them.

They are :math:`W_\ell\to R_\ell W_\ell R_{\ell-1}^T` with orthogonal R and :math:`R_0 = R_L = I`. The loss and the
norm do not change, so gradient descent commutes with the group, and a cycle's monodromy M fixes the tangent of the
group's orbit,

.. math:: T = \{(A_\ell W_\ell - W_\ell A_{\ell-1})_\ell : A_\ell^T = -A_\ell,\ A_0 = A_L = 0\}, \qquad Mt = t.

The projection onto its complement solves the normal equations: with :math:`(G A)_\ell = A_\ell W_\ell - W_\ell
A_{\ell-1}`,

.. math:: (G^TGA)_\ell = \mathrm{skew}\bigl(A_\ell W_\ell W_\ell^T - W_\ell A_{\ell-1}W_\ell^T
          - W_{\ell+1}^TA_{\ell+1}W_{\ell+1} + W_{\ell+1}^TW_{\ell+1}A_\ell\bigr),

by conjugate gradients whose preconditioner solves the Lyapunov equations :math:`SA + AS = B`,
:math:`S = \tfrac12(W_\ell W_\ell^T + W_{\ell+1}^TW_{\ell+1})`, of the blocks on the diagonal.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Matrices = Sequence[Matrix]


def tangent(layers: Matrices, skew: Matrices) -> list[Matrix]:
    r"""Return :math:`(A_\ell W_\ell - W_\ell A_{\ell-1})_\ell` for skew matrices :math:`A_1, \dots, A_{L-1}`."""
    a = [None, *skew, None]
    found = []
    for w, (before, after) in zip(layers, pairwise(a), strict=True):
        part = np.zeros_like(w)
        if after is not None:
            part = part + after @ w
        if before is not None:
            part = part - w @ before
        found.append(part)
    return found


def adjoint(layers: Matrices, vector: Matrices) -> list[Matrix]:
    """Return the transpose of `tangent` applied to a vector: skew matrices."""
    return [_skew(va @ a.T - b.T @ vb) for (a, b), (va, vb) in zip(pairwise(layers), pairwise(vector), strict=True)]


def project(layers: Matrices, vector: Matrices, tolerance: float = 1e-15, most: int = 200) -> list[Matrix]:
    """Return a vector without its part along the orbit of the group.

    Parameters
    ----------
    layers, vector : sequence of ndarray
        W_1, ..., W_L, and a vector of the same shapes.
    tolerance : float
        The normal equations are solved to this multiple of the norms of the vector and of the layers.
    most : int
        Iterations; a handful do unless the layers are far from balanced.

    Examples
    --------
    >>> layers = [np.diag([1.0, 2.0]), np.diag([1.0, 2.0])]
    >>> turn = tangent(layers, [np.array([[0.0, 1.0], [-1.0, 0.0]])])
    >>> max(float(abs(x).max()) for x in project(layers, turn)) < 1e-14
    True
    """
    size = sum(float(np.sum(v**2)) for v in vector) ** 0.5
    scale = sum(float(np.sum(w**2)) for w in layers) ** 0.5
    found = [np.array(v) for v in vector]
    if size == 0 or scale == 0 or max(w.shape[0] for w in layers[:-1]) < 2:
        return found
    solvers = [_Lyapunov(0.5 * (a @ a.T + b.T @ b)) for a, b in pairwise(layers)]
    residual = adjoint(layers, found)
    total = [np.zeros_like(r) for r in residual]
    direction = preconditioned = [s(r) for s, r in zip(solvers, residual, strict=True)]
    weight = _dot(residual, preconditioned)
    for _ in range(most):
        if _dot(residual, residual) ** 0.5 <= tolerance * size * scale or weight <= 0:
            break
        image = adjoint(layers, tangent(layers, direction))
        curvature = _dot(direction, image)
        if not curvature > 0:
            break
        rate = weight / curvature
        total = [x + rate * d for x, d in zip(total, direction, strict=True)]
        residual = [r - rate * i for r, i in zip(residual, image, strict=True)]
        preconditioned = [s(r) for s, r in zip(solvers, residual, strict=True)]
        before, weight = weight, _dot(residual, preconditioned)
        direction = [p + weight / before * d for p, d in zip(preconditioned, direction, strict=True)]
    return [v - t for v, t in zip(found, tangent(layers, total), strict=True)]


def basis(layers: Matrices) -> Matrix:
    """Return an orthonormal basis of the tangent, one vector a column, from dense matrices: for small sizes."""
    columns = []
    for number, w in enumerate(layers[:-1]):
        n = w.shape[0]
        for i in range(n):
            for j in range(i):
                skew = [np.zeros((x.shape[0],) * 2) for x in layers[:-1]]
                skew[number][i, j], skew[number][j, i] = 1.0, -1.0
                columns.append(np.concatenate([x.ravel() for x in tangent(layers, skew)]))
    size = sum(w.size for w in layers)
    if not columns:
        return np.zeros((size, 0))
    u, s, _ = np.linalg.svd(np.array(columns).T, full_matrices=False)
    return u[:, s > 1e-12 * max(s[0], 1e-300)]


class _Lyapunov:
    """Solve S A + A S = B for a positive semidefinite S; what S does not see is left at zero."""

    def __init__(self, s: Matrix) -> None:
        values, self._turn = np.linalg.eigh(s)
        sums = values[:, None] + values[None, :]
        safe = sums > 1e-13 * max(float(values[-1]), 1e-300)
        self._inverse = np.where(safe, 1 / np.where(safe, sums, 1), 0)

    def __call__(self, b: Matrix) -> Matrix:
        q = self._turn
        return np.asarray(q @ (self._inverse * (q.T @ b @ q)) @ q.T)


def _skew(x: Matrix) -> Matrix:
    return np.asarray((x - x.T) / 2)


def _dot(a: Matrices, b: Matrices) -> float:
    return sum(float(np.sum(x * y)) for x, y in zip(a, b, strict=True))
