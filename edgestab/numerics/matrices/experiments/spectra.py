r"""Random targets and step sizes: singular values with the largest equal to 1, and steps in the window of its 2-cycle.

Scaling :math:`M \to cM` with :math:`\eta\to\eta c^{2/L-2}` changes nothing, so :math:`\sigma_1 = 1`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgestab.numerics.matrices.two_cycle import second_flip

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Spectra:
    """Singular values, shape (m, r), decreasing from 1, and a step size for each row, shape (m,)."""

    sigma: Array
    eta: Array


def spectra(seed: int, depth: int, count: int, modes: int, ratio: tuple[float, float], window: tuple[float, float],
            apart: float = 0.0) -> Spectra:  # fmt: skip
    r"""Draw spectra and step sizes.

    Parameters
    ----------
    seed, depth : int
        Of the draw, and L.
    count, modes : int
        m and r.
    ratio : (float, float)
        Every further singular value is drawn uniformly between these multiples of the largest.
    window : (float, float)
        :math:`\eta S_1/2` is drawn uniformly between 1 and the second flip, cut to this part of that interval: (0,
        1) is all.
    apart : float
        No :math:`\eta S_i/2` is nearer to 1 than this, and neighbouring singular values differ by this share at
        least.

    Examples
    --------
    >>> drawn = spectra(0, 3, 4, 2, (0.5, 0.9), (0.1, 0.9))
    >>> drawn.sigma.shape, bool((drawn.eta * 3 > 2).all())
    ((4, 2), True)
    """
    random = np.random.default_rng([seed, depth, modes])
    edge, last = 2 / depth, second_flip(depth)
    sigma, eta = np.zeros((0, modes)), np.zeros(0)
    while len(eta) < count:
        drawn = np.sort(random.uniform(*ratio, (4 * count, modes - 1)), axis=1)[:, ::-1]
        s = np.concatenate([np.ones((len(drawn), 1)), drawn], axis=1)
        e = edge + (last - edge) * random.uniform(*window, len(s))
        near = abs(e[:, None] * s ** (2 - 2 / depth) / edge - 1) < apart
        close = -np.diff(s, axis=1) < apart * s[:, 1:]
        kept = ~near.any(axis=1) & ~close.any(axis=1)
        sigma, eta = np.concatenate([sigma, s[kept]]), np.concatenate([eta, e[kept]])
    return Spectra(sigma[:count], eta[:count])


def oscillating(drawn: Spectra, depth: int) -> NDArray[np.int64]:
    r"""Return how many singular values of each row have :math:`S_i > 2/\eta`."""
    return np.asarray((drawn.eta[:, None] * depth * drawn.sigma ** (2 - 2 / depth) > 2).sum(axis=1))
