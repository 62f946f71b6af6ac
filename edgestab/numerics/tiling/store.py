"""Results on disk: a Zarr store with a status and a checksum for every tile.

A tile's values are written first, its digest next, its status last, each file in one atomic step. So
whatever kills the process, a tile is either done, with the digest of its values beside it, or it is computed again.
The metadata and the axes, which no tile holds, have their digests in ``SHA256SUMS``, as ``sha256sum -c`` reads it.
Equal jobs give equal stores, file by file: nothing in them depends on when or where they were made.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
import zarr

from edgestab.numerics.storage.atomic import PARTIAL, content_of
from edgestab.numerics.storage.netcdf import save_netcdf
from edgestab.numerics.storage.zarr_arrays import chunk_file, writable
from edgestab.numerics.storage.zarr_folder import (
    LOCK,
    ROOT,
    StoreError,
    attributes_of,
    first_difference,
    held,
    is_folder,
    naming,
    other_version,
    require_empty,
    write_missing,
)
from edgestab.numerics.tiling.frame import DONE, PENDING, RECORDS, SUMS, fault_of, frame_of
from edgestab.numerics.tiling.tiles import (
    FINGERPRINT,
    TILE_DIMENSION,
    Job,
    Layout,
    Tile,
    Variable,
    as_text,
    compute_tile,
    digest,
    fingerprint,
)

_KEPT = "the tiles that were written stay, go on with --resume"


@dataclass(frozen=True)
class Store:
    """A store open for writing.

    Parameters
    ----------
    path : Path
        Its folder.
    layout : Layout
        Of the job whose results it holds.
    group : zarr.Group
        Its contents.
    """

    path: Path
    layout: Layout
    group: zarr.Group

    def put(self, tile: int, values: Tile) -> None:
        """Write a tile, and say only then that it is done.

        Raises
        ------
        OSError
            When it cannot be written; it names the store's folder.
        """
        with naming(self.path, _KEPT):
            for name, about in self.layout.variables.items():
                writable(self.group, name)[self.layout.region(tile, about)] = values[name]
            writable(self.group, "tile_digest")[tile] = np.frombuffer(bytes.fromhex(digest(values)), np.uint8)
            writable(self.group, "tile_status")[tile] = DONE

    def get(self, tile: int) -> Tile:
        """Read a tile back."""
        found = {}
        for name, about in self.layout.variables.items():
            found[name] = np.asarray(self._array(name)[self.layout.region(tile, about)])
        return found

    def is_done(self, tile: int) -> bool:
        """Whether the tile was written."""
        try:
            return bool(self._array("tile_status")[tile] == DONE)
        except (ValueError, OSError, RuntimeError):
            return False  # its record is damaged: as good as not done

    def is_sound(self, tile: int) -> bool:
        """Whether the tile's values are those that were written."""
        try:
            wanted = np.asarray(self._array("tile_digest")[tile]).tobytes().hex()
            there = all(self._has(name, about, tile) for name, about in self.layout.variables.items())
            return there and digest(self.get(tile)) == wanted
        except (ValueError, OSError, RuntimeError):  # what zarr's codecs raise for a chunk that is not whole
            return False

    def missing(self) -> list[int]:
        """Return the tiles that are still to be computed."""
        return [t for t in range(self.layout.count) if not self.is_done(t)]

    def damaged(self) -> list[int]:
        """Return the tiles whose values are no longer those that were written; every tile is read."""
        return [t for t in range(self.layout.count) if self.is_done(t) and not self.is_sound(t)]

    def forget(self, tile: int) -> None:
        """Mark a tile as not done."""
        writable(self.group, "tile_status")[tile] = PENDING

    def _array(self, name: str) -> Any:
        return self.group[name]

    def _has(self, name: str, about: Variable, tile: int) -> bool:
        """Whether the file of a tile's part of a variable is there: zarr reads a lost one as zeros."""
        place = (s.start // n for s, n in zip(self.layout.region(tile, about), self.layout.chunk(about), strict=True))
        return chunk_file(self.path, name, place).is_file()


@contextmanager
def create(path: Path, job: Job) -> Iterator[Store]:
    """Make a store for a job, with every tile still to be computed.

    Raises
    ------
    StoreError
        When there is something at `path` already.
    OSError
        When it cannot be written.
    """
    with held(path, functools.partial(require_empty, path)):
        with naming(path, _KEPT):
            write_missing(path, frame_of(job))
        yield _opened(path, job.layout)


@contextmanager
def resume(path: Path, job: Job) -> Iterator[Store]:
    """Open a store to go on with a job; where there is none, or none that was ever finished being made, make it.

    Metadata and axes that are missing or damaged are written again.

    Raises
    ------
    StoreError
        When it was made by other code or from other inputs, or when another process is writing to it.
    OSError
        When it cannot be written.
    """
    frame = frame_of(job)
    with held(path, functools.partial(_require_ours, path, job, frame)):
        with naming(path, _KEPT):
            write_missing(path, frame)
        yield _opened(path, job.layout)


def compute_into(job: Job, tile: int, path: str) -> None:
    """Compute a tile and write it into a store that another process holds open, where this process sees the folder.

    Raises
    ------
    StoreError
        When the job's store is not there.
    """
    _shared(path, as_text(fingerprint(job))).put(tile, compute_tile(job, tile))


@functools.lru_cache(maxsize=4)
def _shared(path: str, wanted: str) -> Store:
    folder = Path(path)
    made = _attributes(folder)
    if made is None or made.get(FINGERPRINT) != wanted:
        raise StoreError(f"a worker does not see the store at {path}: mount it there, or let tiles be sent back")
    return _opened(folder, _layout(folder, made))


def load(path: Path) -> xr.Dataset:
    """Return the result a store holds, read lazily, after comparing every tile with its checksum.

    Raises
    ------
    StoreError
        When it is no store, not complete, or damaged.
    """
    made = _attributes(path)
    if made is None and not (path / SUMS).is_file():
        raise StoreError(f"{path} is no store of edgestab")
    fault = fault_of(path)
    if made is None or fault:
        raise StoreError(
            f"{path} is damaged, or was not finished being made: {fault or f'{ROOT} is no store of edgestab'}; "
            "run the command that made it with --resume to write it again"
        )
    store = _opened(path, _layout(path, made))
    missing = store.missing()
    if missing:
        raise StoreError(
            f"{path} is not complete: {len(missing)} of {store.layout.count} tiles are missing; "
            "run the command that made it with --resume"
        )
    damaged = store.damaged()
    if damaged:
        raise StoreError(
            f"{path} is damaged: tile {damaged[0]} is not what was written ({len(damaged)} such of "
            f"{store.layout.count}); run the command that made it with --resume to compute it again"
        )
    return opened(path)


def opened(path: Path) -> xr.Dataset:
    """Return a store as a labelled dataset, read lazily and not checked."""
    whole: xr.Dataset = xr.open_zarr(path, chunks=None, mask_and_scale=False)
    return whole.drop_vars(list(RECORDS))


def export_netcdf(path: Path, target: Path) -> None:
    """Write a complete and sound store as NetCDF-4."""
    save_netcdf(load(path), target)


def _opened(path: Path, layout: Layout) -> Store:
    return Store(path, layout, zarr.open_group(path, mode="r+"))


def _attributes(path: Path) -> dict[str, Any] | None:
    """The attributes of a store of tiles that was finished being made; None where there is none."""
    found = attributes_of(path)
    try:
        return found if found is not None and _fingerprint(found) else None
    except (ValueError, TypeError, LookupError):
        return None


def _fingerprint(made: Mapping[str, Any]) -> dict[str, Any]:
    return dict(json.loads(made[FINGERPRINT]))


def _layout(path: Path, made: Mapping[str, Any]) -> Layout:
    """The layout of a store, read back from it."""
    whole = opened(path)
    sizes = {str(d): n for d, n in whole.sizes.items() if d != TILE_DIMENSION}
    variables = {str(n): Variable(tuple(map(str, v.dims)), v.dtype.name, "") for n, v in whole.data_vars.items()}
    return Layout(sizes, dict(_fingerprint(made)["tiles"]), variables, {}, {})


def _require_ours(path: Path, job: Job, frame: Mapping[str, bytes]) -> None:
    """Refuse what this job did not make; a folder with nothing in it may become its store."""
    if not is_folder(path):
        return
    if content_of(path / SUMS) == frame[SUMS]:
        return
    made = _attributes(path)
    if made is not None:
        _require_same(path, _fingerprint(made), fingerprint(job))
        return
    others = sorted(p.name for p in path.iterdir() if p.name not in (LOCK, f"{SUMS}{PARTIAL}"))
    if SUMS in others:
        raise StoreError(
            f"{path} was made from other inputs, or both its {ROOT} and its {SUMS} are damaged: name another folder"
        )
    if others:
        raise StoreError(f"{path} is no store of edgestab: it holds {others[0]}")


def _require_same(path: Path, found: dict[str, Any], wanted: dict[str, Any]) -> None:
    differ = first_difference(found, wanted)
    if differ is None:
        return
    if found.get("code") != wanted["code"]:
        raise other_version(path)
    where = differ.where.removeprefix("inputs.")
    raise StoreError(
        f"{path} was made from other inputs ({where} is {differ.words}): repeat its inputs, or name another folder"
    )
