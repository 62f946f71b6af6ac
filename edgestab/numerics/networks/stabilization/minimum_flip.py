r"""The flip of gradient descent beside a minimum of a network, from derivative products alone.

With the notation of `edgestab.theory.landing`, at a minimum on a manifold of minima, u the top eigenvector and
:math:`T = D^3L[u, u, \cdot]`,

.. math:: G = |P\,T|^2, \qquad C = T^\top H^+ T - \tfrac13 D^4L[u, u, u, u].

T costs one product with the third derivative, Q one with the fourth. The part of T along the tracked eigenvectors is
divided by their eigenvalues; what is left is split by one Krylov space of H (`edgestab.numerics.networks.spectra`).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, nan

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from edgestab.errors import InputError
from edgestab.numerics.networks.losses.objective import Objective
from edgestab.numerics.networks.spectra.eigen import top_eigenpairs
from edgestab.numerics.networks.spectra.split import split

GRADIENTS = {1: 1, 2: 2, 3: 4, 4: 8}
"""What a derivative product of each order is counted as, in gradients: every backward pass over a graph doubles it."""


@dataclass(frozen=True)
class MinimumFlip:
    """The flip beside one minimum.

    Parameters
    ----------
    sharpness, second : float
        The two largest eigenvalues of the Hessian; `second` is minus infinity where there is one parameter.
    tracked : Tensor
        The eigenvectors that were found, u first, shape (p, k).
    slope : Tensor
        P T: the slope of the sharpness along the minima, shape (p,).
    own : float
        T_u, the part of T along u.
    values, parts : ndarray
        Normal modes: lambda_j and T_j of the tracked eigenvectors below u, and of the Ritz vectors for the rest, whose
        sums over j are those over all eigenvectors.
    fourth : float
        Q = D^4L[u, u, u, u].
    residual : float
        Of the split of T, relative.
    gradients : int
        What it cost: products with the first to the fourth derivative, counted as in `GRADIENTS`.
    """

    sharpness: float
    second: float
    tracked: Tensor
    slope: Tensor
    own: float
    values: NDArray[np.float64]
    parts: NDArray[np.float64]
    fourth: float
    residual: float
    gradients: int

    @property
    def u(self) -> Tensor:
        """The top eigenvector, shape (p,)."""
        return self.tracked[:, 0]

    @property
    def pull(self) -> float:
        """G."""
        return float(self.slope @ self.slope)

    @property
    def bare(self) -> float:
        """What C is without the other modes: T_u^2/lambda - Q/3."""
        return self.own**2 / self.sharpness - self.fourth / 3

    @property
    def cubic(self) -> float:
        """C: positive where the flip at the edge is supercritical."""
        return self.bare + float((self.parts**2 / self.values).sum())

    @property
    def share(self) -> float:
        """C over the sum of what it is made of without signs: between -1 and 1, whatever the units."""
        whole = self.cubic + (abs(self.fourth) + self.fourth) / 3
        return self.cubic / whole if whole > 0 else nan

    @property
    def lag(self) -> float:
        r"""The lag of the other modes behind the cycle, :math:`\kappa = G\sum_j T_j^2/\lambda_j^2/C^2`, without u.

        Where it is not small they do not follow, and the gap is not G/(2C): see `reduced`.
        """
        return self.pull * float((self.parts**2 / self.values**2).sum()) / self.cubic**2

    @property
    def gap(self) -> float:
        """G/(2C), how far below 2/eta gradient descent lands to leading order; NaN unless C > 0."""
        return self.pull / (2 * self.cubic) if self.cubic > 0 else nan


def flip_at_minimum(
    objective: Objective,
    w: Tensor,
    *,
    tracked: int = 4,
    start: Tensor | None = None,
    floor: float = 1e-9,
    tolerance: float = 1e-8,
) -> MinimumFlip:
    r"""Return the flip beside a minimum.

    Parameters
    ----------
    objective : Objective
        The loss, in float64.
    w : Tensor
        The minimum, shape (p,): that its gradient vanishes is not looked at.
    tracked : int
        How many eigenpairs are found first and taken out of T.
    start : Tensor, optional
        What they are found from, shape (p, m); at random by default.
    floor : float
        Eigenvalues below this part of the largest are those of tangents of the minima.
    tolerance : float
        Of the eigenpairs' residuals and of the split's.

    Raises
    ------
    InputError
        When T has a part along a direction in which the loss curves down.
    EigenError
        When no eigenpairs or no split of that accuracy are found.

    Examples
    --------
    >>> quartic = Objective("quartic", 2, (lambda w: (1 - (w[0] * w[1]) ** 2) ** 2 / 4,))
    >>> flip = flip_at_minimum(quartic, torch.tensor([10.0, 0.1], dtype=torch.float64))
    >>> round(flip.gap * flip.sharpness / 2, 3)
    0.5
    """
    point = objective.at(w)
    k = min(max(tracked, 2), objective.size)
    if start is None:
        random = torch.Generator().manual_seed(0)
        start = torch.randn(objective.size, k, generator=random, dtype=torch.float64).to(point.w)
    pairs = top_eigenpairs(point.hvp, start, k, tolerance=tolerance, most_vectors=4 * k + 30)
    u = pairs.vectors[:, 0]
    third, fourth = point.third(u, u), float(objective.D(w, 4, u, u, u, u))
    scale = float(pairs.values[0])
    known = pairs.values > floor * scale
    vectors = pairs.vectors[:, known.to(pairs.vectors.device)]
    parts, values = vectors.T @ third, pairs.values[known].to(vectors)
    rest = third - vectors @ parts
    rest = rest - vectors @ (vectors.T @ rest)

    def deflated(v: Tensor) -> Tensor:
        image = point.hvp(v)
        return image - vectors @ (vectors.T @ image)

    found = split(deflated, rest, scale, floor=floor, tolerance=tolerance, most=objective.size)
    modes = (torch.cat(both) for both in ((values[1:], found.values), (parts[1:], found.parts)))
    others, pushes = (mode.to("cpu", torch.float64).numpy() for mode in modes)
    if (others < 0).any():
        raise InputError(f"this is no minimum of {objective.name}: the Hessian has the eigenvalue {others.min():.3g}")
    return MinimumFlip(
        scale,
        float(pairs.values[1]) if k > 1 else -inf,
        pairs.vectors,
        found.tangent,
        float(parts[0]),
        others,
        pushes,
        fourth,
        found.residual,
        GRADIENTS[1] + GRADIENTS[2] * (pairs.products + found.products) + GRADIENTS[3] + GRADIENTS[4],
    )
