r"""Stability across the singular-vector set from the closed blocks of two pairs: orbits of rank one and two."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edgestab.numerics.experiment import ExperimentResult
from edgestab.numerics.matrices.experiments.spectra import spectra
from edgestab.numerics.matrices.pairs import pair_multipliers
from edgestab.numerics.matrices.two_cycle import second_flip, two_cycle

Array = NDArray[np.float64]


def radii(eta: Array, sigma: Array, depth: int, phase: int = 1) -> Array:
    r"""Return the spectral radius of the balanced 2-cycle's block of :math:`\sigma_1 = 1` and another, shape (m,).

    Parameters
    ----------
    eta, sigma : ndarray
        The step sizes and the other singular values, shape (m,).
    depth : int
        L.
    phase : {1, -1}
        Whether the two oscillate in phase.
    """
    one, other = two_cycle(eta, 1.0, depth), two_cycle(eta, sigma, depth)[::phase]
    cycle = [
        (np.repeat(x[:, None], depth, 1), np.repeat(y[:, None], depth, 1)) for x, y in zip(one, other, strict=True)
    ]
    return np.asarray(abs(pair_multipliers(cycle, np.ones(len(eta)), sigma, eta)[:, 0]))


def rank_two(*, seed: int, depth: int = 3, count: int = 5000) -> ExperimentResult:
    r"""Measure orbits of which two different singular values oscillate, in the whole window of the 2-cycle.

    :math:`\sigma_2/\sigma_1` is uniform in (0.5, 0.99); :math:`\eta` between :math:`2/S_2`, above it by 1 % at
    least, and the second flip of the larger.

    Returns
    -------
    ExperimentResult
        Statistics: ``least`` (the least spectral radius of all, in both phases, less 1), ``stable`` (how many have
        radius at most :math:`1 + 10^{-6}`), ``orbits`` (how many there are, each in both phases).
    """
    drawn = spectra(seed, depth, 8 * count, 2, (0.5, 0.99), (0.0, 1.0), apart=0.01)
    both = np.flatnonzero(drawn.eta * depth * drawn.sigma[:, 1] ** (2 - 2 / depth) > 2.02)[:count]
    eta, sigma = drawn.eta[both], drawn.sigma[both, 1]
    found = np.concatenate([radii(eta, sigma, depth, phase) for phase in (1, -1)])
    return ExperimentResult(
        {
            "least": float(found.min() - 1),
            "stable": float((found <= 1 + 1e-6).sum()),
            "orbits": float(len(eta)),
        },
        {"eta": np.tile(eta, 2), "sigma": np.tile(sigma, 2), "radius": found},
    )


def rank_one(*, seed: int, depth: int = 3, count: int = 200) -> ExperimentResult:
    r"""Find where the orbit of the largest singular value loses its stability against the next one.

    :math:`\sigma_2/\sigma_1` is uniform in (0.6, 0.95), where the 2-cycle's window reaches beyond
    :math:`1.06\cdot2/\lambda_{12}`.

    Returns
    -------
    ExperimentResult
        Statistics: ``unstable`` (the share that loses it at all), ``first`` and ``last`` (the least and the largest
        :math:`\eta\lambda_{12}/2` at which the radius exceeds 1), ``before`` (the largest :math:`\eta S_2/2` there:
        below 1 the second does not oscillate).
    """
    random = np.random.default_rng([seed, depth])
    sigma = random.uniform(0.6, 0.95, 20 * count)
    lam = sum(sigma ** (2 * k / depth) for k in range(depth))
    sigma = sigma[1.06 * 2 / lam < second_flip(depth)][:count]
    lam = sum(sigma ** (2 * k / depth) for k in range(depth))
    low, high = np.maximum(0.98 * 2 / lam, 1.0001 * 2 / depth), 1.06 * 2 / lam
    high = np.minimum(high, 0.9999 * 2 / (depth * sigma ** (2 - 2 / depth)))
    lost = (radii(low, sigma, depth) <= 1 + 1e-7) & (radii(high, sigma, depth) > 1 + 1e-7)
    for _ in range(40):
        middle = (low + high) / 2
        unstable = radii(middle, sigma, depth) > 1 + 1e-7
        low, high = np.where(unstable, low, middle), np.where(unstable, middle, high)
    ratio = high * lam / 2
    return ExperimentResult(
        {
            "unstable": float(np.mean(lost)),
            "first": float(ratio.min()),
            "last": float(ratio.max()),
            "before": float((high * depth * sigma ** (2 - 2 / depth) / 2).max()),
        },
        {"sigma": sigma, "ratio": ratio},
    )
