r"""What a model of arrays is: a loss of flat parameters, many points at a time, with gradient and Hessian products."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from edgestab.numerics.matrices.backend import Array, Backend


@dataclass(frozen=True)
class Point:
    """A loss at m points.

    Parameters
    ----------
    loss : array
        Shape (m,).
    gradient : array
        Shape (m, p).
    product : callable
        v to :math:`Hv`, both of shape (m, p); what the points share is computed once.
    """

    loss: Array
    gradient: Array
    product: Callable[[Array], Array]


class ArrayModel(Protocol):
    """A loss of p parameters, whose points are the rows of an array of shape (m, p)."""

    @property
    def backend(self) -> Backend:
        """The array library."""

    @property
    def size(self) -> int:
        """The number of parameters p."""

    @property
    def floor(self) -> float:
        """The infimum of the loss."""

    @property
    def unit(self) -> float:
        """The loss at parameters that are all zero: what losses are compared with."""

    def loss_and_gradient(self, w: Array) -> tuple[Array, Array]:
        """Return the losses, shape (m,), and the gradients, shape (m, p)."""

    def at(self, w: Array) -> Point:
        """Return the losses, the gradients and the products with the Hessians."""

    def project(self, w: Array, v: Array) -> Array:
        """Return v without its part along the symmetry group's orbit through w."""


def step(model: ArrayModel, w: Array, eta: Array) -> Array:
    r"""Return one step of gradient descent, :math:`w - \eta\nabla f(w)`, for each row; eta has shape (m, 1)."""
    return w - eta * model.loss_and_gradient(w)[1]
