"""``edgestab sweep``: the outcomes of orbits from a grid or a random design of starts."""

from __future__ import annotations

from pathlib import Path

from edgestab.arguments import Output, Overwrite
from edgestab.commands.claims import files_near
from edgestab.commands.printing import print_json
from edgestab.errors import InputError


def sweep(
    file: Path,
    /,
    *,
    output: Output = Output(),  # noqa: B008 - a frozen value
    overwrite: Overwrite = False,
) -> None:
    """Follow orbits from a grid or a random design of starts and write their outcomes.

    Parameters
    ----------
    file
        A specification in TOML: model or loss, eta or eta_range, region, points or grid.
    output
        Where results go.
    overwrite
        Replace what is there: a file when the new one is complete, a store before the work begins.
    """
    from edgestab.commands.shared import computed
    from edgestab.verify.claim_files.door import read
    from edgestab.verify.claim_files.sweeping import reached, require_followed, require_memory, summary, sweep_job

    if output.out is None:
        raise InputError("a sweep needs --out DIR.zarr or --out FILE.nc")
    if not file.exists():
        raise InputError(
            f"there is no file {file}{files_near(str(file), f'`edgestab new {file} --kind sweep` writes one')}"
        )
    output.check(overwrite=overwrite)
    spec = read(file)
    job = sweep_job(spec)
    if output.out.suffix == ".nc":
        require_memory(job)
    dataset = computed(job, output, f"sweeping {spec.name}", check=require_followed)
    counts, minima = summary(dataset), reached(dataset)
    if output.json_:
        print_json({"file": str(output.out), "orbits": dataset.sizes["orbit"], "outcomes": counts, "minima": minima})
    else:
        words = ", ".join(f"{n} {s.lower()}" for s, n in counts.items())
        print(f"{output.out}: {dataset.sizes['orbit']} orbits, {words}")
        if len(minima) > 1:
            print("minima: " + ", ".join(f"{n} at {name}" for name, n in minima.items()))
