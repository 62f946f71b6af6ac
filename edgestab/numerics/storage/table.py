"""Datasets as tables of comma-separated values."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import xarray as xr

from edgestab.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 5_000_000
"""A table has no more: NetCDF takes a tenth of the room and of the time."""


def table(dataset: xr.Dataset) -> pd.DataFrame:
    """Return the variables of a dataset that vary the most, one row for each of their points, with the coordinates.

    Parameters
    ----------
    dataset : Dataset
        Its first variable says which dimensions the rows go through; variables over some of these are repeated, and
        variables over others are left out.

    Raises
    ------
    InputError
        When there would be more than `MOST_ROWS` rows.

    Examples
    --------
    >>> table(xr.Dataset({"y": ("x", [1.5, 2.0])}, {"x": [0, 1]}))
       x    y
    0  0  1.5
    1  1  2.0
    """
    first = next(iter(dataset.data_vars.values()))
    if first.size > MOST_ROWS:
        raise InputError(f"{first.size} points are too many for a table: name a file ending in .nc")
    kept = dataset.drop_vars([n for n, v in dataset.variables.items() if not set(v.dims) <= set(first.dims)])
    frame = kept.to_dataframe(dim_order=list(first.dims)).reset_index()
    return frame[[c for c in frame.columns if c in kept.coords or c in kept.data_vars or c in first.dims]]


def save_table(dataset: xr.Dataset, path: Path) -> None:
    """Write the `table` of a dataset, in one step; a number that is read again is the same number."""
    with tempfile.NamedTemporaryFile(
        "w", dir=path.parent, suffix=".csv.part", delete=False, encoding="utf-8", newline=""
    ) as file:
        try:
            table(dataset).to_csv(file, index=False, lineterminator="\n")
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
