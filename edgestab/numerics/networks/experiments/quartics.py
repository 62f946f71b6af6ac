r"""Random quartic polynomials with a point of the stable set at the origin, and all their derivatives, in batches.

.. math:: L(w) = g\cdot w + \tfrac12 A[w, w] + \tfrac16 B[w, w, w] + \tfrac1{24} C[w, w, w, w].
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgestab.errors import InputError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Derivatives:
    """What a batch of losses is at one point each.

    Parameters
    ----------
    loss, gradient, hessian, third : ndarray
        Shapes (m,), (m, d), (m, d, d) and (m, d, d, d).
    """

    loss: Array
    gradient: Array
    hessian: Array
    third: Array


@dataclass(frozen=True)
class Quartics:
    """m quartic polynomials on R^d.

    Parameters
    ----------
    g, A, B, C : ndarray
        The symmetric coefficients, shapes (m, d), (m, d, d), (m, d, d, d) and (m, d, d, d, d).

    Examples
    --------
    >>> one = Quartics(*(np.ones((1,) * (k + 1)) for k in (1, 2, 3, 4)))  # w + w^2/2 + w^3/6 + w^4/24
    >>> at = one.at(np.array([[2.0]]))
    >>> [round(float(v.item()), 4) for v in (at.loss, at.gradient, at.hessian, at.third)]
    [6.0, 6.3333, 5.0, 3.0]
    """

    g: Array
    A: Array
    B: Array
    C: Array

    @property
    def dimension(self) -> int:
        """The dimension d of the space."""
        return int(self.g.shape[1])

    def gradient(self, w: Array) -> Array:
        """Return the gradients at w, both of shape (m, d)."""
        cubic = self.B / 2 + _along(self.C, w) / 6
        return self.g + _along(self.A + _along(cubic, w), w)

    def at(self, w: Array) -> Derivatives:
        """Return the loss and its first three derivatives at w of shape (m, d)."""
        Cw = _along(self.C, w)
        Bw, Cww = _along(self.B, w), _along(Cw, w)
        Aw, Bww, Cwww = _along(self.A, w), _along(Bw, w), _along(Cww, w)
        line = self.g + Aw / 2 + Bww / 6 + Cwww / 24
        return Derivatives(
            _along(line, w),
            self.g + Aw + Bww / 2 + Cwww / 6,
            self.A + Bw + Cww / 2,
            self.B + Cw,
        )

    def take(self, lanes: slice) -> Quartics:
        """Return some of the polynomials."""
        return Quartics(self.g[lanes], self.A[lanes], self.B[lanes], self.C[lanes])


def random_quartics(seed: int, dimension: int, scales: ArrayLike, *, across: str = "none") -> Quartics:
    r"""Return a random polynomial at each of several scales s, in units with eta = 1 and :math:`|\nabla S^\perp| = 1`.

    The origin is in the stable set of Damian et al. (2023) and at its edge: with u the first axis,

    .. math:: S = 2, \quad u\cdot\nabla L = 0, \quad \alpha = s^2, \quad \beta = 1,

    so that :math:`\epsilon = \eta\sqrt\alpha = s` and :math:`\delta = \sqrt{2\alpha/\beta} = \sqrt2 s`. The gradient is
    of order s^2, the Hessian across u positive semidefinite and of order s, all other coefficients random and of norm
    at most 1. The units lose nothing: that of the loss fixes eta, and that of length fixes beta.

    Parameters
    ----------
    seed : int
        Of the coefficients; they do not depend on the scales.
    dimension : int
        d, at least 2.
    scales : array_like
        The scales s, shape (m,), positive.
    across : {"none", "small", "full"}
        The third derivative in three directions across u: zero; s times a random tensor with
        :math:`D^3L[n, n, n] = 1`, n the direction of :math:`\nabla S^\perp`; or that tensor itself. The theorem assumes
        that it is at most of order epsilon.

    Raises
    ------
    InputError
        For a dimension below 2, scales that are not positive, or another `across`.
    """
    s = np.atleast_1d(np.asarray(scales, dtype=np.float64))
    if dimension < 2 or s.ndim != 1 or not (s > 0).all():
        raise InputError(
            f"random quartics take a dimension of at least 2 and positive scales, got {dimension}, {s.tolist()}"
        )
    powers = {"none": np.zeros_like(s), "small": s, "full": np.ones_like(s)}
    if across not in powers:
        raise InputError(f"across is one of {', '.join(powers)}, got {across[:40]!r}")
    random = np.random.default_rng([seed, dimension])
    third, fourth = (_symmetric(random.standard_normal((dimension,) * k)) for k in (3, 4))
    square, normal, tangent = (random.standard_normal((dimension - 1,) * k) for k in (2, 1, 1))
    normal /= np.linalg.norm(normal)
    tangent -= normal * (normal @ tangent)
    third[0, 0, 1:] = third[0, 1:, 0] = third[1:, 0, 0] = normal
    inner = third[1:, 1:, 1:]
    inner += (1 - np.einsum("ijk,i,j,k", inner, *[normal] * 3)) * np.einsum("i,j,k->ijk", *[normal] * 3)

    m = s.size
    g = np.zeros((m, dimension))
    g[:, 1:] = s[:, None] ** 2 * (tangent / (4 * np.linalg.norm(tangent)) - normal if dimension > 2 else -normal)
    A = np.zeros((m, dimension, dimension))
    A[:, 0, 0] = 2
    A[:, 1:, 1:] = s[:, None, None] * (square @ square.T) / (4 * np.linalg.norm(square @ square.T))
    B = np.repeat(third[None], m, axis=0)
    B[:, 1:, 1:, 1:] *= powers[across][:, None, None, None]
    return Quartics(g, A, B, np.repeat(fourth[None], m, axis=0))


def _along(tensor: Array, w: Array) -> Array:
    """The last index contracted with w, for each of the batch."""
    m, d = w.shape
    return np.asarray((tensor.reshape(m, -1, d) @ w[:, :, None]).reshape(tensor.shape[:-1]))


def _symmetric(tensor: Array) -> Array:
    """The symmetric part, scaled to norm 1."""
    total = np.sum([tensor.transpose(order) for order in permutations(range(tensor.ndim))], axis=0)
    return np.asarray(total / np.linalg.norm(total))
