r"""The next value of a smooth function of w, from its last values: kriging in w.

A function f was seen at :math:`w_1, w_2, \dots` (the newest first) and is wanted at w. The kernel
:math:`\kappa(a, b) = (1 + (a - w)\cdot(b - w)/s)^2` gives :math:`f(w) \approx \sum_i c_i f(w_i)` with
:math:`(K + \lambda I)c = \kappa(w)`. It reproduces quadratics in the directions in which w moves: trends, oscillations
of period two and turning eigenvectors alike. Which :math:`\lambda` suits the noise is seen from past predictions.
"""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Array = NDArray[np.float64]

NOISE = np.array([1e-6, 1e-4, 1e-2])
"""The values of lambda that compete, besides two fixed rules."""


def candidates(moments: Array) -> Array:
    r"""Return competing weights, one row each.

    Parameters
    ----------
    moments : ndarray, shape (n, n)
        :math:`(w_i - w)\cdot(w_j - w)`, the newest first.

    Returns
    -------
    ndarray, shape (5, n)
        The newest value; :math:`f_1 + f_2 - f_3`, exact for a linear trend plus an oscillation of period two; kriging
        with each of `NOISE`. Rows for which n values are too few repeat the first.

    Examples
    --------
    >>> w = np.array([3.0, 2.0, 1.0, 0.0])  # and wanted at 4
    >>> round(float(candidates(np.outer(w - 4, w - 4))[2] @ w**2), 2)
    16.0
    """
    n = len(moments)
    rows = np.zeros((2 + len(NOISE), n))
    rows[:, 0] = 1
    if n >= 3:
        rows[1, 1:3] = 1, -1
    scale = median(np.diag(moments).tolist())  # NumPy's takes ten times as long on so few
    if n >= 2 and scale > 0 and np.isfinite(moments).all():
        values, vectors = np.linalg.eigh((1 + moments / scale) ** 2)
        rows[2:] = (vectors.sum(axis=0) / (values + NOISE[:, None])) @ vectors.T
    return rows


