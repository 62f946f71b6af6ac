r"""Gradient descent as a map of flat vectors: a loss by its gradient and its Hessian-vector products."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgestab.numerics.matrices.model import ArrayModel

Vector = NDArray[np.float64]
Product = Callable[[Vector], Vector]


@dataclass(frozen=True)
class Dynamics:
    r"""The map :math:`F(x) = x - \eta\nabla f(x)`, whose derivative is :math:`I - \eta H(x)`.

    Parameters
    ----------
    gradient : callable
        x to :math:`\nabla f(x)`, vectors of shape (p,).
    hessian : callable
        x to the function v to :math:`H(x)v`; what belongs to x is computed once.
    eta : float
        The step size.
    across : callable, optional
        x to the orthogonal projection onto what is across the orbit of a symmetry group through x: isometries that
        leave f as it is. Without it there is no symmetry.

    Examples
    --------
    >>> quadratic = Dynamics(lambda x: 3 * x, lambda x: lambda v: 3 * v, 0.5)
    >>> quadratic.step(np.array([2.0])), quadratic.derivative(np.array([2.0]))(np.array([1.0]))
    (array([-1.]), array([-0.5]))
    """

    gradient: Callable[[Vector], Vector]
    hessian: Callable[[Vector], Product]
    eta: float
    across: Callable[[Vector], Product] | None = None

    def step(self, x: Vector) -> Vector:
        """Return F(x)."""
        return x - self.eta * self.gradient(x)

    def derivative(self, x: Vector) -> Product:
        """Return the function v to F'(x) v."""
        product = self.hessian(x)
        return lambda v: v - self.eta * product(v)

    def projection(self, x: Vector) -> Product:
        """Return the projection across the symmetry group's orbit through x."""
        return (lambda v: v) if self.across is None else self.across(x)


def dynamics_of(model: ArrayModel, eta: float) -> Dynamics:
    """Return gradient descent on a matrix model, with its Hessian products and its symmetry.

    Examples
    --------
    >>> from edgestab.numerics.matrices.factorization import factorization
    >>> map_ = dynamics_of(factorization(np.diag([2.0, 1.0])), 0.1)
    >>> map_.step(np.ones(8)).shape
    (8,)
    """
    xp = model.backend

    def gradient(x: Vector) -> Vector:
        return np.asarray(xp.numpy(model.loss_and_gradient(xp.array(x[None]))[1])[0])

    def hessian(x: Vector) -> Product:
        product = model.at(xp.array(x[None])).product
        return lambda v: np.asarray(xp.numpy(product(xp.array(v[None])))[0])

    def across(x: Vector) -> Product:
        here = xp.array(x[None])
        return lambda v: np.asarray(xp.numpy(model.project(here, xp.array(v[None])))[0])

    return Dynamics(gradient, hessian, eta, across)
