r"""A vector split between the kernel of the Hessian and its complement, by one Krylov space.

At a minimum on a manifold of minima the Hessian H vanishes along the manifold. Of the Ritz pairs of Lanczos' basis of
v, those with values within a floor of 0 give the part along the minima, and the others what :math:`H^+` makes of v:

.. math:: v = P v + H\,(H^+ v).

In exact arithmetic the basis is complete after as many products as H has distinct eigenvalues of which v has a part.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from edgestab.errors import InputError
from edgestab.numerics.networks.spectra.ritz import Basis, NotConverged, Product


@dataclass(frozen=True)
class Split:
    """A vector, split.

    Parameters
    ----------
    tangent : Tensor
        Its part along the minima, P v, shape (p,).
    inverse : Tensor
        H^+ v, shape (p,).
    values, parts : Tensor
        The Ritz values that are not taken for 0, and the coordinates of v along their vectors, shape (m,).
    lowest : float
        The smallest Ritz value: below minus the floor, H has a negative direction that v sees.
    products : int
        How many products were spent.
    residual : float
        The larger of |v - P v - H H^+ v| and |H P v|/scale, over |v|.
    """

    tangent: Tensor
    inverse: Tensor
    values: Tensor
    parts: Tensor
    lowest: float
    products: int
    residual: float


def split(
    product: Product, v: Tensor, scale: float, *, floor: float = 1e-9, tolerance: float = 1e-9, most: int = 1000
) -> Split:
    r"""Split v between the kernel of a symmetric operator and its complement.

    Parameters
    ----------
    product : callable
        v to H v.
    v : Tensor
        Shape (p,).
    scale : float
        The largest eigenvalue of H.
    floor : float
        Ritz values within `floor` times `scale` of 0 are taken for 0.
    tolerance : float
        Of the residual.
    most : int
        At most so many products.

    Raises
    ------
    InputError
        Unless the scale is positive.
    NotConverged
        When the residual is still larger after so many products.

    Examples
    --------
    >>> h = torch.tensor([4.0, 2.0, 0.0, 0.0], dtype=torch.float64)
    >>> found = split(lambda v: h * v, torch.ones(4, dtype=torch.float64), 4.0)
    >>> found.tangent.round(decimals=12) + 0.0, found.inverse.round(decimals=12) + 0.0, found.products
    (tensor([0., 0., 1., 1.], dtype=torch.float64), tensor([0.2500, 0.5000, 0.0000, 0.0000], dtype=torch.float64), 3)
    """
    if not scale > 0:
        raise InputError(f"the largest eigenvalue must be positive at a minimum, got {scale:g}")
    size = torch.linalg.vector_norm(v)
    if not size > 0:
        return Split(torch.zeros_like(v), torch.zeros_like(v), v[:0], v[:0], 0.0, 0, 0.0)
    capacity = min(len(v), most)
    basis, after = Basis(v, capacity), v
    while True:
        basis.add(product, after)
        after = basis.images[-1]
        if basis.room and basis.size % max(1, basis.size // 8):
            continue
        _, complete = basis.krylov(0)
        found = _split_in(basis, v, scale, floor)
        if found.residual <= tolerance:
            return found
        if complete or not basis.room:
            raise NotConverged(
                f"after {basis.spent} products a vector is split with a residual of {found.residual:.2g}: "
                "allow more of them, or a larger tolerance"
            )


def _split_in(basis: Basis, v: Tensor, scale: float, floor: float) -> Split:
    ritz = basis.ritz()
    inner = torch.as_tensor(ritz.inner.T.copy()).to(v)
    vectors, images = inner @ basis.vectors, inner @ basis.images
    values = torch.as_tensor(ritz.values).to(v)
    parts = vectors @ v
    flat = values.abs() <= floor * scale
    tangent = parts.where(flat, torch.zeros_like(parts)) @ vectors
    weights = torch.where(flat, torch.zeros_like(parts), parts / torch.where(flat, torch.ones_like(values), values))
    off = v - tangent - weights @ images
    along = parts.where(flat, torch.zeros_like(parts)) @ images
    residual = max(float(torch.linalg.vector_norm(off)), float(torch.linalg.vector_norm(along)) / scale)
    return Split(
        tangent,
        weights @ vectors,
        values[~flat],
        parts[~flat],
        float(values[-1]),
        basis.spent,
        residual / float(torch.linalg.vector_norm(v)),
    )
