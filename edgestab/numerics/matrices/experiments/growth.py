r"""Floquet multipliers against runs: by how much a perturbation of a 2-cycle grows in gradient descent itself.

The entries that mix singular pairs are exactly zero on a diagonal orbit. A perturbation of :math:`10^{-200}` there
leaves the orbit untouched, and double precision resolves it in full while it grows by two hundred orders of
magnitude: no derivative is taken.
"""

from __future__ import annotations

import numpy as np

from edgestab.numerics.experiment import ExperimentResult
from edgestab.numerics.floquet.dynamics import dynamics_of
from edgestab.numerics.floquet.floquet import floquet
from edgestab.numerics.matrices.experiments.diagonal_runs import many, run
from edgestab.numerics.matrices.experiments.spectra import spectra
from edgestab.numerics.matrices.factorization import factorization
from edgestab.numerics.matrices.starts import on_singular_vectors
from edgestab.numerics.matrices.two_cycle import two_cycle, two_cycle_starts


def growth(*, seed: int, depth: int = 3, count: int = 40, periods: int = 600) -> ExperimentResult:
    r"""Compare the leading multiplier of 2-cycles of rank two with the growth of a perturbation in runs.

    Returns
    -------
    ExperimentResult
        Statistics: ``error`` (the largest difference of the moduli), ``least`` (the least modulus), ``spectra`` (how
        many).
    """
    drawn = spectra(seed, depth, 12 * count, 2, (0.6, 0.97), (0.05, 0.95), apart=0.01)
    both = np.flatnonzero(drawn.eta * depth * drawn.sigma[:, 1] ** (2 - 2 / depth) > 2.02)[:count]
    sigma, eta = drawn.sigma[both], drawn.eta[both]
    count = len(eta)
    random = np.random.default_rng([seed, depth, 1])
    phases = random.choice([1, -1], count)
    model = many(sigma, depth)
    low, high = two_cycle(eta[:, None], sigma, depth)
    low[:, 1] = np.where(phases > 0, low[:, 1], high[:, 1])
    w = on_singular_vectors(model, np.repeat(low[:, None, :], depth, axis=1))
    mixing = [4 * k + e for k in range(depth) for e in (1, 2)]
    w[:, mixing] = 1e-200 * random.standard_normal((count, len(mixing)))
    w = run(model, w, eta, 2 * (periods - 3))
    seen = [w[:, mixing]]
    for _ in range(3):
        w = run(model, w, eta, 2)
        seen.append(w[:, mixing])
    measured = np.array([_leading(*(x[k] for x in seen)) for k in range(count)])
    radius = np.array([_radius(sigma[k], eta[k], depth, int(phases[k])) for k in range(count)])
    return ExperimentResult(
        {"error": float(abs(measured - radius).max()), "least": float(radius.min()), "spectra": float(count)},
        {"radius": radius, "measured": measured},
    )


def _leading(*seen: np.ndarray) -> float:
    """The largest root of the recurrence, of order three at most, that the last four perturbations satisfy.

    Where the leading pair is all that is left, the order is two: a third root would be made of rounding.
    """
    *before, last = (x / abs(seen[-1]).max() for x in seen)
    singular = np.linalg.svd(np.stack(before, axis=1), compute_uv=False)
    order = int(np.sum(singular > 1e-7 * singular[0]))
    coefficients = np.linalg.lstsq(np.stack(before[: -order - 1 : -1], axis=1), last)[0]
    return float(abs(np.roots([1, *-coefficients])).max())


def _radius(sigma: np.ndarray, eta: float, depth: int, phase: int) -> float:
    model = factorization(np.diag(sigma), depth=depth)
    return floquet(dynamics_of(model, float(eta)), two_cycle_starts(model, float(eta), (1, phase))[0], 2).radius
