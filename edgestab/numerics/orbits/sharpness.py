"""Sharpness in floating point: the largest eigenvalue of a loss's Hessian at many points."""

from __future__ import annotations

import functools

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from edgestab.numerics.printers import reference
from edgestab.numerics.programs.program import Program, program_of
from edgestab.theory.loss import Loss


@functools.lru_cache(maxsize=64)
def hessian_program(loss: Loss) -> Program:
    """Return the program of the upper triangle of the Hessian, row by row."""
    n = len(loss.parameters)
    entries: list[sp.Expr] = [loss.hessian[i, j] for i in range(n) for j in range(i, n)]
    return program_of(entries, (*loss.parameters, *loss.constants))


def sharpness(loss: Loss, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the largest Hessian eigenvalue at each point.

    Parameters
    ----------
    loss : Loss
        The loss.
    points : ndarray, shape (n_parameters + n_constants, n)
        One column a point, the values of constants last.

    Returns
    -------
    ndarray, shape (n,)
        NaN where the Hessian is not finite.
    """
    n, count = len(loss.parameters), points.shape[1]
    upper = reference.evaluate(hessian_program(loss), list(points))
    matrix = np.empty((count, n, n))
    k = 0
    for i in range(n):
        for j in range(i, n):
            matrix[:, i, j] = matrix[:, j, i] = upper[k]
            k += 1
    good = np.isfinite(matrix).all(axis=(1, 2))
    result = np.full(count, np.nan)
    if good.any():
        result[good] = np.linalg.eigvalsh(matrix[good])[:, -1]
    return result
