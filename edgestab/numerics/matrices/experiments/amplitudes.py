r"""Amplitudes of runs on the singular-vector set against the closed form, and how many singular values oscillate."""

from __future__ import annotations

import numpy as np

from edgestab.numerics.experiment import ExperimentResult
from edgestab.numerics.matrices.experiments.diagonal_runs import many, run
from edgestab.numerics.matrices.experiments.spectra import oscillating, spectra
from edgestab.numerics.matrices.starts import small
from edgestab.numerics.matrices.two_cycle import two_cycle


def amplitudes(
    *, seed: int, depth: int = 3, count: int = 60, modes: int = 3, alpha: float = 0.1, steps: int = 5000
) -> ExperimentResult:
    r"""Run random spectra from :math:`W_L = 0`, :math:`W_\ell = \alpha I`, and compare the last two products.

    No :math:`\eta S_i/2` is within 1 % of 1, where convergence is slow; :math:`\eta S_1` is below the second flip.

    Returns
    -------
    ExperimentResult
        Statistics: ``error`` (the largest error of an amplitude :math:`\rho_2^L - \rho_1^L`, relative to its
        singular value), ``miscounted`` (spectra in which not as many singular values oscillate as have :math:`S_i >
        2/\eta`), ``most`` and ``least`` (how many oscillate).
    """
    drawn = spectra(seed, depth, count, modes, (0.6, 0.98), (0.02, 0.98), apart=0.01)
    model = many(drawn.sigma, depth)
    end = run(model, np.repeat(small(model, alpha), count, axis=0), drawn.eta, steps)
    after = run(model, end, drawn.eta, 1)
    seen = abs(model.modes(after) - model.modes(end))
    low, high = two_cycle(drawn.eta[:, None], drawn.sigma, depth)
    error = abs(seen - (high**depth - low**depth)) / drawn.sigma
    wanted = oscillating(drawn, depth)
    counted = (seen > 1e-6 * drawn.sigma).sum(axis=1)
    return ExperimentResult(
        {
            "error": float(error.max()),
            "miscounted": float((counted != wanted).sum()),
            "most": float(wanted.max()),
            "least": float(wanted.min()),
        }
    )
