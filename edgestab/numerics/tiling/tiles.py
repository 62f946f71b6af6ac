"""Work cut into tiles: what a job computes, and where each tile's part of it lies.

A tile is the unit of everything that may go wrong: it is computed by one worker, written in one piece, and
computed again when it was lost. Its values depend on the job and on its place alone, never on who computed it, when, or
beside what, so that a result put together from tiles is the same to the bit however it came about.
"""

from __future__ import annotations

import functools
import hashlib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from edgestab.errors import InputError

TILE_DIMENSION = "tile"
"""A variable over this dimension holds one value for each tile."""

FINGERPRINT = "fingerprint"
"""The attribute of a result that says what it was made by and from."""

Part = Mapping[str, slice]
Tile = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Variable:
    """One variable of a result.

    Parameters
    ----------
    dims : tuple of str
        Its dimensions.
    dtype : str
        NumPy's name of its type.
    long_name, units : str
        What it is, for people and for axes.
    attributes : mapping
        Further attributes, such as the meanings of flags.
    """

    dims: tuple[str, ...]
    dtype: str
    long_name: str
    units: str = "1"
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def all_attributes(self) -> dict[str, Any]:
        """What a file keeps beside the values."""
        return {"long_name": self.long_name, "units": self.units, **self.attributes}


@dataclass(frozen=True)
class Coordinate:
    """One labelled axis of a result: its values along dimensions, and what they are."""

    dims: tuple[str, ...]
    values: NDArray[Any]
    long_name: str
    units: str = "1"

    @property
    def all_attributes(self) -> dict[str, Any]:
        """What a file keeps beside the values."""
        return {"long_name": self.long_name, "units": self.units}


@dataclass(frozen=True)
class Layout:
    """The shape of a result, and how it is cut.

    Parameters
    ----------
    sizes : mapping
        The length of every dimension.
    tile : mapping
        For each dimension that is cut, the length of a tile along it; the last tile may be shorter.
    variables : mapping
        What is computed.
    coordinates : mapping
        The labels of its axes.
    attributes : mapping
        Provenance: title, model, program, rules.

    Examples
    --------
    >>> image = Variable(("row", "column"), "int8", "outcome")
    >>> layout = Layout({"row": 5, "column": 4}, {"row": 2, "column": 4}, {"outcome": image}, {}, {})
    >>> layout.count, layout.part(2)["row"]
    (3, slice(4, 5, None))
    """

    sizes: Mapping[str, int]
    tile: Mapping[str, int]
    variables: Mapping[str, Variable]
    coordinates: Mapping[str, Coordinate]
    attributes: Mapping[str, Any]

    def __post_init__(self) -> None:
        for name, length in self.tile.items():
            if length < 1:
                raise InputError(f"a tile is at least 1 long along {name}, got {length}")
            if name not in self.sizes:
                raise InputError(f"{name} is cut, and has no length")
        for name, length in self.sizes.items():
            if length < 1:
                raise InputError(f"{name} must have at least 1 entry, got {length}")
        cut = {d for d, n in zip(self.tile, self.grid, strict=True) if n > 1}
        for name, variable in self.variables.items():
            missing = sorted(cut - set(variable.dims))
            if missing and TILE_DIMENSION not in variable.dims:
                raise InputError(f"{name} does not extend along {missing[0]}, which is cut: two tiles would write it")

    @functools.cached_property
    def grid(self) -> tuple[int, ...]:
        """How many tiles lie along each dimension that is cut."""
        return tuple(math.ceil(self.sizes[d] / length) for d, length in self.tile.items())

    @property
    def count(self) -> int:
        """How many tiles there are."""
        return math.prod(self.grid)

    def length(self, dimension: str) -> int:
        """Return the length of a dimension, that of the tiles included."""
        return self.count if dimension == TILE_DIMENSION else self.sizes[dimension]

    def shape(self, variable: Variable) -> tuple[int, ...]:
        """Return the shape of a variable."""
        return tuple(self.length(d) for d in variable.dims)

    def chunk(self, variable: Variable) -> tuple[int, ...]:
        """Return the shape of one tile's part of a variable, as long as no edge cuts it."""
        return tuple(1 if d == TILE_DIMENSION else self.tile.get(d, self.sizes.get(d, 1)) for d in variable.dims)

    def part(self, tile: int) -> dict[str, slice]:
        """Return the slice of a tile along every dimension."""
        if not 0 <= tile < self.count:
            raise IndexError(f"tile {tile} of {self.count}")
        slices, left = {d: slice(0, n) for d, n in self.sizes.items()}, tile
        for (d, length), along in zip(reversed([*self.tile.items()]), reversed(self.grid), strict=True):
            left, i = divmod(left, along)
            slices[d] = slice(i * length, min((i + 1) * length, self.sizes[d]))
        slices[TILE_DIMENSION] = slice(tile, tile + 1)
        return slices

    def region(self, tile: int, variable: Variable) -> tuple[slice, ...]:
        """Return where a tile's part of a variable lies."""
        part = self.part(tile)
        return tuple(part[d] for d in variable.dims)

    def regions(self, tile: int) -> dict[str, tuple[slice, ...]]:
        """Return where a tile's part of every variable lies."""
        part = self.part(tile)
        return {name: tuple(part[d] for d in about.dims) for name, about in self.variables.items()}

    def checked(self, tile: int, values: Tile) -> Tile:
        """Return a tile's values as they are stored, after checking names and shapes."""
        if set(values) != set(self.variables):
            raise InputError(f"a tile has the variables {sorted(self.variables)}, got {sorted(values)}")
        found, regions = {}, self.regions(tile)
        for name, about in self.variables.items():
            shape = tuple(s.stop - s.start for s in regions[name])
            if values[name].shape != shape:
                raise InputError(f"{name} of tile {tile} has shape {shape}, got {values[name].shape}")
            found[name] = np.ascontiguousarray(values[name], about.dtype)
        return found

    def dataset(self, values: Mapping[str, Any]) -> xr.Dataset:
        """Return whole variables as a labelled dataset."""
        variables = {n: (v.dims, values[n], v.all_attributes) for n, v in self.variables.items()}
        axes = {n: (c.dims, c.values, c.all_attributes) for n, c in self.coordinates.items()}
        return xr.Dataset(variables, axes, dict(self.attributes))


