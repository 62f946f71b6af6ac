"""The record of a run: a Zarr 3 store with one row for every step, and the state to go on from beside it.

Rows are written first, the state after them, the summary last, each file in one atomic step and onto the disk. The
state says how many rows there are: whatever kills the process, those are whole, and any further ones are made again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
import zarr
from numpy.typing import NDArray

from edgestab.numerics.networks.run import checkpoint
from edgestab.numerics.networks.run.columns import STEP, TIMES
from edgestab.numerics.networks.run.plan import Plan, frame_of
from edgestab.numerics.storage.atomic import PARTIAL, replacing, synchronise
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

SCHEMA = 1
"""The version of the layout."""

STATE = "state.npz"

Row = Mapping[str, Any]
"""Numbers by the names of variables; what is absent was not measured."""


@dataclass
class Recording:
    """A store open for writing.

    Parameters
    ----------
    path : Path
        Its folder.
    plan : Plan
        What it holds.
    rows : int
        How many are on the disk.
    """

    path: Path
    plan: Plan
    rows: int = 0

    def state(self) -> dict[str, NDArray[Any]] | None:
        """Return the state that was committed last; None before the first."""
        return checkpoint.load(self.path / STATE)

    def commit(self, rows: Sequence[Row], state: checkpoint.Arrays, summary: Mapping[str, str | int | float]) -> None:
        """Write further rows, then the state after them, then the summary, and return when they are on the disk.

        Raises
        ------
        OSError
            When they cannot be written; what was committed before is as it was.
        """
        recorded = self.rows + len(rows)
        with naming(self.path, _kept(self.rows)):
            for file in self._write(rows):
                synchronise(file)
            checkpoint.save(self.path / STATE, state)
            _write_root(self.path, self._root(), {**self.plan.attributes, **summary, "recorded": recorded})
        self.rows = recorded

    def _root(self) -> dict[str, Any]:
        return dict(json.loads((self.path / ROOT).read_bytes()))

    def _write(self, rows: Sequence[Row]) -> Iterator[Path]:
        """Write rows into their places, and yield the files that were written."""
        if not rows:
            return
        group = zarr.open_group(self.path, mode="r+")
        for name, about in self.plan.variables.items():
            array = writable(group, name)
            shape = array.shape[1:]
            if about.dims[0] == STEP:
                absent = np.full(shape, np.nan)
                array[self.rows : self.rows + len(rows)] = np.array([_entry(r, name, absent) for r in rows])
                size = self.plan.chunk(STEP)
                places = range(self.rows // size, (self.rows + len(rows) - 1) // size + 1)
            else:
                stride = self.plan.strides[about.dims[0]]
                places = range(-(-self.rows // stride), (self.rows + len(rows) - 1) // stride + 1)
                for place in places:
                    array[place] = rows[place * stride - self.rows].get(name, np.full(shape, np.nan))
            yield from (chunk_file(self.path, name, (p, *[0] * len(shape))) for p in places)


def require_usable(path: Path, plan: Plan, *, resume: bool) -> None:
    """Refuse, before any work, a folder in which a run cannot be recorded.

    Raises
    ------
    StoreError
        When it holds something, or on resuming, something other than this run.
    """
    if resume:
        _require_ours(path, plan, frame_of(plan))
    else:
        require_empty(path)


@contextmanager
def create(path: Path, plan: Plan) -> Iterator[Recording]:
    """Make a store with no rows.

    Raises
    ------
    StoreError
        When there is something at `path` already.
    OSError
        When it cannot be written.
    """
    with held(path, partial(require_empty, path)):
        yield _opened(path, plan, frame_of(plan))


@contextmanager
def resume(path: Path, plan: Plan) -> Iterator[Recording]:
    """Open a store to go on with a run; where there is none, or none that was finished being made, make it.

    Raises
    ------
    StoreError
        When it holds another run, when rows of it are lost, or when another process is writing to it.
    OSError
        When it cannot be written.
    """
    files = frame_of(plan)
    with held(path, partial(_require_ours, path, plan, files)):
        yield _opened(path, plan, files)


def _opened(path: Path, plan: Plan, files: Mapping[str, bytes]) -> Recording:
    """Make the store where it was not finished being made, and count its rows."""
    if not (path / ROOT).exists():
        begun = {"status": "RUNNING", "sentence": "No step is recorded yet.", "recorded": 0, "kick_step": -1}
        with naming(path, _kept(0)):
            write_missing(path, {name: content for name, content in files.items() if name != ROOT})
            _write_root(path, json.loads(files[ROOT]), {**plan.attributes, **begun})
    found = Recording(path, plan)
    state = found.state()
    found.rows = int(state["step"]) if state is not None else 0
    _require_whole(path, plan, found.rows)
    return found


def open_run(path: Path) -> xr.Dataset:
    """Return what a run has recorded, read lazily; the run may be unfinished, or under way.

    Every variable has a ``long_name``. The attributes say what was run, with what versions, how many rows there are,
    and how it ended: ``status`` and ``sentence``.

    Raises
    ------
    InputError
        When it is no record of a run, or damaged.
    """
    attributes = _attributes(path)
    if attributes is None:
        raise StoreError(f"{path} is no record of a training run")
    if attributes["schema"] != SCHEMA:
        raise StoreError(f"{path} was made by another version of edgestab: its schema is {attributes['schema']}")
    whole: xr.Dataset = xr.open_zarr(path, chunks=None, mask_and_scale=False, consolidated=True)
    recorded = int(attributes["recorded"])
    for dimension in TIMES:
        if dimension in whole.dims:
            whole = whole.isel({dimension: slice(int((whole[dimension] < recorded).sum()))})
    for name, variable in whole.data_vars.items():
        places = -(-variable.shape[0] // variable.encoding["chunks"][0])
        _require_files(path, str(name), variable.ndim, places)
    return whole


def _entry(row: Row, name: str, absent: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(row[name], dtype=np.float64) if name in row else absent


def _kept(rows: int) -> str:
    return f"the {rows} rows that were recorded stay: mend this and go on with --resume"


def _write_root(path: Path, root: dict[str, Any], attributes: Mapping[str, Any]) -> None:
    text = json.dumps({**root, "attributes": dict(attributes)}, indent=2, allow_nan=False)
    with replacing(path / ROOT, durable=True) as file:
        file.write(text.encode())


def _attributes(path: Path) -> dict[str, Any] | None:
    """The attributes of a record; None where there is none."""
    found = attributes_of(path)
    ours = found is not None and {"schema", "spec", "recorded", "status", "sentence"} <= set(found)
    return found if ours else None


def _require_ours(path: Path, plan: Plan, files: Mapping[str, bytes]) -> None:
    """Refuse what is not the record of this run; a folder with nothing in it may become it."""
    if not is_folder(path):
        return
    found = _attributes(path)
    if found is None:
        for file in path.rglob("*"):
            name = file.relative_to(path).as_posix()
            ours = name in files or name == LOCK or name.endswith(PARTIAL)
            if name == ROOT or not (ours or file.is_dir()):
                raise StoreError(f"{path} is no record of a training run: it holds {name}")
        return
    there = {name: found.get(name) for name in plan.attributes}
    differ = first_difference(_with_parsed_spec(there), _with_parsed_spec(plan.attributes))
    if differ is not None and differ.where == "versions":
        raise other_version(path)
    if differ is not None:
        raise StoreError(f"{path} holds another run: {differ.where.removeprefix('spec.')} is {differ.words}")


def _with_parsed_spec(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes with the specification as a value in which the first difference can be found."""
    try:
        return {**attributes, "spec": json.loads(attributes["spec"])}
    except (ValueError, TypeError):
        return dict(attributes)


def _require_whole(path: Path, plan: Plan, rows: int) -> None:
    for name, about in plan.variables.items():
        stride = plan.strides[about.dims[0]] * plan.chunk(about.dims[0])
        _require_files(path, name, len(about.dims), -(-rows // stride))


def _require_files(path: Path, name: str, dimensions: int, places: int) -> None:
    """Refuse a record of which files are lost: Zarr would read them as NaN."""
    for place in range(places):
        file = chunk_file(path, name, (place, *[0] * (dimensions - 1)))
        if not file.is_file():
            raise StoreError(f"{path} is damaged: {file.relative_to(path)} is missing; run it again elsewhere")
