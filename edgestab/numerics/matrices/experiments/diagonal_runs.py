"""Runs of many diagonal targets at once: a stack of factorizations that differ in their singular values."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from edgestab.numerics.matrices.factorization import Factorization

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Targets(Factorization):
    """A factorization whose rows have a diagonal target each.

    Parameters
    ----------
    diagonals : ndarray
        Shape (m, n): row k of the parameters has the target diag(diagonals[k]).
    """

    diagonals: Array | None = None

    @cached_property
    def _target(self) -> Array:  # one for each row
        assert self.diagonals is not None
        n = self.diagonals.shape[1]
        found = np.zeros((len(self.diagonals), n, n))
        found[:, range(n), range(n)] = self.diagonals
        return found


def many(diagonals: Array, depth: int) -> Targets:
    """Return one model of m square diagonal targets, shape (m, n)."""
    n = diagonals.shape[1]
    return Targets(np.diag(diagonals[0]), (n,) * (depth + 1), diagonals=diagonals)


def run(model: Targets, w: Array, eta: Array, steps: int) -> Array:
    """Return where gradient descent is after `steps` steps; a run that leaves the numbers is not finite."""
    rate = eta[:, None]
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(steps):
            w = w - rate * model.loss_and_gradient(w)[1]
    return w
