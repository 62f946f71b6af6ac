"""Ways to the top eigenpair of the Hessian at every step: ours, and what else there is, at the same residual."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh, lobpcg
from torch import Tensor

from edgestab.numerics.networks.losses.objective import Point
from edgestab.numerics.networks.spectra.eigen import Tracker

Array = NDArray[np.float64]
Product = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Answer:
    """An eigenvalue, its vector, and how many products they took."""

    value: float
    vector: Tensor
    products: int


class Counted:
    """A product that counts, as SciPy takes it."""

    def __init__(self, product: Product, like: Tensor) -> None:
        self.count, self._product, self._like = 0, product, like
        p = len(like)
        self.operator = LinearOperator((p, p), matvec=self._one, dtype=np.float64)

    def _one(self, v: Array) -> Array:
        self.count += 1
        found: Array = self._product(torch.from_numpy(v.ravel()).to(self._like)).cpu().double().numpy()
        return found


class Ours:
    """Ours, as it ships: with its audits."""

    def __init__(self, tolerance: float) -> None:
        self._tracker = Tracker(1, tolerance=tolerance)

    def __call__(self, product: Product, point: Point) -> Answer:
        pairs = self._tracker(product, point.gradient)
        return Answer(float(pairs.values[0]), pairs.vectors[:, 0], pairs.products)


class Eigsh:
    """ARPACK by SciPy, from a random vector or from the last eigenvector."""

    def __init__(self, tolerance: float, *, warm: bool = False) -> None:
        self._tolerance, self._warm, self._last = tolerance, warm, None
        self._rng = np.random.default_rng(0)

    def __call__(self, product: Product, point: Point) -> Answer:
        counted = Counted(product, point.w)
        start: Any = self._rng.standard_normal(len(point.w)) if self._last is None else self._last
        try:
            values, vectors = eigsh(counted.operator, k=1, which="LA", tol=self._tolerance, v0=start)
        except ArpackNoConvergence as error:
            raise RuntimeError(str(error)) from None
        if self._warm:
            self._last = vectors[:, 0]
        return Answer(float(values[0]), torch.from_numpy(vectors[:, 0].copy()).to(point.w), counted.count)


class Lobpcg:
    """LOBPCG by SciPy, from the last block; it stops on absolute residuals, so the last eigenvalue sets them."""

    def __init__(self, tolerance: float, *, block: int = 1) -> None:
        self._tolerance, self._block = tolerance, block
        self._last: Array | None = None
        self._scale = 1.0

    def __call__(self, product: Product, point: Point) -> Answer:
        counted = Counted(product, point.w)
        if self._last is None:
            values, self._last = eigsh(counted.operator, k=self._block, which="LA", tol=self._tolerance)
            self._scale = float(values.max())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of not reaching the tolerance, which is checked from outside
            values, vectors = lobpcg(
                counted.operator, self._last, tol=self._tolerance * self._scale, largest=True, maxiter=200
            )
        top = int(np.argmax(values))
        self._last, self._scale = vectors, float(values[top])
        return Answer(float(values[top]), torch.from_numpy(vectors[:, top].copy()).to(point.w), counted.count)


SOLVERS: Mapping[str, Callable[[float], Callable[[Product, Point], Answer]]] = {
    "ours": Ours,
    "eigsh, cold": Eigsh,
    "eigsh, from the last vector": lambda tolerance: Eigsh(tolerance, warm=True),
    "LOBPCG, from the last vector": Lobpcg,
    "LOBPCG, block of 3": lambda tolerance: Lobpcg(tolerance, block=3),
}
"""Solvers on our products."""
