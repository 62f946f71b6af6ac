r"""Runs of scalar chains :math:`\tfrac12(1 - x_1\cdots x_L)^2`: their gaps, and the sharpness where they end."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edgestab.errors import InputError
from edgestab.numerics.experiment import ExperimentResult

Array = NDArray[np.float64]
FAR = 1e6


def step(x: Array, eta: Array) -> Array:
    """Return one step of gradient descent on each row, shape (m, L), with its step size."""
    others = np.stack([np.delete(x, k, axis=1).prod(axis=1) for k in range(x.shape[1])], axis=1)
    moved: Array = x - eta[:, None] * (x.prod(axis=1) - 1)[:, None] * others
    return moved


def gaps(
    *, seed: int, depth: int = 2, count: int = 500, steps: int = 4000, low: float = 0.2, high: float = 2.82,
    floor: float = 1e-9,
) -> ExperimentResult:  # fmt: skip
    r"""Follow the gaps :math:`|x_i^2 - x_j^2|` from small positive starts, :math:`x_i` in (0.02, 0.3).

    Parameters
    ----------
    seed, depth, count, steps : int
        Of the starts; L; how many starts; steps of each.
    low, high : float
        Between which eta S lies, S = L the least sharpness.
    floor : float
        A rise counts where the gap is above this: rounding moves a gap by about 1e-16.

    Returns
    -------
    ExperimentResult
        Statistics: ``rise`` (the largest relative growth of a gap in a step), ``rising`` (the share of starts with a
        growth above 1e-6), ``diverged`` (starts that left :math:`|x_i| < 10^6`).
    """
    random = np.random.default_rng([seed, depth, 2])
    x, eta = random.uniform(0.02, 0.3, (count, depth)), random.uniform(low, high, count) / depth
    first, second = np.triu_indices(depth, 1)
    worst, gone = np.full(count, -np.inf), np.zeros(count, dtype=bool)
    before = abs(x[:, first] ** 2 - x[:, second] ** 2)
    for _ in range(steps):
        x = np.where(gone[:, None], 0.5, step(x, eta))
        gone |= ~(abs(x).max(axis=1) < FAR)
        x[gone] = 0.5
        after = abs(x[:, first] ** 2 - x[:, second] ** 2)
        counts = (np.maximum(before, after) > floor) & (before > 0) & ~gone[:, None]
        growth = np.divide(after, before, out=np.ones_like(after), where=counts) - 1
        worst = np.maximum(worst, growth.max(axis=1))
        before = after
    return ExperimentResult(
        {"rise": float(worst.max()), "rising": float(np.mean(worst > 1e-6)), "diverged": float(gone.sum())}
    )


def ends(
    *, seed: int, depth: int = 3, count: int = 400, steps: int = 60_000, side: str = "below"
) -> ExperimentResult:  # fmt: skip
    r"""Run from log-normal starts, at step sizes on one side of 2/L, and ask where those end that converge.

    Parameters
    ----------
    seed, depth, count, steps : int
        Of the starts; L; how many; steps at most.
    side : {"below", "above"}
        eta L/2 in (0.4, 0.99), or in (1.02, 1.2).

    Returns
    -------
    ExperimentResult
        Statistics: ``converged`` (the share that comes to a loss below 1e-24), ``sharpest`` (the largest eta S among
        those, S the sharpness there; 0 where none converges), ``least`` (the least S among them; 0 likewise).
    """
    ranges = {"below": (0.4, 0.99), "above": (1.02, 1.2)}
    if side not in ranges:
        raise InputError(f"side is below or above, got {side[:40]!r}")
    random = np.random.default_rng([seed, depth, 3])
    x, eta = random.lognormal(0, 0.4, (count, depth)), 2 / depth * random.uniform(*ranges[side], count)
    alive = np.arange(count)
    found: list[tuple[float, float]] = []
    for _ in range(steps):
        x, error = step(x, eta[alive]), abs(x.prod(axis=1) - 1)
        done, lost = error < 1e-12, ~(abs(x).max(axis=1) < FAR)
        for k in np.flatnonzero(done & ~lost):
            sharpness = float((1 / x[k] ** 2).sum())
            found.append((eta[alive[k]] * sharpness, sharpness))
        stays = ~(done | lost)
        x, alive = x[stays], alive[stays]
        if not len(alive):
            break
    at = np.array(found).reshape(-1, 2)
    return ExperimentResult(
        {
            "converged": len(found) / count,
            "sharpest": float(at[:, 0].max(initial=0)),
            "least": float(at[:, 1].min()) if found else 0.0,
        }
    )
