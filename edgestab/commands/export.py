"""``edgestab export``: a store as one file."""

from __future__ import annotations

from pathlib import Path

from edgestab.arguments import Overwrite
from edgestab.errors import InputError


def export(store: Path, /, *, out: Path, overwrite: Overwrite = False) -> None:
    """Write a complete store as one NetCDF file.

    Parameters
    ----------
    store
        The folder DIR.zarr.
    out
        Write the result here: a NetCDF file FILE.nc.
    overwrite
        Replace what is there: a file when the new one is complete, a store before the work begins.
    """
    from edgestab.numerics.storage.places import free_file
    from edgestab.numerics.tiling.store import export_netcdf

    if out.suffix != ".nc":
        raise InputError(f"--out takes a file FILE.nc, got {out}")
    export_netcdf(store, free_file(out, overwrite=overwrite))
    print(out)