class Job(Protocol):
    """What can be computed tile by tile. A job is a value: it can be sent to another process."""

    @property
    def layout(self) -> Layout:
        """The shape of the result."""

    @property
    def identity(self) -> dict[str, Any]:
        """Everything the values depend on, as JSON can hold it; the code is added by `fingerprint`."""

    def compute(self, part: Part) -> Tile:
        """Return the values of one tile, every variable of the layout."""


@runtime_checkable
class InPlace(Job, Protocol):
    """A job that fills its variables where they are, in a process that holds them all: no tile is copied."""

    def whole(self) -> tuple[Tile, Callable[[Part], None]]:
        """Return room for every variable of the layout, and what computes a part of them in its place."""


def compute_tile(job: Job, tile: int) -> Tile:
    """Return the values of one tile of a job; a plain function, so that an executor can send it anywhere."""
    layout = job.layout
    return layout.checked(tile, job.compute(layout.part(tile)))


def digest(values: Tile) -> str:
    """Return the SHA-256 of a tile's values."""
    total = hashlib.sha256()
    for name in sorted(values):
        array = np.ascontiguousarray(values[name])
        total.update(f"{name} {array.dtype.str} {array.shape}".encode())
        total.update(array.data.cast("B"))
    return total.hexdigest()


@functools.cache
def code_digest() -> str:
    """Return the SHA-256 of what computes results: our sources, and the versions of the libraries they call."""
    total = hashlib.sha256()
    for library in ("llvmlite", "numba", "numpy", "scipy"):
        total.update(f"{library} {version(library)}".encode())
    top = Path(__file__).parents[2]
    for package in ("theory", "numerics", "verify"):
        for file in sorted((top / package).rglob("*.py")):
            total.update(file.relative_to(top).as_posix().encode())
            total.update(file.read_bytes())
    return total.hexdigest()


def fingerprint(job: Job) -> dict[str, Any]:
    """Return what a stored result must have been made by and from to be this job's.

    Parameters
    ----------
    job : Job
        The work.

    Returns
    -------
    dict
        ``code``, the digest of the sources; ``inputs``, the job's identity; ``tiles``, how it is cut, in the order in
        which tiles are counted.
    """
    layout = job.layout
    inputs = json.loads(json.dumps(job.identity, allow_nan=False, sort_keys=True))
    return {"code": code_digest(), "inputs": inputs, "tiles": [[d, int(n)] for d, n in layout.tile.items()]}


def as_text(identity: Mapping[str, Any]) -> str:
    """Return a fingerprint as the text that stands in a result's attributes."""
    return json.dumps(identity, sort_keys=True)
