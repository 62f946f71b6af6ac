"""The frame of a store: all its files but those of its tiles, that is the metadata, the axes and their checksums.

A job's frame follows from the job, byte by byte. So a store is begun by writing its frame, recognised by comparing
it, and mended, where a file of it was damaged, by writing that file again.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from edgestab.numerics.storage.atomic import content_of
from edgestab.numerics.storage.zarr_arrays import PlannedArray, files_of
from edgestab.numerics.storage.zarr_folder import ROOT
from edgestab.numerics.tiling.tiles import FINGERPRINT, TILE_DIMENSION, Job, Layout, Variable, as_text, fingerprint

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
    arrays = {}
    for name, axis in layout.coordinates.items():
        values = np.asarray(axis.values)
        shape = values.shape
        arrays[name] = PlannedArray(axis.dims, shape, shape, values.dtype.name, axis.all_attributes, values)
    for name, about in layout.variables.items():
        attributes = {**about.all_attributes, **_labels(layout, about)}
        arrays[name] = PlannedArray(about.dims, layout.shape(about), layout.chunk(about), about.dtype, attributes)
    for name, about in RECORDS.items():
        shape, chunk = (layout.count, 32)[: len(about.dims)], (1, 32)[: len(about.dims)]
        arrays[name] = PlannedArray(about.dims, shape, chunk, about.dtype, about.all_attributes)
    files = files_of(arrays, {**layout.attributes, FINGERPRINT: as_text(fingerprint(job))})
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in files.items())
    # The sums come first: they say whose a folder is that was not finished being made.
    return {SUMS: sums.encode(), **files}


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


def _labels(layout: Layout, variable: Variable) -> dict[str, str]:
    """The attribute by which the CF conventions find the labels of axes that have another name than their axis."""
    found = [n for n, c in layout.coordinates.items() if n not in variable.dims and set(c.dims) <= set(variable.dims)]
    return {"coordinates": " ".join(found)} if found else {}
