"""What of this machine the package can use: versions, processors, the cache of kernels, optional programs."""

from __future__ import annotations

import platform
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of
from pathlib import Path

from edgestab.version import version

BROWSERS = ("firefox", "chromium", "chromium-browser", "google-chrome", "xdg-open", "open")
"""Programs that show a page; on Windows the system does."""


@dataclass(frozen=True)
class Finding:
    """Something that was looked for.

    Parameters
    ----------
    name : str
        What it is.
    there : bool
        Whether it was found.
    words : str
        Which, or what goes without it.
    advice : str
        What to do; empty where there is nothing to do.
    """

    name: str
    there: bool
    words: str
    advice: str = ""


def surroundings() -> tuple[Finding, ...]:
    """Return everything that is looked for, found or not.

    Examples
    --------
    >>> [f.name for f in surroundings()][:4]
    ['edgestab', 'Python', 'processors', 'kernel cache']
    """
    return tuple(_all())


def _all() -> Iterator[Finding]:
    from edgestab.numerics.tiling.processes import cores

    yield Finding("edgestab", True, f"{version()}, in {Path(__file__).parent}")
    yield Finding("Python", True, f"{platform.python_version()}, {sys.executable}")
    yield Finding("processors", True, f"{cores()}: as many are used, unless --jobs or --threads say otherwise")
    yield _cache()
    yield from _compiler()
    yield _package("torch", "nn", "networks: `edgestab train` and claims about networks", also=_device)
    yield _package("scikit-learn", "nn", "the packaged digits that some networks are trained on")
    yield _package("distributed", "cluster", "--scheduler: sweeps, maps and claims on a Dask cluster")
    coq = shutil.which("coqc") or shutil.which("rocq")
    yield Finding("Coq", coq is not None, coq or "not found; nothing here runs it, it checks proofs of lemmas alone")
    shown = next(filter(None, map(shutil.which, BROWSERS)), None) or ("the system's" * (sys.platform == "win32"))
    if shown:
        yield Finding("browser", True, shown)
    else:
        yield Finding("browser", False, "none found; reports are single HTML files", "copy the file to where one is")


def _cache() -> Finding:
    """The folder of compiled kernels, and whether it can be written."""
    from edgestab.numerics.programs.modules import cache_folder

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            folder = cache_folder()
            with tempfile.TemporaryFile(dir=folder):
                kernels = sum(1 for _ in folder.glob("*.py"))
        except (RuntimeWarning, OSError) as error:
            return Finding("kernel cache", False, str(error), "set EDGESTAB_CACHE_DIR to a folder that can be written")
    return Finding("kernel cache", True, f"{folder}, {kernels} kernels; removing it costs their compilation again")


def _compiler() -> Iterator[Finding]:
    """Numba, and whether it compiles."""
    import numba

    compiled = numba.njit(lambda x: x + 1.0)
    right = compiled(1.0) == 2.0
    yield Finding("compiler", right, f"numba {numba.__version__}", "" if right else "install numba again")


def _package(name: str, extra: str, purpose: str, also: Callable[[], str] = str) -> Finding:
    """A package of an extra."""
    try:
        found = version_of(name)
    except PackageNotFoundError:
        return Finding(name, False, f"not installed; it is for {purpose}", f"pip install 'edgestab[{extra}]'")
    return Finding(name, True, found + also())


def _device() -> str:
    """The devices that torch can compute on."""
    import torch

    count = torch.cuda.device_count()
    names = ", ".join(f"cuda:{k} {torch.cuda.get_device_name(k)}" for k in range(count))
    return f", on {names} and the processor" if names else ", on the processor; no GPU was found"
