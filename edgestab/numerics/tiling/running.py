"""A job run from beginning to end: tiles handed out, collected, kept, and tried again where a worker died."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from edgestab.numerics.tiling.executors import ATTEMPTS, Executor, threads
from edgestab.numerics.tiling.tiles import FINGERPRINT, Job, Tile, as_text, compute_tile, fingerprint

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
    values: dict[str, NDArray[Any]] = {n: np.empty(layout.shape(v), v.dtype) for n, v in layout.variables.items()}

    def keep(tile: int, found: Tile) -> None:
        for name, about in layout.variables.items():
            values[name][layout.region(tile, about)] = found[name]

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
    tiles: Iterable[int],
    keep: Keep,
    *,
    executor: Executor | None = None,
    progress: Progress | None = None,
    do: Callable[[Job, int], Any] = compute_tile,
) -> None:
    """Compute tiles and hand each to `keep`, in this thread, as soon as it is there.

    No more tiles are under way than the executor asks for, so memory does not grow with their number. When
    `keep` fails, or the user interrupts, what was kept stays kept.
    """
    waiting = list(reversed(list(tiles)))
    total = job.layout.count
    done = total - len(waiting)
    attempts: dict[int, int] = {}
    under_way: dict[Future[Any], int] = {}
    with ExitStack() as stack:
        runner = executor if executor is not None else stack.enter_context(threads())
        stack.callback(lambda: [f.cancel() for f in under_way])
        if progress is not None:
            progress(done, total)
        while waiting or under_way:
            while waiting and len(under_way) < runner.capacity:
                tile = waiting.pop()
                attempts[tile] = attempts.get(tile, 0) + 1
                under_way[runner.submit(do, job, tile)] = tile
            finished, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for future in finished:
                tile = under_way.pop(future)
                if _is_lost(future, functools.partial(_worth_another, runner, attempts[tile])):
                    waiting.append(tile)
                    continue
                keep(tile, future.result())
                done += 1
                if progress is not None:
                    progress(done, total)


def _kept_there(tile: int, found: None) -> None:
    """Nothing is left to do for a tile that was written where it was computed."""
    del tile, found


def _is_lost(future: Future[Any], again: Callable[[BaseException], bool]) -> bool:
    """Whether a tile's worker was lost and the tile is worth another attempt; any other error is raised."""
    try:
        future.result()
    except BaseException as error:
        if again(error):
            return True
        raise
    return False


def _worth_another(runner: Executor, attempts: int, error: BaseException) -> bool:
    return attempts < ATTEMPTS and runner.is_transient(error)
