"""Results on disk: a Zarr store with a status and a checksum for every tile.

A tile's values are written first, its digest next, its status last, each file in one atomic step. So
whatever kills the process, a tile is either done, with the digest of its values beside it, or it is computed again.
The metadata and the axes, which no tile holds, have their digests in ``SHA256SUMS``, as ``sha256sum -c`` reads it.
Equal jobs give equal stores, file by file: nothing in them depends on when or where they were made.
"""

from __future__ import annotations

import errno
import fcntl
import functools
import itertools
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
import zarr

from edgestab.errors import InputError
from edgestab.numerics.tiling.frame import (
    DONE,
    PENDING,
    RECORDS,
    ROOT,
    SUMS,
    content_of,
    fault_of,
    frame_of,
    write_frame,
)
from edgestab.numerics.tiling.storage import save_netcdf
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


class StoreError(InputError):
    """A store that cannot be used; the message says what to do."""


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
        with _naming(self.path):
            for name, about in self.layout.variables.items():
                self._array(name)[self.layout.region(tile, about)] = values[name]
            self._array("tile_digest")[tile] = np.frombuffer(bytes.fromhex(digest(values)), np.uint8)
            self._array("tile_status")[tile] = DONE

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
        self._array("tile_status")[tile] = PENDING

    def _array(self, name: str) -> Any:
        # A chunk is written even if it holds its fill value only: to zarr all NaNs are one, to the digest they are not.
        array: Any = self.group[name]
        return array.with_config({"write_empty_chunks": True})

    def _has(self, name: str, about: Variable, tile: int) -> bool:
        """Whether the file of a tile's part of a variable is there: zarr reads a lost one as zeros."""
        place = (s.start // n for s, n in zip(self.layout.region(tile, about), self.layout.chunk(about), strict=True))
        return self.path.joinpath(name, "c", *map(str, place)).is_file()


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
    _require_empty(path)
    path.mkdir(parents=True, exist_ok=True)
    with locked(path):
        _require_empty(path)  # another process may have been faster
        with _naming(path):
            write_frame(path, frame_of(job))
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
    _require_ours(path, job, frame)  # before anything is written into a folder that may be none of ours
    path.mkdir(parents=True, exist_ok=True)
    with locked(path):
        _require_ours(path, job, frame)
        for left in path.rglob("*.partial"):  # what was being written when the process died
            left.unlink()
        with _naming(path):
            write_frame(path, frame)
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


_PARTIAL = f"{SUMS}.partial"
_LOCK = ".lock"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a store for the length of a ``with`` block; another process that asks for it meanwhile gets an error."""
    handle = os.open(path / _LOCK, os.O_CREAT | os.O_RDWR, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EAGAIN):
                raise
            raise StoreError(f"another process is writing to {path}: wait for it, or name another folder") from error
        yield
    finally:
        os.close(handle)


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Say in every error of the system which store it befell; a full disk names no file by itself."""
    try:
        yield
    except OSError as error:
        reason = f"{error.strerror or error}; the tiles that were written stay, go on with --resume"
        raise OSError(error.errno, reason, str(path)) from error


def _opened(path: Path, layout: Layout) -> Store:
    return Store(path, layout, zarr.open_group(path, mode="r+"))


def _attributes(path: Path) -> dict[str, Any] | None:
    """The attributes of a store that was finished being made; None where there is none."""
    try:
        found = dict(json.loads((path / ROOT).read_bytes())["attributes"])
        _fingerprint(found)
    except (OSError, ValueError, TypeError, LookupError):
        return None
    return found


def _fingerprint(made: Mapping[str, Any]) -> dict[str, Any]:
    return dict(json.loads(made[FINGERPRINT]))


def _layout(path: Path, made: Mapping[str, Any]) -> Layout:
    """The layout of a store, read back from it."""
    whole = opened(path)
    sizes = {str(d): n for d, n in whole.sizes.items() if d != TILE_DIMENSION}
    variables = {str(n): Variable(tuple(map(str, v.dims)), v.dtype.name, "") for n, v in whole.data_vars.items()}
    return Layout(sizes, dict(_fingerprint(made)["tiles"]), variables, {}, {})


def _require_empty(path: Path) -> None:
    if path.exists() and (not path.is_dir() or any(p.name != _LOCK for p in path.iterdir())):
        raise StoreError(f"{path} exists: continue it with --resume, or name another folder")


def _require_ours(path: Path, job: Job, frame: Mapping[str, bytes]) -> None:
    """Refuse what this job did not make; a folder with nothing in it may become its store."""
    if not path.exists():
        return
    if not path.is_dir():
        raise StoreError(f"{path} is a file: name the store's folder")
    if content_of(path / SUMS) == frame[SUMS]:
        return
    made = _attributes(path)
    if made is not None:
        _require_same(path, _fingerprint(made), fingerprint(job))
        return
    others = sorted(p.name for p in path.iterdir() if p.name not in (_LOCK, _PARTIAL))
    if SUMS in others:
        raise StoreError(
            f"{path} was made from other inputs, or both its {ROOT} and its {SUMS} are damaged: name another folder"
        )
    if others:
        raise StoreError(f"{path} is no store of edgestab: it holds {others[0]}")


def _require_same(path: Path, found: dict[str, Any], wanted: dict[str, Any]) -> None:
    if found == wanted:
        return
    if found.get("code") != wanted["code"]:
        raise StoreError(
            f"{path} was made by another version of edgestab, or of the libraries it computes with: name another folder"
        )
    differ = _first_difference(found.get("inputs"), wanted["inputs"]) or _first_difference(
        found.get("tiles"), wanted["tiles"], "tiles"
    )
    raise StoreError(f"{path} was made from other inputs ({differ}): repeat its inputs, or name another folder")


def _first_difference(found: Any, wanted: Any, where: str = "") -> str | None:
    if isinstance(found, dict) and isinstance(wanted, dict):
        for key in dict.fromkeys(itertools.chain(wanted, found)):
            differ = _first_difference(found.get(key), wanted.get(key), f"{where}.{key}".lstrip("."))
            if differ is not None:
                return differ
        return None
    return None if found == wanted else f"{where}: {_short(found)} there, {_short(wanted)} here"


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else text[:37] + "..."
