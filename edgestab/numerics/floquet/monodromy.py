r"""The monodromy of a cycle, :math:`M = (I - \eta H_p)\cdots(I - \eta H_1)`, as an operator.

Where gradient descent commutes with a group of isometries, M fixes the tangent T of the group's orbit. Then the
transpose, :math:`M^T = (I - \eta H_1)\cdots(I - \eta H_p)`, maps what is orthogonal to T into itself, for
:math:`\langle M^Tx, t\rangle = \langle x, Mt\rangle = \langle x, t\rangle`; its eigenvalues there are the
multipliers across the group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from edgestab.numerics.floquet.dynamics import Dynamics, Product, Vector


@dataclass(frozen=True, eq=False)
class Monodromy:
    """The monodromy at the first point of a cycle.

    Parameters
    ----------
    dynamics : Dynamics
        The map.
    points : sequence of ndarray
        The points of the cycle in their order.
    """

    dynamics: Dynamics
    points: Sequence[Vector]

    @cached_property
    def factors(self) -> tuple[Product, ...]:
        """The derivatives of the map along the cycle; each is symmetric."""
        return tuple(self.dynamics.derivative(x) for x in self.points)

    @cached_property
    def projection(self) -> Product:
        """The projection across the group's orbit through the first point."""
        return self.dynamics.projection(self.points[0])

    @property
    def size(self) -> int:
        """The number of parameters."""
        return len(self.points[0])

    def times(self, v: Vector) -> Vector:
        """Return M v."""
        for factor in self.factors:
            v = factor(v)
        return v

    def transposed_times(self, v: Vector) -> Vector:
        """Return the transpose of M times v."""
        for factor in reversed(self.factors):
            v = factor(v)
        return v

    def across(self, v: Vector) -> Vector:
        """Return the transpose of M times v, for v across the group's orbit; rounding is projected out."""
        return self.projection(self.transposed_times(v))

    def dense(self) -> NDArray[np.float64]:
        """Return M, by p products with each unit vector: for small sizes."""
        return np.array([self.times(e) for e in np.eye(self.size)]).T

    def dense_multipliers(self) -> NDArray[np.complex128]:
        """Return all multipliers across the group's orbit, largest first, from dense matrices: for small sizes."""
        projector = np.array([self.projection(e) for e in np.eye(self.size)])
        values, vectors = np.linalg.eigh((projector + projector.T) / 2)
        basis = vectors[:, values > 0.5]
        found = np.linalg.eigvals(basis.T @ self.dense().T @ basis).astype(np.complex128)
        return found[np.argsort(-abs(found), kind="stable")]
