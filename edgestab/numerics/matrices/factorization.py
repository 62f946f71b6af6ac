r"""Deep matrix factorization :math:`f = \tfrac12\|c\,W_L\cdots W_1X - M\|_F^2` of any depth, widths and rank.

With :math:`B_\ell = W_{\ell-1}\cdots W_1X`, :math:`E = cW_L\cdots W_1X - M`, :math:`D_L = cE` and
:math:`D_{\ell-1} = W_\ell^TD_\ell`,

.. math:: \nabla_{W_\ell}f = D_\ell B_\ell^T, \qquad (Hv)_\ell = \dot D_\ell B_\ell^T + D_\ell\dot B_\ell^T,

where the dots are derivatives along v: :math:`\dot B_{\ell+1} = V_\ell B_\ell + W_\ell\dot B_\ell`,
:math:`\dot D_{\ell-1} = V_\ell^TD_\ell + W_\ell^T\dot D_\ell`, :math:`\dot D_L = c^2(\dot W_{L:1})X`. No difference
quotient is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgestab.errors import InputError
from edgestab.numerics.inputs import numbers
from edgestab.numerics.matrices import gauge
from edgestab.numerics.matrices.backend import NUMPY, Array, Backend
from edgestab.numerics.matrices.model import Point


@dataclass(frozen=True, eq=False)
class Factorization:
    r"""The loss :math:`\tfrac12\|c\,W_L\cdots W_1X - M\|_F^2`; parameters are the rows of :math:`W_1, \dots, W_L`.

    Parameters
    ----------
    target : ndarray
        M, shape (n_L, k); without data k is n_0.
    widths : tuple of int
        n_0, n_1, ..., n_L: layer l has shape (n_l, n_(l-1)). Bottlenecks bound the rank.
    data : ndarray, optional
        X, shape (n_0, k). Without it, the identity.
    scale : float
        c.
    backend : Backend
        The array library.

    Examples
    --------
    >>> model = factorization(np.diag([10.0, 9.5, 9.0]), depth=3)
    >>> model.size, model.depth, model.floor
    (27, 3, 0.0)
    >>> loss, gradient = model.loss_and_gradient(np.zeros((2, 27)))
    >>> loss.tolist(), gradient.shape
    ([135.625, 135.625], (2, 27))
    """

    target: NDArray[np.float64]
    widths: tuple[int, ...]
    data: NDArray[np.float64] | None = None
    scale: float = 1.0
    backend: Backend = NUMPY

    def __post_init__(self) -> None:
        """Refuse shapes that do not fit and numbers that are none."""
        _require(self.target, self.widths, self.data, self.scale)

    @property
    def depth(self) -> int:
        """The number of layers L."""
        return len(self.widths) - 1

    @property
    def shapes(self) -> tuple[tuple[int, int], ...]:
        """The shape of each layer, the first first."""
        return tuple((rows, columns) for columns, rows in pairwise(self.widths))

    @cached_property
    def ends(self) -> tuple[int, ...]:
        """Where each layer ends in the flat parameters, after a 0."""
        return (0, *np.cumsum([r * c for r, c in self.shapes]).tolist())

    @property
    def size(self) -> int:
        """The number of parameters."""
        return self.ends[-1]

    @property
    def unit(self) -> float:
        """The loss at zero, half the squared norm of the target."""
        return float(0.5 * np.sum(self.target**2))

    @cached_property
    def floor(self) -> float:
        """The least loss: what neither the data's span nor the rank of the narrowest layer can reach."""
        reach = self.target
        if self.data is not None:
            _, s, vt = np.linalg.svd(self.data, full_matrices=False)
            span = vt[s > s.max(initial=0) * 1e-12]
            reach = self.target @ span.T
        rest = 0.0 if self.data is None else max(0.0, self.unit - 0.5 * float(np.sum(reach**2)))
        lost = float(0.5 * np.sum(np.linalg.svd(reach, compute_uv=False)[min(self.widths) :] ** 2))
        return lost + (rest if rest > 1e-13 * self.unit else 0.0)

    @cached_property
    def svd(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """U, the singular values and V of the target, complete; of a diagonal target with exact zeros and ones."""
        return _diagonal_svd(self.target) or _svd(self.target)

    @cached_property
    def rank(self) -> int:
        """The rank of the target, singular values below 1e-12 of the largest counted as zero."""
        s = self.svd[1]
        return int(np.sum(s > 1e-12 * s[0]))

    def on(self, backend: Backend) -> Factorization:
        """Return the same model with another array library."""
        return replace(self, backend=backend)

    def layers(self, w: Array) -> list[Array]:
        """Return views of the layers W_1, ..., W_L, each of shape (m, n_l, n_(l-1)), of parameters of shape (m, p)."""
        return [w[:, a:b].reshape(-1, *shape) for (a, b), shape in zip(pairwise(self.ends), self.shapes, strict=True)]

    def flat(self, layers: Sequence[Array]) -> Array:
        """Return parameters of shape (m, p) made of layers."""
        return self.backend.join([x.reshape(len(x), -1) for x in layers])

    def end_to_end(self, w: Array) -> Array:
        r"""Return :math:`W_L\cdots W_1`, shape (m, n_L, n_0)."""
        first, *others = self.layers(w)
        for x in others:
            first = x @ first
        return first

    def loss_and_gradient(self, w: Array) -> tuple[Array, Array]:
        """Return the losses, shape (m,), and the gradients, shape (m, p)."""
        layers = self.layers(w)
        before, error = self._forward(layers)
        return _half_square(error), self.flat(_backward(layers, before, self._times(error))[0])

    def at(self, w: Array) -> Point:
        """Return the losses, the gradients and the products with the Hessians."""
        layers = self.layers(w)
        before, error = self._forward(layers)
        gradient, after = _backward(layers, before, self._times(error))

        def product(v: Array) -> Array:
            along = self.layers(v)
            moved = [None]  # the derivative of X
            for x, dx, b in zip(layers, along, before, strict=True):
                through = dx if b is None else dx @ b
                moved.append(through if moved[-1] is None else through + x @ moved[-1])
            back, found = self._times(self._times(moved[-1])), []
            for x, dx, b, db, d in zip(
                layers[::-1], along[::-1], before[::-1], moved[-2::-1], after[::-1], strict=True
            ):
                part = back if b is None else back @ _t(b)
                found.append(part if db is None else part + d @ _t(db))
                back = _t(dx) @ d + _t(x) @ back
            return self.flat(found[::-1])

        return Point(_half_square(error), self.flat(gradient), product)

    def balancing_gap(self, w: Array) -> Array:
        r"""Return :math:`\max_\ell\|W_{\ell+1}^TW_{\ell+1} - W_\ell W_\ell^T\|_F`, shape (m,)."""
        squares = [
            ((_t(b) @ b - a @ _t(a)) ** 2).reshape(len(a), -1).sum(1)[:, None] for a, b in pairwise(self.layers(w))
        ]
        return self.backend.numpy(self.backend.join(squares)).max(axis=1) ** 0.5

    def singular_values(self, w: Array) -> NDArray[np.float64]:
        r"""Return the singular values of :math:`W_L\cdots W_1`, shape (m, min(n_0, n_L)), largest first."""
        return self.backend.numpy(self.backend.singular_values(self.end_to_end(w)))

    def modes(self, w: Array) -> NDArray[np.float64]:
        r"""Return :math:`u_i^TW_L\cdots W_1v_i`, the amplitudes of the target's singular pairs, shape (m, r)."""
        u, s, v = self.svd
        product = self.backend.numpy(self.end_to_end(w))
        return np.asarray(np.einsum("ai,mab,bi->mi", u[:, : len(s)], product, v[:, : len(s)]))

    def project(self, w: Array, v: Array) -> Array:
        """Return v without its part along the orbit of the rotations of the hidden layers; see `gauge.project`."""
        numpy = self.backend.numpy
        layers, vectors = self.layers(numpy(w)), self.layers(numpy(v))
        pairs = [gauge.project([x[k] for x in layers], [x[k] for x in vectors]) for k in range(len(w))]
        return self.backend.array([np.concatenate([x.ravel() for x in pair]) for pair in pairs])

    def _forward(self, layers: Sequence[Array]) -> tuple[list[Array], Array]:
        """What comes into each layer (None for the identity), and the error."""
        before = [self._data]
        for x in layers:
            before.append(x if before[-1] is None else x @ before[-1])
        return before[:-1], self._times(before[-1]) - self._target

    def _times(self, x: Array) -> Array:
        return x if self.scale == 1 else self.scale * x

    @cached_property
    def _target(self) -> Array:
        return self.backend.array(self.target)

    @cached_property
    def _data(self) -> Array:
        return None if self.data is None else self.backend.array(self.data)


def factorization(
    target: ArrayLike, depth: int = 2, widths: Sequence[int] | None = None, *, backend: Backend = NUMPY
) -> Factorization:
    r"""Return the deep factorization :math:`\tfrac12\|W_L\cdots W_1 - M\|_F^2`.

    Parameters
    ----------
    target : array_like
        M, shape (n_L, n_0), finite and not zero.
    depth : int
        L, at least 2.
    widths : sequence of int, optional
        Of the L - 1 hidden layers; by default the larger side of M.
    backend : Backend
        The array library.

    Raises
    ------
    InputError
        When the target is no matrix of finite numbers or is zero, or the widths do not fit the depth.
    """
    m = numbers(target, "the target")
    if m.ndim != 2 or not m.size:
        raise InputError(f"the target must be a matrix, got an array of shape {m.shape}")
    hidden = (max(m.shape),) * (depth - 1) if widths is None else tuple(widths)
    if depth < 2 or len(hidden) != depth - 1:
        raise InputError(
            f"a factorization of depth L takes L - 1 hidden widths and L of at least 2, got L = {depth}, {list(hidden)}"
        )
    return Factorization(m, (m.shape[1], *hidden, m.shape[0]), backend=backend)


def two_layer(example: ArrayLike, label: float, width: int, *, backend: Backend = NUMPY) -> Factorization:
    r"""Return the UV model :math:`\tfrac12(v^TUx/\sqrt n - y)^2`, a two-layer network on one example.

    Parameters
    ----------
    example : array_like
        x, shape (d,).
    label : float
        y, not zero.
    width : int
        n.

    Examples
    --------
    >>> two_layer([1.0, 2.0], 1.0, 64).widths
    (2, 64, 1)
    """
    x = numbers(example, "the example")
    if x.ndim != 1 or not x.any():
        raise InputError(f"the example must be a vector that is not zero, got shape {x.shape}")
    if width < 1:
        raise InputError(f"the width must be at least 1, got {width}")
    return Factorization(
        np.array([[float(label)]]), (len(x), width, 1), x[:, None], float(1 / np.sqrt(width)), backend=backend
    )


def _require(
    target: NDArray[np.float64], widths: tuple[int, ...], data: NDArray[np.float64] | None, scale: float
) -> None:
    if len(widths) < 3 or min(widths) < 1:
        raise InputError(f"widths are n_0, ..., n_L of at least two layers, each at least 1, got {list(widths)}")
    for name, x in (("target", target), ("data", data)):
        if x is not None and not np.isfinite(x).all():
            raise InputError(f"the {name} must be finite: it has an entry that is infinite or not a number")
    columns = widths[0] if data is None else data.shape[1]
    if target.shape != (widths[-1], columns) or (data is not None and data.shape[0] != widths[0]):
        shapes = f"the target has shape {target.shape}" + ("" if data is None else f", the data {data.shape}")
        raise InputError(f"shapes do not fit: widths {list(widths)} want a target of {(widths[-1], columns)}; {shapes}")
    if not target.any():
        raise InputError("the target is zero: give one with a singular value that is not")
    if not (np.isfinite(scale) and scale > 0):
        raise InputError(f"the scale must be positive and finite, got {scale}")


Svd = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def _svd(target: NDArray[np.float64]) -> Svd:
    u, s, vt = np.linalg.svd(target)
    return u, s, vt.T


def _diagonal_svd(target: NDArray[np.float64]) -> Svd | None:
    """Signed unit vectors, for a diagonal target."""
    d = np.diag(target)
    if np.count_nonzero(target) > np.count_nonzero(d):
        return None
    order = np.argsort(-abs(d), kind="stable")
    u, v = (np.eye(n)[:, [*order, *range(len(d), n)]] for n in target.shape)
    u[:, : len(d)] *= np.where(d[order] < 0, -1.0, 1.0)
    return u, abs(d[order]), v


def _t(x: Array) -> Array:
    return x.swapaxes(-1, -2)


def _half_square(error: Array) -> Array:
    return 0.5 * (error * error).reshape(len(error), -1).sum(1)


def _backward(layers: Sequence[Array], before: Sequence[Array], error: Array) -> tuple[list[Array], list[Array]]:
    """The gradients of the layers, and what comes back to each."""
    found, after = [], []
    for number in range(len(layers) - 1, -1, -1):
        after.append(error)
        found.append(error if before[number] is None else error @ _t(before[number]))
        if number:
            error = _t(layers[number]) @ error
    return found[::-1], after[::-1]
