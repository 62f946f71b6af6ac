r"""Runs that begin a little off the singular-vector set: where they stay at its orbit, and where they leave it."""

from __future__ import annotations

import numpy as np

from edgestab.errors import InputError
from edgestab.numerics.experiment import ExperimentResult
from edgestab.numerics.matrices.curvatures import curvatures
from edgestab.numerics.matrices.experiments.diagonal_runs import many, run
from edgestab.numerics.matrices.experiments.spectra import Spectra, oscillating, spectra
from edgestab.numerics.matrices.starts import on_singular_vectors, perturbed
from edgestab.numerics.matrices.two_cycle import two_cycle


def noise(
    *, seed: int, depth: int = 3, count: int = 40, modes: int = 3, size: float = 1e-8, steps: int = 6000,
    side: str = "above",
) -> ExperimentResult:  # fmt: skip
    r"""Run from the 2-cycle with normal noise in every entry, at step sizes on one side of :math:`2/\lambda_{12}`.

    Parameters
    ----------
    seed, depth, count, modes : int
        See `spectra`.
    size : float
        Standard deviation of the noise; :math:`\sigma_1 = 1`.
    steps : int
        How many.
    side : {"above", "below"}
        :math:`\eta\lambda_{12}/2` above 1.03, or :math:`\eta S_1/2` above 1.01 and :math:`\eta\lambda_{12}/2` below
        0.98.

    Returns
    -------
    ExperimentResult
        Statistics: ``left`` (the share of runs whose product had off-diagonal entries above 1e-3, or diverged),
        ``diverged`` (the share of those that diverged), ``rank`` (the mean number of :math:`S_i > 2/\eta`).
    """
    drawn = _on_side(seed, depth, count, modes, side)
    model = many(drawn.sigma, depth)
    low, _ = two_cycle(drawn.eta[:, None], drawn.sigma, depth)
    w = perturbed(on_singular_vectors(model, np.repeat(low[:, None, :], depth, axis=1)), size, seed)
    farthest = np.zeros(count)
    for _ in range(max(1, steps // 50)):
        w = run(model, w, drawn.eta, 50)
        with model.backend.quiet():
            product = model.end_to_end(w)
        product[:, range(modes), range(modes)] = 0
        off = abs(product).reshape(count, -1).max(axis=1)
        farthest = np.maximum(farthest, np.where(np.isfinite(off), off, np.inf))
    return ExperimentResult(
        {
            "left": float(np.mean(farthest > 1e-3)),
            "diverged": float(np.mean(~np.isfinite(farthest))),
            "rank": float(np.mean(oscillating(drawn, depth))),
        }
    )


def _on_side(seed: int, depth: int, count: int, modes: int, side: str) -> Spectra:
    if side not in ("above", "below"):
        raise InputError(f"side is above or below, got {side[:40]!r}")
    drawn = spectra(seed, depth, 60 * count, modes, (0.6, 0.98), (0.05, 0.95), apart=0.01)
    lam = np.array([curvatures(s[:2], depth)[0, 1] for s in drawn.sigma])
    ratio = drawn.eta * lam / 2
    kept = np.flatnonzero(ratio > 1.03 if side == "above" else ratio < 0.98)[:count]
    return Spectra(drawn.sigma[kept], drawn.eta[kept])
