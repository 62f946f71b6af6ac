r"""Diagonal linear networks: :math:`\beta = u\circ v`, :math:`f = \tfrac1{2n}\|X(u\circ v) - y\|^2`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgestab.errors import InputError
from edgestab.numerics.inputs import numbers
from edgestab.numerics.matrices.backend import NUMPY, Array, Backend
from edgestab.numerics.matrices.model import Point


@dataclass(frozen=True, eq=False)
class DiagonalNetwork:
    r"""The loss :math:`\tfrac1{2n}\|X(u\circ v) - y\|^2` of the parameters (u, v).

    Parameters
    ----------
    data : ndarray
        X, shape (n, d).
    labels : ndarray
        y, shape (n,).
    backend : Backend
        The array library.

    Examples
    --------
    >>> model = diagonal_network(np.eye(2), [1.0, 4.0])
    >>> loss, gradient = model.loss_and_gradient(np.array([[1.0, 2.0, 1.0, 1.0]]))
    >>> loss.tolist(), gradient.tolist()
    ([1.0], [[0.0, -1.0, 0.0, -2.0]])
    """

    data: NDArray[np.float64]
    labels: NDArray[np.float64]
    backend: Backend = NUMPY

    @property
    def size(self) -> int:
        """The number of parameters, twice that of the features."""
        return int(2 * self.data.shape[1])

    @property
    def unit(self) -> float:
        """The loss at zero."""
        return float(np.mean(self.labels**2) / 2)

    @cached_property
    def floor(self) -> float:
        """The least loss: every beta is a product."""
        rest = self.labels - self.data @ np.linalg.lstsq(self.data, self.labels)[0]
        least = float(np.mean(rest**2) / 2)
        return least if least > 1e-24 * self.unit else 0.0

    def on(self, backend: Backend) -> DiagonalNetwork:
        """Return the same model with another array library."""
        return replace(self, backend=backend)

    def product(self, w: Array) -> Array:
        """Return beta, shape (m, d)."""
        half = self.size // 2
        return w[:, :half] * w[:, half:]

    def loss_and_gradient(self, w: Array) -> tuple[Array, Array]:
        """Return the losses, shape (m,), and the gradients, shape (m, 2d)."""
        half, n = self.size // 2, len(self.labels)
        u, v = w[:, :half], w[:, half:]
        error = self._times(u * v) - self._labels
        slope = self._back(error) / n
        return (error * error).sum(1) / (2 * n), self.backend.join([slope * v, slope * u])

    def at(self, w: Array) -> Point:
        """Return the losses, the gradients and the products with the Hessians."""
        half, n = self.size // 2, len(self.labels)
        u, v = w[:, :half], w[:, half:]
        loss, gradient = self.loss_and_gradient(w)
        slope = self._back(self._times(u * v) - self._labels) / n

        def product(along: Array) -> Array:
            du, dv = along[:, :half], along[:, half:]
            turned = self._back(self._times(du * v + u * dv)) / n
            return self.backend.join([turned * v + slope * dv, turned * u + slope * du])

        return Point(loss, gradient, product)

    def project(self, w: Array, v: Array) -> Array:
        """Return v: no continuous group of isometries leaves the loss as it is."""
        del w
        return v

    # One matrix product a row of the batch: a product of the whole batch would round otherwise in another batch.
    def _times(self, beta: Array) -> Array:
        return (self._data @ beta[:, :, None])[:, :, 0]

    def _back(self, error: Array) -> Array:
        return (self._data.swapaxes(-1, -2) @ error[:, :, None])[:, :, 0]

    @cached_property
    def _data(self) -> Array:
        return self.backend.array(self.data)

    @cached_property
    def _labels(self) -> Array:
        return self.backend.array(self.labels)


def diagonal_network(data: ArrayLike, labels: ArrayLike, *, backend: Backend = NUMPY) -> DiagonalNetwork:
    """Return the diagonal linear network on data.

    Parameters
    ----------
    data : array_like
        X, shape (n, d).
    labels : array_like
        y, shape (n,), not all zero.

    Raises
    ------
    InputError
        When the shapes do not fit, or a number is not finite.
    """
    x, y = numbers(data, "the data"), numbers(labels, "the labels")
    if x.ndim != 2 or y.shape != x.shape[:1]:
        raise InputError(f"the data have shape (n, d) and the labels (n,), got {x.shape} and {y.shape}")
    if not (np.isfinite(x).all() and np.isfinite(y).all() and y.any()):
        raise InputError("data and labels must be finite, and one label not zero")
    return DiagonalNetwork(x, y, backend)
