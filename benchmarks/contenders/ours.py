"""Our lane kernel: a fixed number of steps, the same on two threads, and with early exit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from benchmarks.contender import Contender, Disagreement
from benchmarks.start import ETA, Array, kernel, reference, starts, tolerance
from edgestab.numerics.orbits.lanes import LANES
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.printers.reference import evaluate

ORBITS, STEPS = 4096, 10_000
TILES_PER_THREAD = 8
BUDGET = 20_000


def advance() -> Contender:
    """Return the kernel that makes every step and no test."""
    return Contender("ours", "edgestab, lanes", _advance, ORBITS, STEPS, exact=True, note=f"{LANES} lanes")


def two_threads() -> Contender:
    """Return the same kernel on two threads, each taking tiles of orbits as it becomes free."""
    pool = ThreadPoolExecutor(2)

    def run(state: Array, steps: int) -> Array:
        tiles = np.array_split(state, 2 * TILES_PER_THREAD, axis=1)
        return np.concatenate(list(pool.map(lambda tile: _advance(tile, steps), tiles)), axis=1)

    return Contender(
        "ours-2-threads",
        "edgestab, lanes, 2 threads",
        run,
        4 * ORBITS,
        STEPS,
        exact=True,
        threads=2,
        note=f"{2 * TILES_PER_THREAD} tiles",
    )


def drive() -> Contender:
    """Return the kernel with early exit; only the iterates of orbits up to their convergence are counted."""
    out = kernel().drive(starts(ORBITS), (ETA,), tolerance(), BUDGET)
    useful = int(out.steps[out.status == Status.CONVERGED].sum())
    return Contender(
        "ours-drive",
        "edgestab, early exit",
        lambda state, budget: kernel().drive(state, (ETA,), tolerance(), budget).final,
        ORBITS,
        BUDGET,
        note=f"mean {useful / ORBITS:.0f} steps, {np.mean(out.status == Status.CONVERGED):.1%} of orbits converged",
        iterates=useful,
        check=_check_drive,
    )


def _advance(state: Array, steps: int) -> Array:
    return kernel().advance(state, (ETA,), steps)


def _check_drive() -> str:
    """Compare with the reference: at the step an orbit reports, its residual is within the tolerance."""
    few = starts(256)
    out = kernel().drive(few, (ETA,), tolerance(), BUDGET)
    converged = out.status == Status.CONVERGED
    state, done = few, 0
    for step in np.unique(out.steps[converged]):
        state, done = reference(state, int(step) - done), int(step)
        residual = evaluate(kernel().residual, [*state, ETA])[0]
        if not np.all(residual[converged & (out.steps == step)] <= tolerance()):
            raise Disagreement(f"an orbit said to converge at step {step} has not in the reference")
    return "as the reference"
