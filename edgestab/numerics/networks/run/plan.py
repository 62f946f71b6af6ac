"""The files of a record before its first row: what there will be in it, and how it is cut into chunks."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import zarr
from zarr.codecs import Crc32cCodec, ZstdCodec
from zarr.core.buffer import Buffer
from zarr.errors import ZarrUserWarning
from zarr.storage import MemoryStore

from edgestab.numerics.networks.run.columns import STEP
from edgestab.numerics.tiling.frame import ROOT
from edgestab.numerics.tiling.tiles import Variable

ROWS = 4096
"""Rows of a chunk."""


@dataclass(frozen=True)
class Plan:
    """Everything about a store that is known before the run.

    Parameters
    ----------
    variables : mapping
        What is recorded.
    sizes : mapping
        k and parameter.
    steps : int
        How many; there is one row more.
    strides : mapping
        For each dimension of time, every how many steps it has an entry.
    attributes : mapping
        Of the store: strings and numbers. All of them must be the same for a run to be resumed.
    """

    variables: Mapping[str, Variable]
    sizes: Mapping[str, int]
    steps: int
    strides: Mapping[str, int]
    attributes: Mapping[str, str | int | float]

    def length(self, dimension: str) -> int:
        """Return the size of a dimension."""
        if dimension in self.strides:
            return self.steps // self.strides[dimension] + 1
        return self.sizes[dimension]

    def chunk(self, dimension: str) -> int:
        """Return how much of a dimension is in one chunk: rows of scalars in thousands, vectors each in its own."""
        if dimension == STEP:
            return min(ROWS, self.length(STEP))
        return 1 if dimension in self.strides else self.length(dimension)


def frame_of(plan: Plan) -> dict[str, bytes]:
    """Return every file of a store with no rows, by its name; the last is the one without which it is no store."""
    made: dict[str, Buffer] = {}
    store = MemoryStore(made)
    group = zarr.create_group(store, zarr_format=3)
    variables = dict(plan.variables)
    for dimension in dict.fromkeys(v.dims[0] for v in plan.variables.values()):
        variables[dimension] = Variable((dimension,), "int64", "step")
    for name, about in variables.items():
        array: Any = group.create_array(
            name,
            shape=tuple(map(plan.length, about.dims)),
            chunks=tuple(map(plan.length if name in plan.strides else plan.chunk, about.dims)),
            dtype=about.dtype,
            fill_value=float("nan") if about.dtype == "float64" else 0,
            compressors=[ZstdCodec(level=3), Crc32cCodec()],
            dimension_names=about.dims,
            attributes=dict(about.all_attributes),
        )
        if name in plan.strides:
            array[...] = np.arange(plan.length(name)) * plan.strides[name]
    with warnings.catch_warnings():
        # Consolidated metadata are an extension of Zarr 3; with them nobody lists the folder and finds the state in it.
        warnings.simplefilter("ignore", ZarrUserWarning)
        zarr.consolidate_metadata(store)
    return {name: made[name].to_bytes() for name in sorted(made, key=lambda name: (name == ROOT, name))}
