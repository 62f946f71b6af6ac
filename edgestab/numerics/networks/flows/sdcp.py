r"""The semidefinite complementarity problem of central flows (Cohen et al. 2024), for a handful of eigenvalues.

.. math:: X \succeq 0, \qquad S = A + B[X] \succeq 0, \qquad \langle X, S\rangle = 0.

For B symmetric and positive semidefinite these are the optimality conditions of the convex problem
:math:`\min_{X \succeq 0} \tfrac12\langle X, B[X]\rangle + \langle A, X\rangle`. It is solved by a primal-dual
interior-point method with the scaling of Nesterov & Todd (1997) and the corrector of Mehrotra (1992): first-order
methods need thousands of steps where B is nearly singular, and this one needs about ten whatever B is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, cho_factor, cho_solve

from edgestab.errors import InputError

Matrix = NDArray[np.float64]
"""Shape (k, k) for A, X and S; (k, k, k, k) for B, with B[X]_ij = sum_kl B_ijkl X_kl."""


@dataclass(frozen=True)
class Complementarity:
    """A solution.

    Parameters
    ----------
    X : array
        Shape (k, k), positive semidefinite.
    S : array
        A + B[X], shape (k, k).
    residual : float
        See `kkt_residual`.
    iterations : int
        Of the interior-point method; 0 where the solution has a closed form.
    """

    X: Matrix
    S: Matrix
    residual: float
    iterations: int = 0


def kkt_residual(A: Matrix, B: Matrix, X: Matrix) -> float:
    r"""Return how far X is from a solution, without units.

    It is the largest of :math:`\lambda^-(X)/|X|`, :math:`\lambda^-(S)/s` and :math:`|\langle X, S\rangle|/(|X| s)`,
    where :math:`\lambda^-` is the size of the most negative eigenvalue and :math:`s = |A| + |B[X]|`.

    Examples
    --------
    >>> one = np.ones((1, 1, 1, 1))
    >>> kkt_residual(-np.eye(1), one, np.eye(1)), kkt_residual(-np.eye(1), one, 0 * np.eye(1))
    (0.0, 1.0)
    """
    image = np.einsum("ijkl,kl->ij", B, X)
    S = A + image
    size, scale = float(np.linalg.norm(X)), float(np.linalg.norm(A) + np.linalg.norm(image))
    if scale == 0:
        return max(0.0, -_least(X) / size) if size else 0.0
    dual = max(0.0, -_least(S)) / scale
    if size == 0:
        return dual
    return max(max(0.0, -_least(X)) / size, dual, abs(float(np.sum(X * S))) / (size * scale))


def solve_sdcp(A: Matrix, B: Matrix, *, tolerance: float = 1e-9, most_iterations: int = 60) -> Complementarity:
    r"""Solve :math:`X \succeq 0,\ A + B[X] \succeq 0,\ \langle X, A + B[X]\rangle = 0`.

    Parameters
    ----------
    A : array
        Shape (k, k), symmetric.
    B : array
        Shape (k, k, k, k), symmetric and positive semidefinite as a map of symmetric matrices.
    tolerance : float
        The largest `kkt_residual` that is accepted.
    most_iterations : int
        Of the interior-point method.

    Returns
    -------
    Complementarity
        For k = 1 it is :math:`X = \max(0, -A/B)`, and X = 0 wherever A is positive semidefinite.

    Raises
    ------
    InputError
        For shapes that do not fit, numbers that are not finite, or B that is not positive semidefinite.
    RuntimeError
        When no X was found; there is none when no A + B[X] is positive semidefinite.

    Examples
    --------
    >>> A = np.diag([-2.0, 1.0])
    >>> B = np.einsum("ik,jl->ijkl", np.eye(2), np.eye(2))
    >>> solve_sdcp(A, B).X.round(9) + 0.0
    array([[2., 0.],
           [0., 0.]])
    """
    A, B = _require(A, B)
    k = len(A)
    if k == 0 or _least(A) >= 0:
        return _finish(A, B, np.zeros((k, k)), 0, tolerance)
    if k == 1:
        if B[0, 0, 0, 0] <= 0:
            raise RuntimeError(f"no solution: A = {A[0, 0]:g} is negative and B = {B[0, 0, 0, 0]:g} cannot raise it")
        return _finish(A, B, -A / B[0, 0, 0, 0], 0, tolerance)
    # The problem of D A D and of B conjugated by D has the solution D^-1 X D^-1: each row gets a scale of its own.
    diagonal = np.einsum("iiii->i", B)
    D = np.maximum(diagonal, 1e-16 * diagonal.max()) ** -0.25 if diagonal.max() > 0 else np.ones(k)
    scaled_A = A * np.outer(D, D)
    scaled_B = np.einsum("ijkl,i,j,k,l->ijkl", B, D, D, D, D)
    a, b = float(np.linalg.norm(scaled_A)), float(np.linalg.norm(scaled_B.reshape(k * k, k * k), 2)) or 1.0
    X, iterations = _interior_point(scaled_A / a, scaled_B / b, most_iterations)
    return _finish(A, B, X * (a / b) * np.outer(D, D), iterations, tolerance)


def _interior_point(A: Matrix, B: Matrix, most: int) -> tuple[Matrix, int]:
    """The best X found, and after how many iterations the method stopped."""
    k = len(A)
    operator = B.reshape(k * k, k * k)
    X, S = np.eye(k), np.eye(k)
    best, least = np.zeros((k, k)), kkt_residual(A, B, np.zeros((k, k)))
    iteration, step = 0, 1.0
    while iteration < most and least > 1e-13 and step > 1e-8:
        iteration += 1
        try:
            G, G_inverse, scaled = _scaling(X, S)
            gap = A + (operator @ X.ravel()).reshape(k, k) - S
            target = G.T @ gap @ G
            T = np.kron(G, G)
            factor = cho_factor(np.eye(k * k) + T.T @ operator @ T, check_finite=False)
            mu = float(np.mean(scaled**2))
            sums = scaled[:, None] + scaled[None, :]

            def direction(rhs: Matrix) -> tuple[Matrix, Matrix]:
                # B023 warns of loop variables in a function kept for later; this one is called at once.
                total = 2 * rhs / sums  # noqa: B023
                right = (total - target).ravel()  # noqa: B023
                dX = cho_solve(factor, right, check_finite=False).reshape(k, k)  # noqa: B023
                return _symmetric(dX), _symmetric(total - dX)

            dX, dS = direction(-np.diag(scaled**2))
            reach = min(1.0, _reach(scaled, dX), _reach(scaled, dS))
            ahead = float(np.sum((np.diag(scaled) + reach * dX) * (np.diag(scaled) + reach * dS))) / k
            centring = max(0.0, ahead / mu) ** 3
            dX, dS = direction(centring * mu * np.eye(k) - np.diag(scaled**2) - _symmetric(dX @ dS))
            step = min(1.0, 0.99 * min(_reach(scaled, dX), _reach(scaled, dS)))
            X = _symmetric(X + step * (G @ dX @ G.T))
            S = _symmetric(S + step * (G_inverse.T @ dS @ G_inverse))
        except (LinAlgError, np.linalg.LinAlgError):
            break
        residual = kkt_residual(A, B, X)
        if residual < least:
            best, least = X, residual
    return best, iteration


def _scaling(X: Matrix, S: Matrix) -> tuple[Matrix, Matrix, Matrix]:
    r"""G, its inverse and the diagonal of :math:`G^{-1}XG^{-T} = G^TSG`."""
    L, R = np.linalg.cholesky(X), np.linalg.cholesky(S)
    U, scaled, Vt = np.linalg.svd(R.T @ L)
    root = np.sqrt(scaled)
    return L @ Vt.T / root, (U / root).T @ R.T, scaled


def _reach(scaled: Matrix, change: Matrix) -> float:
    """The largest step along which diag(scaled) + step change stays positive semidefinite."""
    root = np.sqrt(scaled)
    least = _least(change / np.outer(root, root))
    return -1 / least if least < 0 else np.inf


def _finish(A: Matrix, B: Matrix, X: Matrix, iterations: int, tolerance: float) -> Complementarity:
    residual = kkt_residual(A, B, X)
    if not residual <= tolerance:
        raise RuntimeError(
            f"the complementarity problem of {len(A)} eigenvalues was not solved: residual {residual:.1e} instead of "
            f"{tolerance:g} after {iterations} iterations; perhaps no A + B[X] is positive semidefinite"
        )
    return Complementarity(X, A + np.einsum("ijkl,kl->ij", B, X), residual, iterations)


def _require(A: Matrix, B: Matrix) -> tuple[Matrix, Matrix]:
    A, B = np.asarray(A, dtype=float), np.asarray(B, dtype=float)
    k = len(A)
    if A.shape != (k, k) or B.shape != (k, k, k, k):
        raise InputError(f"A must have the shape (k, k) and B (k, k, k, k), got {A.shape} and {B.shape}")
    if not (np.isfinite(A).all() and np.isfinite(B).all()):
        raise InputError("A and B must be finite")
    A = _symmetric(A)
    B = (B + B.transpose(1, 0, 2, 3)) / 2
    B = (B + B.transpose(0, 1, 3, 2)) / 2
    operator = B.reshape(k * k, k * k)
    scale = float(np.abs(operator).max(initial=0.0))
    if np.abs(operator - operator.T).max(initial=0.0) > 1e-8 * scale:
        raise InputError("B must be symmetric: <X, B[Y]> = <Y, B[X]>")
    operator = (operator + operator.T) / 2
    if k and float(np.linalg.eigvalsh(operator)[0]) < -1e-8 * scale:
        raise InputError("B must be positive semidefinite: <X, B[X]> >= 0")
    return A, operator.reshape(k, k, k, k)


def _symmetric(X: Matrix) -> Matrix:
    return (X + X.T) / 2


def _least(X: Matrix) -> float:
    return float(np.linalg.eigvalsh(X)[0])
