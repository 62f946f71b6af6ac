"""Datasets on disk: a file is complete or it is not there."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import xarray as xr


def writable_file(path: Path) -> Path:
    """Return the path after making sure, before any work, that it can be written.

    Raises
    ------
    OSError
        When it cannot.
    """
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder: name a file in it")
    with tempfile.TemporaryFile(dir=path.parent):
        pass
    return path


def save_netcdf(dataset: xr.Dataset, path: Path) -> None:
    """Write a dataset as NetCDF-4, in one step: an interruption leaves the previous file, or none."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".nc.part")
    os.close(handle)
    try:
        dataset.to_netcdf(temporary, engine="h5netcdf")
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
