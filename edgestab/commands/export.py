"""``edgestab export``: a store as one file."""

from __future__ import annotations

from pathlib import Path

from edgestab.errors import InputError


def export(store: Path, *, out: Path) -> None:
    """Write a complete store as one NetCDF file.

    Parameters
    ----------
    store
        The folder DIR.zarr.
    out
        The file FILE.nc.
    """
    from edgestab.numerics.storage.atomic import writable_file
    from edgestab.numerics.tiling.store import export_netcdf

    if out.suffix != ".nc":
        raise InputError(f"--out takes a file FILE.nc, got {out}")
    export_netcdf(store, writable_file(out))
    print(out)
