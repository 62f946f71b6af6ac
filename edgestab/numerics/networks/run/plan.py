"""The files of a record before its first row: what there will be in it, and how it is cut into chunks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from edgestab.numerics.networks.run.columns import STEP
from edgestab.numerics.storage.zarr_arrays import PlannedArray, files_of
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
    arrays = {}
    for name, about in plan.variables.items():
        shape, chunks = tuple(map(plan.length, about.dims)), tuple(map(plan.chunk, about.dims))
        arrays[name] = PlannedArray(about.dims, shape, chunks, about.dtype, about.all_attributes)
    for name in dict.fromkeys(v.dims[0] for v in plan.variables.values()):
        axis = Variable((name,), "int64", "step")
        steps = np.arange(plan.length(name)) * plan.strides[name]
        arrays[name] = PlannedArray(axis.dims, steps.shape, steps.shape, axis.dtype, axis.all_attributes, steps)
    return files_of(arrays, {})
