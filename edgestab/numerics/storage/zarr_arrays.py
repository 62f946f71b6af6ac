"""Zarr 3 arrays on disk: their metadata and axes as bytes, and the places of their chunks."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray
from zarr.codecs import Crc32cCodec, ZstdCodec
from zarr.core.buffer import Buffer
from zarr.errors import ZarrUserWarning
from zarr.storage import MemoryStore

from edgestab.numerics.storage.zarr_folder import ROOT


@dataclass(frozen=True)
class PlannedArray:
    """An array of a store that is to be made.

    Parameters
    ----------
    dims : tuple of str
        Its dimensions.
    shape, chunks : tuple of int
        Its size along each, and that of the pieces it is kept in.
    dtype : str
        NumPy's name of its type.
    attributes : mapping
        What the file says of it beside the values.
    values : ndarray, optional
        Those of an axis; the others are empty at first, NaN for numbers with a point and 0 for whole ones.
    """

    dims: tuple[str, ...]
    shape: tuple[int, ...]
    chunks: tuple[int, ...]
    dtype: str
    attributes: Mapping[str, Any]
    values: NDArray[Any] | None = None


def files_of(arrays: Mapping[str, PlannedArray], attributes: Mapping[str, Any]) -> dict[str, bytes]:
    """Return every file of a store of arrays by its name; the last, `ROOT`, is the one without which it is no store.

    Parameters
    ----------
    arrays : mapping
        The arrays by name.
    attributes : mapping
        Of the store.
    """
    made: dict[str, Buffer] = {}
    store = MemoryStore(made)
    group = zarr.create_group(store, zarr_format=3)
    for name, about in arrays.items():
        array: Any = group.create_array(
            name,
            shape=about.shape,
            chunks=tuple(map(min, about.chunks, about.shape)),
            dtype=about.dtype,
            fill_value=float("nan") if np.dtype(about.dtype).kind == "f" else 0,
            compressors=[ZstdCodec(level=3), Crc32cCodec()],
            dimension_names=about.dims,
            attributes=dict(about.attributes),
        )
        if about.values is not None:
            array[...] = about.values
    group.attrs.update(attributes)
    with warnings.catch_warnings():
        # Consolidated metadata are an extension of Zarr 3. xarray asks for them; with them nobody lists the folder and
        # finds in it what is no array; readers that lack them lose nothing.
        warnings.simplefilter("ignore", ZarrUserWarning)
        zarr.consolidate_metadata(store)
    return {name: made[name].to_bytes() for name in sorted(made, key=lambda name: (name == ROOT, name))}


def writable(group: zarr.Group, name: str) -> Any:
    """Return an array of an open store, to write to.

    A chunk is written even if it holds nothing but its fill value: only so can it be checked that no file is missing,
    and to zarr all NaNs are one, to a digest they are not.
    """
    array: Any = group[name]
    return array.with_config({"write_empty_chunks": True})


def chunk_file(path: Path, name: str, place: Iterable[int]) -> Path:
    """Return the file of a chunk of an array, from the store's folder and the chunk's place along each dimension."""
    return path.joinpath(name, "c", *map(str, place))