class Past:
    """The last blocks of eigenvectors, and where they were seen.

    `nearest` says which of the two newest is nearer to where a prediction was last asked for: 0 or 1.

    Parameters
    ----------
    like : Tensor
        Shape (p,): dtype, device.
    width : int
        How many eigenvectors a block has.
    depth : int
        How many blocks are kept.
    """

    def __init__(self, like: Tensor, width: int, depth: int) -> None:
        self.width, self.depth = width, depth
        self._places = like.new_zeros((depth, len(like)))
        self._blocks = like.new_zeros((depth, width, len(like)))
        self.nearest = 0
        self._slots: list[int] = []  # the newest first
        self._fresh: list[bool] = []
        self._products = np.zeros((depth, width, depth, width))
        self._scores: Array | None = None
        self._proposed: Array | None = None

    @property
    def newest(self) -> Tensor:
        """The newest block, shape (width, p)."""
        return self._blocks[self._slots[0]]

    @property
    def fresh_run(self) -> int:
        """How many of the newest blocks were measured whole."""
        return next((n for n, fresh in enumerate(self._fresh) if not fresh), len(self._fresh))

    def predicted(self, like: Tensor, count: int, k: int) -> Tensor:
        """Return the first vectors of the block to expect at a place, shape (count or width, p), not orthonormal."""
        count = min(count, self.width)
        n = len(self._slots) if count <= k else self.fresh_run
        slots = self._slots[:n]
        away = self._places[slots] - like
        moments = (away @ away.T).to("cpu", torch.float64).numpy()
        weights = candidates(moments)
        self._proposed = weights
        self.nearest = int(np.argmin(np.diag(moments)[:2]))
        best = min(n, 2) - 1 if self._scores is None else int(np.argmin(self._scores))
        mixed = self._mixed(weights[best : best + 1], count)[0]
        flat = self._blocks.reshape(self.depth * self.width, -1)
        return torch.as_tensor(mixed).to(flat) @ flat

    def append(self, like: Tensor, block: Tensor, *, fresh: bool, k: int) -> None:
        """Keep a block, and judge the weights that were proposed for it by its first k vectors."""
        flat = self._blocks.reshape(self.depth * self.width, -1)
        overlaps = (block @ flat.T).to("cpu", torch.float64).numpy()
        if self._proposed is not None:
            self._judge(overlaps[:k], k)
        slot = len(self._slots) if len(self._slots) < self.depth else self._slots[-1]
        self._slots = [slot, *self._slots][: self.depth]
        self._fresh = [fresh, *self._fresh][: self.depth]
        self._places[slot] = like
        self._blocks[slot] = block
        overlaps = overlaps.reshape(len(block), self.depth, self.width)
        overlaps[:, slot] = (block @ block.T).to("cpu", torch.float64).numpy()
        self._products[slot] = overlaps
        self._products[:, :, slot] = overlaps.transpose(1, 2, 0)

    def signs(self, vectors: Tensor) -> Tensor:
        """Return the signs, shape (k,), with which vectors of shape (k, p) lie along the first of the newest block."""
        signs = vectors.new_ones(len(vectors))
        shared = min(len(vectors), self.width)
        signs[:shared] -= 2 * ((vectors[:shared] * self.newest[:shared]).sum(dim=1) < 0)
        return signs

    def state(self) -> dict[str, Tensor]:
        """Return what `restored` takes back."""
        # The slots too: in another order the sums would differ in their last bits.
        return {
            "places": self._places.clone(),
            "blocks": self._blocks.clone(),
            "slots": torch.tensor(self._slots),
            "fresh": torch.tensor(self._fresh),
            "scores": torch.as_tensor(np.empty(0) if self._scores is None else self._scores.copy()),
            "products": torch.as_tensor(self._products.copy()),
        }

    @classmethod
    def restored(cls, state: Mapping[str, Tensor]) -> Past:
        """Return the past that gave this state."""
        places, blocks = state["places"], state["blocks"]
        past = cls(places[0], blocks.shape[1], blocks.shape[0])
        past._places.copy_(places)
        past._blocks.copy_(blocks)
        past._slots = state["slots"].tolist()
        past._fresh = state["fresh"].tolist()
        past._products[:] = state["products"].cpu().numpy()
        past._scores = state["scores"].cpu().numpy().copy() if len(state["scores"]) else None
        return past

    def _mixed(self, weights: Array, count: int) -> Array:
        """Coefficients of the predictions in all vectors kept, shape (rows of weights, count, depth * width).

        Each block is first turned to lie along the newest as well as it can: eigenvectors have no sign, and those
        of close eigenvalues no direction.
        """
        slots = self._slots[: weights.shape[1]]
        known = self._products[slots[0], :count][:, slots, :count].transpose(1, 0, 2)
        if count == 1:
            turns = np.where(known < 0, -1.0, 1.0)
        else:
            left, _, right = np.linalg.svd(known)
            turns = left @ right
        mixed = np.zeros((len(weights), count, self.depth, self.width))
        mixed[:, :, slots, :count] = weights[:, None, :, None] * turns.transpose(1, 0, 2)
        return mixed.reshape(len(weights), count, -1)

    def _judge(self, overlaps: Array, k: int) -> None:
        weights = self._proposed
        assert weights is not None
        mixed = self._mixed(weights, k)
        gram = self._products.reshape(self.depth * self.width, -1)
        squares = np.maximum(np.einsum("cki,ij,ckj->ck", mixed, gram, mixed), 1e-300)
        hits = np.einsum("cki,li->ckl", mixed, overlaps)
        missed = (1 - (hits**2).sum(axis=2) / squares).sum(axis=1)
        errors = np.maximum(missed, 0.0)
        self._scores = errors if self._scores is None else 0.5 * self._scores + 0.5 * errors
        self._proposed = None
