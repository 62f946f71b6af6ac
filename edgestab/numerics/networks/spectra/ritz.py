r"""Rayleigh-Ritz: orthonormal vectors, their images under a symmetric operator A, and the best eigenpairs they hold.

The vectors are rows of one buffer. A product never waits for the device: what it gave is read when all are there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from edgestab.errors import InputError

Product = Callable[[Tensor], Tensor]
"""v to A v."""


NOT_FINITE = (
    "a product of the operator and a vector is not finite: the orbit diverged, or the weights or the data hold NaN"
)


class EigenError(RuntimeError):
    """No eigenpairs of the asked accuracy."""


class NotConverged(EigenError):
    """The residuals are still too large after as many products as were allowed."""


class NotFinite(EigenError):
    """The operator gave numbers that are not finite."""


@dataclass(frozen=True)
class Ritz:
    """All Ritz pairs of a basis, largest first.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Ritz values, float64.
    inner : ndarray, shape (n, n)
        Column j holds the coordinates of Ritz vector j in the basis.
    """

    values: NDArray[np.float64]
    inner: NDArray[np.float64]

    @property
    def scale(self) -> float:
        """The largest modulus of a Ritz value."""
        return float(np.abs(self.values).max())


class Basis:
    """Orthonormal vectors and their images.

    Parameters
    ----------
    like : Tensor
        A vector, shape (p,), of the dtype and device wanted.
    capacity : int
        How many vectors fit at most; memory for them is taken when it is needed.
    """

    def __init__(self, like: Tensor, capacity: int) -> None:
        self.capacity = capacity
        self.clear()
        self._vectors = like.new_empty((0, len(like)))
        self._images, self._kept = self._vectors, like.new_empty(0)

    def clear(self) -> None:
        """Forget the vectors and the count of products."""
        self.size = self.spent = 0

    def fits(self, like: Tensor) -> bool:
        """Whether this basis holds vectors like this one."""
        held = self._vectors
        return held.shape[1] == len(like) and held.dtype == like.dtype and held.device == like.device

    @property
    def vectors(self) -> Tensor:
        """The vectors, shape (size, p)."""
        return self._vectors[: self.size]

    @property
    def images(self) -> Tensor:
        """A times each, shape (size, p)."""
        return self._images[: self.size]

    @property
    def _least(self) -> float:
        return float(100 * torch.finfo(self._vectors.dtype).eps)

    @property
    def room(self) -> int:
        """How many more fit."""
        return self.capacity - self.size

    def add(self, product: Product, v: Tensor) -> None:
        """Append the part of v orthogonal to the basis and its image: one product."""
        if self.size == len(self._vectors):
            self._grow()
        n, known = self.size, self.vectors
        tiny = torch.finfo(v.dtype).tiny
        v = v / v.abs().max().clamp(min=tiny)  # squares of very small or large numbers are not numbers
        before = torch.linalg.vector_norm(v)
        for _ in range(2):  # once leaves rounding errors as large as the cancellation
            if n:
                v = torch.addmv(v, known.T, known @ v, alpha=-1)
        after = torch.linalg.vector_norm(v)
        self._vectors[n] = v / after.clamp(min=tiny)
        self._kept[n] = after / before.clamp(min=tiny)
        self._images[n] = product(self._vectors[n])
        self.size, self.spent = n + 1, self.spent + 1

    def ritz(self) -> Ritz:
        """Return the Ritz pairs; vectors of which orthogonalisation left only rounding errors are dropped first.

        Raises
        ------
        NotFinite
            When an image is not finite.
        """
        small = torch.cat([self.vectors @ self.images.T, self._kept[: self.size, None]], dim=1)
        found = small.to("cpu", torch.float64).numpy()
        if not np.isfinite(found).all():
            raise NotFinite(NOT_FINITE)
        good = found[:, -1] > self._least
        if not good.all():
            places = torch.as_tensor(np.flatnonzero(good), device=self._vectors.device)
            self._hold(self.vectors[places], self.images[places])
            found = found[good][:, np.append(good, False)]
        else:
            found = found[:, :-1]
        if len(found) == 1:
            return Ritz(found[0].copy(), np.ones((1, 1)))
        values, inner = np.linalg.eigh((found + found.T) / 2)
        return Ritz(values[::-1].copy(), inner[:, ::-1].copy())

    def pairs(self, ritz: Ritz, count: int) -> tuple[Tensor, Tensor]:
        """Return the first Ritz vectors and their residuals A x - theta x, each of shape (count, p)."""
        inner = torch.as_tensor(ritz.inner[:, :count].T.copy()).to(self._vectors)
        values = torch.as_tensor(ritz.values[:count].copy()).to(self._vectors)
        vectors = inner @ self.vectors
        return vectors, inner @ self.images - values[:, None] * vectors

    def krylov(self, first: int) -> tuple[NDArray[np.float64], bool]:
        """Return A's Ritz values on the vectors from `first` on, the smallest first, and whether they ran out.

        They run out where orthogonalisation left only rounding errors of one; it and those after it are dropped.
        """
        small = torch.cat([self.vectors[first:] @ self.images[first:].T, self._kept[first : self.size, None]], dim=1)
        found = small.to("cpu", torch.float64).numpy()
        if not np.isfinite(found).all():
            raise NotFinite(NOT_FINITE)
        poor = np.flatnonzero(found[:, -1] <= self._least)
        count = int(poor[0]) if len(poor) else len(found)
        self.size = first + count
        inner = found[:count, :count]
        values: NDArray[np.float64] = np.linalg.eigvalsh((inner + inner.T) / 2)
        return values, len(poor) > 0

    def restart(self, ritz: Ritz, count: int) -> None:
        """Keep only the first Ritz vectors."""
        inner = torch.as_tensor(ritz.inner[:, :count].T.copy()).to(self._vectors)
        self._hold(inner @ self.vectors, inner @ self.images)

    def _grow(self) -> None:
        if not self.room:
            raise InputError(f"the basis holds {self.capacity} vectors and is full")
        more = min(max(len(self._vectors), 8), self.capacity - len(self._vectors))
        rows = self._vectors.new_empty((more, self._vectors.shape[1]))
        self._vectors = torch.cat([self._vectors, rows])
        self._images = torch.cat([self._images, rows])
        self._kept = torch.cat([self._kept, rows.new_ones(more)])

    def _hold(self, vectors: Tensor, images: Tensor) -> None:
        self.size = len(vectors)
        self._vectors[: self.size] = vectors
        self._images[: self.size] = images
        self._kept[: self.size] = 1


def norms(rows: Tensor) -> NDArray[np.float64]:
    """Return the norms of rows, on the CPU."""
    largest = rows.abs().amax(dim=1, keepdim=True).clamp(min=torch.finfo(rows.dtype).tiny)
    sizes = torch.linalg.vector_norm(rows / largest, dim=1) * largest[:, 0]
    found: NDArray[np.float64] = sizes.to("cpu", torch.float64).numpy()
    return found
