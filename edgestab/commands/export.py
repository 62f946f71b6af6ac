"""``edgestab export``: a store as one file."""

from __future__ import annotations

from pathlib import Path

from edgestab.arguments import Overwrite
from edgestab.errors import InputError


def export(store: Path, /, *, out: Path, overwrite: Overwrite = False) -> None:
    """Write a store of a sweep, a map or a training run as one NetCDF file.

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
    from edgestab.numerics.storage.zarr_folder import attributes_of
    from edgestab.numerics.tiling.store import export_netcdf

    if out.suffix != ".nc":
        raise InputError(f"--out takes a file FILE.nc, got {out}")
    if not store.is_dir():
        raise InputError(f"there is no folder {store}: give the store DIR.zarr that --out of another command made")
    free_file(out, overwrite=overwrite)
    if "spec" in (attributes_of(store) or {}):
        from edgestab.numerics.networks.run.recording import open_run
        from edgestab.numerics.storage.netcdf import save_netcdf

        save_netcdf(open_run(store), out)
    else:
        export_netcdf(store, out)
    print(out)
