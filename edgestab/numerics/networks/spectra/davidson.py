r"""Davidson's method: a basis enlarged by residuals, sharpened by what earlier vectors say of the rest of the spectrum.

With Ritz pair :math:`(\theta, x)` and residual r, the correction of x is :math:`(\theta - \tilde A)^{-1} r`. The
stand-in :math:`\tilde A` has the stale pairs :math:`(\theta_i, g_i)` and is 0 elsewhere, as the bulk of a Hessian's
spectrum nearly is:

.. math:: t = \frac1\theta\Bigl(r + \sum_i\Bigl(\frac{\theta}{\theta - \theta_i} - 1\Bigr)\,g_i\,(g_i\cdot r)\Bigr).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from edgestab.numerics.networks.spectra.ritz import Basis, NotConverged, Product, Ritz, norms

Array = NDArray[np.float64]

ROUGHLY = 0.25
"""The residual, relative to the gap above it, with which a Ritz pair next to the top is known well enough."""

SMALL = 0.1
"""A stale vector counts where at least this part of its square is orthogonal to the basis."""

CLOSEST = 2e-3
"""Eigenvalues nearer than this fraction of the largest count as this far apart where a gap is divided by."""


@dataclass(frozen=True)
class Stale:
    """Approximate eigenpairs that were not multiplied by this operator.

    Parameters
    ----------
    values : ndarray, shape (s,)
        Ritz values as they were.
    vectors : Tensor
        Shape (s, p), orthonormal or nearly.
    """

    values: Array
    vectors: Tensor


@dataclass(frozen=True)
class Solved:
    """Ritz pairs of which the first k have residuals as small as asked.

    Parameters
    ----------
    ritz : Ritz
        All that the basis holds.
    vectors, residuals : Tensor
        Of the first ones, shape (m, p) with m >= k.
    norms : ndarray, shape (m,)
        Of the residuals.
    rounds : int
        How often the basis was enlarged.
    """

    ritz: Ritz
    vectors: Tensor
    residuals: Tensor
    norms: Array
    rounds: int

    def turned(self, signs: Tensor) -> Solved:
        """Return the same pairs with the vectors times these signs."""
        return replace(self, vectors=self.vectors * signs[:, None], residuals=self.residuals * signs[:, None])


def solve(
    product: Product,
    basis: Basis,
    k: int,
    *,
    tolerance: float,
    accuracy: float = inf,
    width: int | None = None,
    stale: Stale | None = None,
    most_products: int = 2000,
) -> Solved:
    r"""Enlarge a basis until it holds k eigenpairs.

    Parameters
    ----------
    product : callable
        v to A v.
    basis : Basis
        At least one vector; it is changed.
    k : int
        How many.
    tolerance : float
        Every residual is at most `tolerance` times the largest Ritz value's modulus s.
    accuracy : float
        Every residual^2/gap is at most `accuracy` s: a bound of the eigenvalue's error. The gap is that to the next
        vector that is not in the basis or, in it, is not among the first `width`.
    width : int, optional
        How many Ritz pairs are wanted back; k by default. Those after the first k are wanted well enough to know that
        they are below them: with residuals of at most a quarter of the gap between.
    stale : Stale, optional
        What is known of other eigenpairs.
    most_products : int
        Of the basis, in all.

    Raises
    ------
    NotConverged
        When the residuals are still larger after `most_products`.
    NotFinite
        When a product is not finite.
    """
    p = basis.vectors.shape[1]
    width = max(k, width or k)
    rounds = 0
    while True:
        ritz = basis.ritz()
        held = len(ritz.values)
        if held < min(k, p):
            basis.add(product, _random(basis))
            continue
        vectors, residuals = basis.pairs(ritz, min(width, held))
        sizes = norms(residuals)
        scale = ritz.scale
        part = scale if scale > 0 else 1.0  # the zero operator has no residuals
        relative = sizes / part
        gaps = np.maximum((ritz.values[:k] - _next(ritz, width, stale)) / part, CLOSEST)
        below = (ritz.values[k - 1] - ritz.values[k : len(sizes)]) / part
        poor = relative > np.append(np.full(k, tolerance), np.maximum(tolerance, ROUGHLY * below))
        poor[:k] |= relative[:k] ** 2 > accuracy * gaps
        if not poor.any() or held == p:
            return Solved(ritz, vectors, residuals, sizes, rounds)
        if basis.spent >= most_products:
            raise NotConverged(
                f"the top {k} eigenpairs were not found to a residual of {tolerance:g} |lambda_1| in {basis.spent} "
                f"products (the residuals are {', '.join(f'{x:.1e}' for x in relative[:k])}): allow more products "
                "or a larger tolerance"
            )
        bad = np.flatnonzero(poor)
        places = torch.as_tensor(bad, device=residuals.device)
        fresh = residuals[places]
        if stale is not None:
            fresh = _sharpened(fresh, ritz.values[bad], scale, stale)
        if basis.room < len(bad):
            basis.restart(ritz, min(max(2 * k + 4, width), basis.capacity - len(bad)))
        for v in fresh:
            basis.add(product, v)
        rounds += 1


def corrected(found: Solved, stale: Stale | None) -> Tensor:
    """Return the Ritz vectors moved by their corrections, shape (m, p), normalised: no product is spent."""
    values = found.ritz.values[: len(found.vectors)]
    scale = found.ritz.scale
    moves = found.residuals if stale is None else _sharpened(found.residuals, values, scale, stale)
    # Below, 0 does not stand for the bulk of the spectrum; above a large residual, a correction is none.
    sound = (values > 0.1 * scale) & (found.norms < 0.1 * scale)
    factors = np.where(sound, 1 / np.where(sound, values, 1.0), 0.0)
    rows: Tensor = found.vectors + torch.as_tensor(factors).to(moves)[:, None] * moves
    lengths: Tensor = torch.linalg.vector_norm(rows, dim=1, keepdim=True)
    return rows / lengths


def merged(basis: Basis, stale: Stale | None, first: int, count: int) -> Stale:
    r"""Return the Ritz pairs after the first ones of a basis together with stale pairs.

    A compressed to both is known but for its stale part, :math:`g_i\cdot Ag_j \approx \theta_i\delta_{ij}`.
    """
    Q, n = basis.vectors, basis.size
    G = Q[:0] if stale is None else stale.vectors
    both = torch.cat([Q, G])
    known = (both @ torch.cat([basis.images, G]).T).to("cpu", torch.float64).numpy()
    inner = known[:n, :n]
    inner = (inner + inner.T) / 2
    across, coupling = known[:n, n:], known[n:, :n].T  # Q.G and AQ.G
    # Of the stale vectors only what is orthogonal to the basis is new; where little is, A on it would be noise.
    left = known[n:, n:] - across.T @ across
    sizes, axes = np.linalg.eigh((left + left.T) / 2)
    good = sizes > SMALL
    axes = axes[:, good] / np.sqrt(sizes[good])
    outer = np.diag(np.empty(0) if stale is None else stale.values) - across.T @ coupling - coupling.T @ across
    outer = axes.T @ (outer + across.T @ inner @ across) @ axes
    mixed = (coupling - inner @ across) @ axes
    values, vectors = np.linalg.eigh(np.block([[inner, mixed], [mixed.T, (outer + outer.T) / 2]]))
    chosen = np.arange(len(values))[::-1][first : first + count]
    old = axes @ vectors[n:, chosen]
    coordinates = np.concatenate([vectors[:n, chosen] - across @ old, old])
    return Stale(values[chosen], torch.as_tensor(coordinates.T.copy()).to(both) @ both)


def _next(ritz: Ritz, width: int, stale: Stale | None) -> float:
    below = [float(ritz.values[width])] if len(ritz.values) > width else []
    if stale is not None:
        below += stale.values.tolist()
    return max(below, default=-inf)


def _sharpened(residuals: Tensor, values: Array, scale: float, stale: Stale) -> Tensor:
    """The residuals with their parts along stale vectors enlarged."""
    gaps = np.maximum(values[:, None] - stale.values[None, :], CLOSEST * scale)
    factors = np.maximum(values, 0)[:, None] / gaps - 1
    factors[values <= 0] = 0
    parts = (residuals @ stale.vectors.T) * torch.as_tensor(factors).to(residuals)
    return residuals + parts @ stale.vectors


def _random(basis: Basis) -> Tensor:
    like = basis.vectors[0]
    generator = torch.Generator().manual_seed(0x9E3779B9 + basis.spent)  # far from those of a `Tracker`
    return torch.randn(len(like), generator=generator, dtype=torch.float64).to(like)
