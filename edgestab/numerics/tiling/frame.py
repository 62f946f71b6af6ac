"""The frame of a store: all its files but those of its tiles, that is the metadata, the axes and their checksums.

A job's frame follows from the job, byte by byte. So a store is begun by writing its frame, recognised by comparing
it, and mended, where a file of it was damaged, by writing that file again.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from zarr.codecs import Crc32cCodec, ZstdCodec
from zarr.core.buffer import Buffer
from zarr.errors import ZarrUserWarning
from zarr.storage import MemoryStore

from edgestab.numerics.tiling.tiles import FINGERPRINT, TILE_DIMENSION, Job, Layout, Variable, as_text, fingerprint

ROOT = "zarr.json"
"""The file that is written last: without it, a store was never finished being made."""

SUMS = "SHA256SUMS"
"""The file that is written first: the digests of the others, as ``sha256sum -c`` reads them."""

PENDING, DONE = 0, 1
"""The status of a tile."""

RECORDS = {
    "tile_status": Variable(
        (TILE_DIMENSION,),
        "int8",
        "whether the tile is done",
        attributes={"flag_values": [PENDING, DONE], "flag_meanings": "PENDING DONE"},
    ),
    "tile_digest": Variable((TILE_DIMENSION, "byte"), "uint8", "SHA-256 of the tile's values"),
}
"""What a store keeps of every tile beside its values."""


def frame_of(job: Job) -> dict[str, bytes]:
    """Return the content of every file of a job's frame by its name, in the order in which they are written."""
    layout = job.layout
    made: dict[str, Buffer] = {}
    store = MemoryStore(made)
    group = zarr.create_group(store, zarr_format=3)
    for name, axis in layout.coordinates.items():
        values = np.asarray(axis.values)
        _create(group, name, values.shape, values.shape, values.dtype.name, axis.dims, axis.all_attributes)[...] = (
            values
        )
    for name, about in layout.variables.items():
        shape, chunk = layout.shape(about), layout.chunk(about)
        _create(group, name, shape, chunk, about.dtype, about.dims, {**about.all_attributes, **_labels(layout, about)})
    for name, about in RECORDS.items():
        shape = (layout.count, 32)[: len(about.dims)]
        _create(group, name, shape, (1, 32)[: len(about.dims)], about.dtype, about.dims, about.all_attributes)
    group.attrs.update({**layout.attributes, FINGERPRINT: as_text(fingerprint(job))})
    with warnings.catch_warnings():
        # Consolidated metadata are an extension of Zarr 3 that xarray asks for; readers that lack it lose nothing.
        warnings.simplefilter("ignore", ZarrUserWarning)
        zarr.consolidate_metadata(store)
    files = {name: made[name].to_bytes() for name in sorted(made, key=lambda name: (name == ROOT, name))}
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in files.items())
    # The sums come first: they say whose a folder is that was not finished being made.
    return {SUMS: sums.encode(), **files}


def write_frame(path: Path, frame: Mapping[str, bytes]) -> None:
    """Write the files of a frame that a store lacks or has otherwise, each in one atomic step.

    Raises
    ------
    OSError
        When one cannot be written.
    """
    for name, content in frame.items():
        file = path / name
        if content_of(file) != content:
            file.parent.mkdir(parents=True, exist_ok=True)
            partial = file.with_name(f"{file.name}.partial")
            partial.write_bytes(content)
            partial.replace(file)


def fault_of(path: Path) -> str | None:
    """Return in words what is wrong with a store's frame; None where every file is what the sums say."""
    try:
        *lines, end = (path / SUMS).read_bytes().decode("ascii").split("\n")
    except (OSError, ValueError):
        return f"{SUMS} cannot be read"
    for line in lines:
        wanted, _, name = line.partition("  ")
        content = content_of(path / name) if name else None
        if content is None or hashlib.sha256(content).hexdigest() != wanted:
            return f"{name or ROOT} is not what {SUMS} says"
    return None if end == "" and lines and lines[-1].endswith(f"  {ROOT}") else f"{SUMS} is cut short"


def content_of(file: Path) -> bytes | None:
    """Return what stands in a file; None where there is none that can be read."""
    try:
        return file.read_bytes()
    except OSError:
        return None


def _labels(layout: Layout, variable: Variable) -> dict[str, str]:
    """The attribute by which the CF conventions find the labels of axes that have another name than their axis."""
    found = [n for n, c in layout.coordinates.items() if n not in variable.dims and set(c.dims) <= set(variable.dims)]
    return {"coordinates": " ".join(found)} if found else {}


def _create(
    group: zarr.Group,
    name: str,
    shape: tuple[int, ...],
    chunk: tuple[int, ...],
    dtype: str,
    dims: tuple[str, ...],
    attributes: Mapping[str, Any],
) -> Any:
    return group.create_array(
        name,
        shape=shape,
        chunks=tuple(min(c, s) for c, s in zip(chunk, shape, strict=True)),
        dtype=dtype,
        fill_value=float("nan") if np.dtype(dtype).kind == "f" else 0,
        compressors=[ZstdCodec(level=3), Crc32cCodec()],
        dimension_names=dims,
        attributes=dict(attributes),
    )
