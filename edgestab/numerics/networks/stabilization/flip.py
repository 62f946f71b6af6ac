r"""The normal form of gradient descent at the edge, where the loss across the top eigenvector is at its minimum.

At a point of the valley :math:`u\cdot\nabla L = 0` let :math:`y = S - 2/\eta`, :math:`T = D^3L[u, u, u]`,
:math:`Q = D^4L[u, u, u, u]`, and let x be the displacement along u. Two steps are

.. math:: x'' = x + 2\eta(y - cx^2)x, \qquad y'' = y + 2\eta(\alpha - \tfrac{\beta}{2}x^2), \qquad
          c = \frac{\eta T^2}{4} - \frac{Q}{6} + \frac12\sum_j\frac{(\nabla S\cdot u_j)^2}{\lambda_j},

to leading order; the sum runs over the directions that relax before x changes much, and beta is what of
:math:`|\nabla S^\perp|^2` lies across them. The flip is supercritical iff c > 0. On a manifold of minima alpha = 0 and

.. math:: x^2 = \frac{y}{c} + \frac{\beta}{4c^2} + K e^{4cy/\beta},

so orbits that start far above the edge, :math:`4cy_0/\beta\gg1`, follow the parabola K = 0 and end at
:math:`S_\infty = 2/\eta - \beta/(4c)`. On the scalar quartic :math:`\tfrac14(1 - x^2y^2)^2` this is the parabola of Zhu
et al. (2023) and the gap eta/2.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, nan

import numpy as np
import torch
from scipy.special import lambertw
from torch import Tensor

from edgestab.numerics.networks.losses.objective import Objective
from edgestab.numerics.networks.spectra.eigen import top_eigenpairs


@dataclass(frozen=True)
class FlipForm:
    """The coefficients of the normal form at one point.

    Parameters
    ----------
    eta : float
        The step size.
    sharpness : float
        S at the point.
    second : float
        The second eigenvalue, minus infinity where there is none.
    bare : float
        c without the sum over relaxing directions.
    c : float
        c with it.
    beta : float
        See above.
    u, normal : Tensor
        The top eigenvector, and grad S across it, shape (p,).
    """

    eta: float
    sharpness: float
    second: float
    bare: float
    c: float
    beta: float
    u: Tensor
    normal: Tensor

    @property
    def excess(self) -> float:
        """S - 2/eta."""
        return self.sharpness - 2 / self.eta

    @property
    def gap(self) -> float:
        """2/eta - S at the end of the attracting parabola, beta/(4c); nan unless c > 0."""
        return self.beta / (4 * self.c) if self.c > 0 else nan


def flip_form(
    objective: Objective, w: Tensor, eta: float, *, relaxing: int = 0, floor: float = 1e-3, tolerance: float = 1e-6
) -> FlipForm:
    r"""Return the normal form at w.

    Parameters
    ----------
    objective : Objective
        The loss.
    w : Tensor
        Shape (p,), near the valley :math:`u\cdot\nabla L = 0`.
    eta : float
        The step size.
    relaxing : int
        How many eigenvectors below the top one are taken to relax at once, where their eigenvalues are at least
        `floor` times S.
    tolerance : float
        Of the eigenpairs' residuals.

    Examples
    --------
    >>> import torch
    >>> quartic = Objective("quartic", 2, (lambda w: (1 - (w[0] * w[1]) ** 2) ** 2 / 4,))
    >>> form = flip_form(quartic, torch.tensor([10.0, 0.1], dtype=torch.float64), 2 / 200.02)
    >>> round(form.gap / form.eta, 3)
    0.5
    """
    point = objective.at(w)
    k = min(1 + max(relaxing, 1), objective.size)
    start = torch.randn(objective.size, k, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    pairs = top_eigenpairs(point.hvp, start.to(point.w), k, tolerance=tolerance, most_vectors=3 * k + 30)
    u = pairs.vectors[:, 0]
    gradient = point.third(u, u)
    T = float(gradient @ u)
    Q = float(objective.D(w, 4, u, u, u, u))
    normal = gradient - T * u
    sharpness = float(pairs.values[0])
    keep = [j for j in range(1, min(relaxing + 1, k)) if float(pairs.values[j]) >= floor * sharpness]
    pushes = [(float(normal @ pairs.vectors[:, j]), float(pairs.values[j])) for j in keep]
    bare = eta * T**2 / 4 - Q / 6
    c = bare + sum(n**2 / value for n, value in pushes) / 2
    beta = float(normal @ normal) - sum(n**2 for n, _ in pushes)
    second = float(pairs.values[1]) if k > 1 else -inf
    return FlipForm(eta, sharpness, second, bare, c, beta, u, normal)


def landing(start: float) -> float:
    r"""Return where an orbit ends that leaves a manifold of minima at :math:`Y_0 > 0`; :math:`Y = 4cy/\beta`.

    It is the negative root of :math:`(1 + Y)e^{-Y} = (1 + Y_0)e^{-Y_0}`: near 0 the mirror image :math:`-Y_0`, as
    for the two-layer scalar network; at large :math:`Y_0` it is -1, the end of the attracting parabola. NaN for
    :math:`Y_0\le0`.

    Examples
    --------
    >>> round(landing(1e-3), 6), round(landing(30.0), 6)
    (-0.000999, -1.0)
    """
    if not start > 0:
        return nan
    return float(-1 - lambertw(-(1 + start) * np.exp(-1 - start)).real)
