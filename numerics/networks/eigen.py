r"""Top eigenpairs of a symmetric operator: restarted Rayleigh-Ritz from a warm block, stopped on residuals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

Product = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Eigenpairs:
    """The top eigenpairs, largest first.

    Parameters
    ----------
    values : Tensor
        Shape (k,), float64, on the CPU.
    vectors : Tensor
        Shape (p, k), orthonormal columns, where the operator is.
    residuals : Tensor
        |A u - lambda u|, shape (k,), on the CPU.
    products : int
        How many products were spent.
    """

    values: Tensor
    vectors: Tensor
    residuals: Tensor
    products: int


def top_eigenpairs(
    product: Product,
    start: Tensor,
    k: int = 1,
    *,
    tolerance: float = 1e-6,
    most_vectors: int = 40,
    most_products: int = 2000,
) -> Eigenpairs:
    r"""Return the k largest eigenpairs of a symmetric operator A.

    Parameters
    ----------
    product : callable
        v to A v.
    start : Tensor
        Shape (p, m): the block to start from, m >= 1; what it lacks is added.
    k : int
        How many.
    tolerance : float
        Every residual is at most `tolerance` times the largest |lambda|.

    Raises
    ------
    RuntimeError
        When the residuals are still larger after `most_products`.
    """
    p = start.shape[0]
    k = min(k, p)
    basis, images = start.new_zeros((p, 0)), start.new_zeros((p, 0))
    fresh = [start[:, j] for j in range(start.shape[1])]
    spent = 0
    while True:
        for v in fresh:
            v = v / v.norm()
            for _ in range(2):
                v = v - basis @ (basis.T @ v)
            norm = v.norm()
            if not norm > 1e-10:
                continue
            v = v / norm
            basis = torch.cat([basis, v[:, None]], dim=1)
            images = torch.cat([images, product(v)[:, None]], dim=1)
            spent += 1
        small = (basis.T @ images).to("cpu", torch.float64)
        values, inner = torch.linalg.eigh((small + small.T) / 2)
        order = torch.arange(len(values) - 1, -1, -1)
        values, inner = values[order], inner[:, order].to(basis)
        m = min(k, len(values))
        vectors = basis @ inner[:, :m]
        residual = images @ inner[:, :m] - vectors * values[:m].to(basis)
        norms = residual.norm(dim=0).to("cpu", torch.float64)
        scale = float(values.abs().max())
        done = norms <= tolerance * max(scale, torch.finfo(basis.dtype).tiny)
        if len(values) >= p or (m == k and bool(done.all())):
            return Eigenpairs(values[:m], vectors, norms, spent)
        if spent >= most_products:
            raise RuntimeError(
                f"eigenvalues not found to {tolerance:g} in {spent} products: residuals {norms.tolist()}"
            )
        if basis.shape[1] >= most_vectors:
            keep = min(2 * k + 4, len(values))
            basis, images = basis @ inner[:, :keep], images @ inner[:, :keep]
        if m < k:
            fresh = [torch.randn(p, dtype=basis.dtype, generator=torch.Generator().manual_seed(spent)).to(basis)]
        else:
            fresh = [residual[:, j] for j in range(k) if not done[j]]


class Tracker:
    r"""The top k eigenpairs of the Hessian along a trajectory, each step started from the steps before.

    Parameters
    ----------
    k : int
        How many.
    tolerance : float
        Relative residual, see `top_eigenpairs`.
    extra : int
        How many further vectors are kept, so that a crossing of eigenvalues is seen.
    audit_every : int
        Every so many calls a random vector joins the start.
    seed : int
        Of the random vectors.
    """

    def __init__(
        self, k: int = 1, *, tolerance: float = 1e-3, extra: int = 2, audit_every: int = 25, seed: int = 0
    ) -> None:
        self.k, self.tolerance, self.extra, self.audit_every = k, tolerance, extra, audit_every
        self._generator = torch.Generator().manual_seed(seed)
        self._calls = 0
        self._kept: Tensor | None = None

    def __call__(self, product: Product, like: Tensor) -> Eigenpairs:
        """Return the top eigenpairs of a symmetric operator; `like` is a vector of its shape, dtype and device."""
        random = torch.randn(len(like), self.extra, generator=self._generator, dtype=torch.float64).to(like)
        if self._kept is None:
            start = random
        elif self._calls % self.audit_every == 0:
            start = torch.cat([self._kept, random[:, :1]], dim=1)
        else:
            start = self._kept
        self._calls += 1
        found = top_eigenpairs(product, start, self.k + self.extra, tolerance=self.tolerance)
        vectors = found.vectors
        if self._kept is not None:
            shared = min(vectors.shape[1], self._kept.shape[1])
            flip = (vectors[:, :shared] * self._kept[:, :shared]).sum(dim=0) < 0
            vectors = torch.cat(
                [torch.where(flip, -vectors[:, :shared], vectors[:, :shared]), vectors[:, shared:]], dim=1
            )
        self._kept = vectors
        k = self.k
        return Eigenpairs(found.values[:k], vectors[:, :k], found.residuals[:k], found.products)
