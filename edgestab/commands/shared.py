"""What the commands share: computing a job where it is asked for, and saying what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edgestab.arguments import Output
from edgestab.commands.drawing import Picture
from edgestab.commands.printing import errors, print_json

if TYPE_CHECKING:
    from collections.abc import Callable

    import xarray as xr

    from edgestab.numerics.tiling.tiles import Job


def computed(job: Job, output: Output, title: str, check: Callable[[xr.Dataset], None] = lambda _: None) -> xr.Dataset:
    """Compute a job as its output asks, with progress, and write what is to be written, unless `check` raises."""
    from edgestab.commands.progress import progress
    from edgestab.numerics.storage.netcdf import save_netcdf
    from edgestab.numerics.tiling.running import run, run_stored

    console = errors()
    with progress(console, title, 1) as (begin, advance), output.workers() as executor:
        begin("tiles")

        def tiles(done: int, total: int) -> None:
            advance("tiles", done / total)

        if output.out is not None and output.out.suffix == ".zarr":
            dataset = run_stored(
                job,
                output.out,
                resume=output.resume,
                shared=output.shared,
                executor=executor,
                progress=tiles,
                notice=console.print,
            )
            check(dataset)
            return dataset
        dataset = run(job, executor=executor, progress=tiles)
    check(dataset)
    if output.out is not None:
        save_netcdf(dataset, output.out)
    return dataset


def report(output: Output, facts: dict[str, Any], picture: Picture = Picture()) -> None:  # noqa: B008 - a frozen value
    """Print what was found, and where it was written."""
    written = [str(p) for p in (output.out, *picture.written) if p is not None]
    if output.json_:
        print_json({**facts, "files": written})
        return
    for name, value in facts.items():
        if isinstance(value, dict):
            print(f"{name}: " + ", ".join(f"{v} {k}" for k, v in value.items()))
        elif value not in ([], None):
            print(f"{name}: {value}")
    for name in written:
        print(name)
