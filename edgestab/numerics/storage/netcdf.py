"""Datasets as NetCDF-4 files."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import xarray as xr


def save_netcdf(dataset: xr.Dataset, path: Path) -> None:
    """Write a dataset as NetCDF-4, in one step: an interruption leaves the previous file, or none."""
    # The library wants a path, not an open file, and two processes may write the same one.
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".nc.part")
    os.close(handle)
    try:
        dataset.to_netcdf(temporary, engine="h5netcdf")
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
