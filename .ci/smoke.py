"""What every supported environment must do: import all of edgestab, check claims, draw a map, keep and export a store.

Run by the interpreter of the environment, with edgestab installed there. What is run is what was installed: the work is
done in a folder whose files are named as our rooms are, and which is first on Python's path.
"""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
import sysconfig
import tempfile
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path

CLAIM = """
name = "ends flat"
model = "quartic"
eta_range = ["0.05", "0.1"]
where = ["b != 0"]
[region]
offset = ["0.05", "0.2"]
b = ["-0.2", "0.1"]
[conclusion]
kind = "final-sharpness"
low = "2/eta - 3/5*eta"
high = "2/eta"
"""

BASIN = ["basin", "quartic", "--x", "x", "1", "4", "--y", "y", "0.1", "1", "--eta", "1/5", "--size", "96"]
"""A map of 96 by 96 starts."""

TRAIN = ["train", "--preset", "chebyshev-eos", "--steps", "20"]


def main() -> None:
    """Run everything; the first failure ends it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for room in ("theory", "numerics", "verify", "tests"):
            (folder / f"{room}.py").write_text("raise ImportError('a file of the user was imported')\n")
        (folder / "claim.toml").write_text(CLAIM)
        sys.path.insert(0, name)
        modules, left = imported()
        where = Path(str(sys.modules["edgestab"].__file__)).parents[1]
        if where != Path(sysconfig.get_path("purelib")):
            raise SystemExit(f"edgestab was imported from {where}, which is not where it was installed")
        print(f"{modules} modules imported" + (f", {left} left out that need torch" if left else ""))
        commands(folder)
    print(" ".join(f"{name} {version(name)}" for name in requirements()))


def imported() -> tuple[int, int]:
    """Import every module; those that say they need torch are counted and left out."""
    done = left = 0
    root = Path(str(importlib.import_module("edgestab").__file__)).parent
    for file in sorted(root.rglob("*.py")):
        name = ".".join(file.relative_to(root.parent).with_suffix("").parts).removesuffix(".__init__")
        if file.name == "__main__.py":
            continue
        try:
            importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name != "torch":
                raise
            left += 1
        else:
            done += 1
    return done, left


def commands(folder: Path) -> None:
    """Check claims, draw a map, keep it in a store, export it, prove and re-prove."""
    claims = edgestab(folder, "claims")
    if len(claims.splitlines()) < 60:
        raise SystemExit(f"the catalogue has shrunk:\n{claims}")
    verdicts = standings(folder, "zhu2023.slip1", "zhu2023.R7", "damian2023.conserved", "claim.toml", "--out", "report")
    # The last has been seen proved with the lowest versions and supported with the newest.
    if verdicts[:3] != ["REFUTED", "PROVED", "PROVED"] or verdicts[3] not in ("PROVED", "SUPPORTED"):
        raise SystemExit(f"wrong verdicts: {verdicts}")
    there(folder / "report" / "report.html")
    edgestab(folder, "certify", "claim.toml", "--eta", "1/10", "--out", "proof.json")
    edgestab(folder, "check", "proof.json")
    edgestab(folder, *BASIN, "--out", "basin.zarr", "--png", "basin.png")
    edgestab(folder, "export", "basin.zarr", "--out", "basin.nc")
    there(folder / "basin.png", folder / "basin.nc")
    sizes = importlib.import_module("xarray").load_dataset(folder / "basin.nc", engine="h5netcdf").sizes
    if 96 not in sizes.values():
        raise SystemExit(f"the exported map has the sizes {dict(sizes)}")
    if find_spec("distributed"):
        on_a_cluster(folder)
    if find_spec("torch"):
        edgestab(folder, *TRAIN, "--out", "run.zarr", "--png", "run.png")
        there(folder / "run.png")


def on_a_cluster(folder: Path) -> None:
    """Compute the map again, on a cluster of one worker."""
    distributed = importlib.import_module("distributed")
    cluster = distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, protocol="tcp://", dashboard_address=None
    )
    with cluster:
        address = cluster.scheduler_address
        edgestab(folder, *BASIN, "--out", "again.zarr", "--scheduler", address)


def standings(folder: Path, *words: str) -> list[str]:
    """Verdicts of claims, in the order they were asked for."""
    return [found["standing"] for found in json.loads(edgestab(folder, "verify", *words, "--json"))]


def edgestab(folder: Path, *words: str) -> str:
    """Run the command line as a user does, and return what it printed."""
    print("edgestab", *words, flush=True)
    done = subprocess.run(
        [sys.executable, "-m", "edgestab", *words], cwd=folder, capture_output=True, text=True, timeout=900, check=False
    )
    if done.returncode:
        raise SystemExit(f"exit status {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def there(*files: Path) -> None:
    """Complain of files that were not written."""
    for file in files:
        if not file.stat().st_size:
            raise SystemExit(f"{file.name} is empty")


def requirements() -> list[str]:
    """Names of the packages edgestab requires and its extras name, as far as they are installed."""
    named = {re.match(r"[\w.-]+", line)[0] for line in requires("edgestab") or ()}
    return sorted(name for name in named if name != "edgestab" and is_installed(name))


def is_installed(name: str) -> bool:
    """Whether a package is here."""
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


if __name__ == "__main__":
    main()
