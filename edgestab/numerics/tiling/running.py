"""A job run from beginning to end: in memory, or tile by tile into a store."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from edgestab.numerics.tiling.executors import Executor, Here, Threads, threads
from edgestab.numerics.tiling.pool import compute_each
from edgestab.numerics.tiling.tiles import FINGERPRINT, InPlace, Job, Part, Tile, as_text, compute_tile, fingerprint

Progress = Callable[[int, int], None]
Keep = Callable[[int, Any], None]


def run(job: Job, *, executor: Executor | None = None, progress: Progress | None = None) -> xr.Dataset:
    """Compute a job in memory.

    Parameters
    ----------
    job : Job
        The work.
    executor : Executor, optional
        Who computes; by default a thread on every core. The result is the same to the bit.
    progress : callable, optional
        Called with the tiles done and their number.

    Returns
    -------
    Dataset
        The labelled result.
    """
    layout = job.layout
    if isinstance(job, InPlace) and isinstance(executor, Threads | Here | None):
        values, fill = job.whole()
        work(job, range(layout.count), _kept_there, executor=executor, progress=progress, do=_filling(fill))
    else:
        values = {n: np.empty(layout.shape(v), v.dtype) for n, v in layout.variables.items()}

        def keep(tile: int, found: Tile) -> None:
            for name, region in layout.regions(tile).items():
                values[name][region] = found[name]

        work(job, range(layout.count), keep, executor=executor, progress=progress)
    return layout.dataset(values).assign_attrs({FINGERPRINT: as_text(fingerprint(job))})


def run_stored(
    job: Job,
    path: Path,
    *,
    resume: bool = False,
    shared: bool = False,
    executor: Executor | None = None,
    progress: Progress | None = None,
    notice: Callable[[str], None] | None = None,
) -> xr.Dataset:
    """Compute a job into a Zarr store, tile by tile.

    Parameters
    ----------
    job : Job
        The work.
    path : Path
        The store's folder.
    resume : bool
        Go on with the store that is there; tiles that are missing or damaged are computed, and no others.
    shared : bool
        Whether who computes sees the folder too, and writes its tiles there itself: then no values pass through
        this process, which only hands out tiles.
    executor, progress : optional
        As for `run`.
    notice : callable, optional
        Called with a sentence for each tile that was damaged.

    Returns
    -------
    Dataset
        The result, read lazily from the store.
    """
    from edgestab.numerics.tiling import store as stores  # zarr takes a third of a second to import

    with (stores.resume if resume else stores.create)(path, job) as store:
        for tile in store.damaged():
            store.forget(tile)
            if notice is not None:
                notice(f"{path}: tile {tile} is damaged and is computed again")
        if shared:
            there = functools.partial(stores.compute_into, path=str(path.resolve()))
            work(job, store.missing(), _kept_there, executor=executor, progress=progress, do=there)
        else:
            work(job, store.missing(), store.put, executor=executor, progress=progress)
    return stores.load(path)


def work(
    job: Job,
    tiles: Sequence[int],
    keep: Keep,
    *,
    executor: Executor | None = None,
    progress: Progress | None = None,
    do: Callable[[Job, int], Any] = compute_tile,
) -> None:
    """Compute tiles of a job and hand each to `keep` as `compute_each` does; what was kept stays kept."""
    total = job.layout.count
    done = itertools.count(total - len(tiles))

    def kept(tile: int, found: Any) -> None:
        keep(tile, found)
        shown(next(done), total)

    shown = progress or _shown_to_nobody
    with nullcontext(executor) if executor is not None else threads() as runner:
        shown(next(done), total)
        compute_each(functools.partial(do, job), tiles, kept, runner)


def _filling(fill: Callable[[Part], None]) -> Callable[[Job, int], None]:
    return lambda job, tile: fill(job.layout.part(tile))


def _shown_to_nobody(done: int, total: int) -> None:
    del done, total


def _kept_there(tile: int, found: None) -> None:
    """Nothing is left to do for a tile that was written where it was computed."""
    del tile, found
