r"""How eigenvectors of the Hessian turn along a trajectory.

Eigenvectors have no sign: every quantity here is of lines and subspaces. At the edge of stability the iterates
alternate, so the rotation from one step to the next is mostly that alternation; rotations over two steps, or of
eigenvectors at midpoints (see `curvature.midpoint`), are of the path itself. Where the eigengap is small an
eigenvector turns fast for no reason but that: report `Eigenpairs.gap` beside, or the angles of the top subspace.

The polarity of a rotation
--------------------------
Wang & Roberts (2024) name Rotational Polarity of Eigenvectors the observation that eigenvectors turn away during an
instability and turn back when it is over. Ours is an operational quantity. Let a, b, c be the top eigenvectors before
an instability, at its peak and after it, signed so that :math:`a\cdot b, c\cdot b \ge 0`. The rotation arrived at b
from the direction of :math:`a_\perp = a - (a\cdot b)b` and left in that of :math:`c_\perp`; its **polarity** is

.. math:: \pi = \frac{a_\perp\cdot c_\perp}{|a_\perp||c_\perp|} \in [-1, 1] :

1 when the path turns back the way it came, -1 when it goes on along the same great circle, and near 0 (of order
:math:`p^{-1/2}`) when the two rotations have nothing to do with each other. How far it comes back is another question:
**returned** is :math:`1 - \angle(a, c)/\angle(a, b)`, 1 for all the way, 0 for not nearer, negative for farther.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from edgestab.errors import InputError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Polarity:
    """A rotation and what became of it; see the module.

    Parameters
    ----------
    away, back, net : float
        The angles from before to the peak, from the peak to after, and from before to after, in [0, pi/2].
    polarity : float
        In [-1, 1]; NaN where `away` or `back` is below the smallest angle that counts.
    returned : float
        At most 1; NaN where `away` is below the smallest angle that counts.
    """

    away: float
    back: float
    net: float
    polarity: float
    returned: float


def polarity(before: Tensor, peak: Tensor, after: Tensor, *, least: float = 1e-6) -> Polarity:
    r"""Return the polarity of a rotation.

    Parameters
    ----------
    before, peak, after : Tensor
        Eigenvectors, shape (p,), of any sign and length.
    least : float
        The smallest angle that counts: errors of the eigenvectors, residual/eigengap, are to be well below it.

    Examples
    --------
    >>> a, b, c = torch.eye(3, dtype=torch.float64)
    >>> p = polarity(a, a + b / 10, a + b / 20)
    >>> round(p.polarity, 9), round(p.returned, 2)
    (1.0, 0.5)
    >>> round(polarity(a, a + b / 10, a + b / 5).polarity, 9)
    -1.0
    """
    a, b, c = (v / torch.linalg.vector_norm(v) for v in (before, peak, after))
    a, c = (v if v @ b >= 0 else -v for v in (a, c))
    away, back, net = angle(a, b), angle(b, c), angle(a, c)
    if away < least:
        return Polarity(away, back, net, nan, nan)
    first, second = a - b * (a @ b), c - b * (c @ b)
    found = nan
    if back >= least:
        cosine = first @ second / (torch.linalg.vector_norm(first) * torch.linalg.vector_norm(second))
        found = min(max(float(cosine), -1.0), 1.0)
    return Polarity(away, back, net, found, 1 - net / away)


def angle(u: Tensor, v: Tensor) -> float:
    """Return the angle between the lines of two vectors, in [0, pi/2], accurate also where it is small."""
    return float(principal_angles(u[:, None], v[:, None])[0])


def principal_angles(u: Tensor, v: Tensor) -> Array:
    r"""Return the principal angles between two subspaces, the largest first, in [0, pi/2].

    Parameters
    ----------
    u, v : Tensor
        Shapes (p, k) and (p, m): columns that span the subspaces.

    Returns
    -------
    ndarray, shape (min(k, m),)

    Notes
    -----
    Cosines are useless for small angles and sines for large ones; each is taken where it is accurate (Bjorck & Golub
    1973).

    Examples
    --------
    >>> e = torch.eye(4, dtype=torch.float64)
    >>> principal_angles(e[:, :2], torch.stack([e[:, 0], e[:, 1] + 1e-9 * e[:, 2]], dim=1)).tolist()
    [1e-09, 0.0]
    """
    if v.shape[1] > u.shape[1]:
        u, v = v, u
    (q, _), (r, _) = torch.linalg.qr(u), torch.linalg.qr(v)
    inner = q.T @ r
    cosines = torch.linalg.svdvals(inner).to("cpu", torch.float64).numpy()
    sines = torch.linalg.svdvals(r - q @ inner).to("cpu", torch.float64).numpy()
    cosines, sines = np.clip(cosines[::-1], 0, 1), np.clip(sines, 0, 1)
    found: Array = np.where(sines**2 < 0.5, np.arcsin(sines), np.arccos(cosines))
    return found


def similarity(u: Tensor, v: Tensor) -> Array:
    r"""Return :math:`|u_i\cdot v_j|`, shape (k, m), for orthonormal columns: which eigenvector became which."""
    found: Array = (u.T @ v).abs().to("cpu", torch.float64).numpy()
    return found


def similarity_in_time(vectors: Sequence[Tensor]) -> Array:
    """Return `|cos|` between the vectors of all pairs of times, shape (T, T), for a heat map."""
    rows = torch.stack(list(vectors))
    return similarity(rows.T, rows.T)


def rotation(vectors: Sequence[Tensor], lag: int) -> Array:
    r"""Return :math:`1 - |u_t\cdot u_{t - lag}|` for t = lag, lag + 1, ..., shape (T - lag,).

    Parameters
    ----------
    vectors : sequence of Tensor
        Unit vectors, shape (p,).
    lag : int
        2 at the edge of stability, or 1 for vectors at midpoints.

    Examples
    --------
    >>> a, b, _ = torch.eye(3, dtype=torch.float64)
    >>> rotation([a, b, -a, -b], lag=1), rotation([a, b, -a, -b], lag=2)
    (array([1., 1., 1.]), array([0., 0.]))
    """
    if lag < 1:
        raise InputError(f"lag must be at least 1, got {lag}")
    pairs = zip(vectors[lag:], vectors, strict=False)
    # 1 - cos from the difference: the cosine itself would round to 1 below 1e-8.
    return np.array([float(torch.minimum((a - b).square().sum(), (a + b).square().sum())) / 2 for a, b in pairs])
