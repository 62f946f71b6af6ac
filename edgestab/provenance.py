"""Provenance: what made a result, the machine it was made on, and the command that was given."""

from __future__ import annotations

import functools
import importlib.metadata
import json
import platform
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edgestab.numerics.tiling.processes import cores
from edgestab.version import version

LIBRARIES = ("sympy", "numpy", "numba", "scipy", "python-flint", "matplotlib", "torch")
"""Those that results rest on."""


@functools.cache
def made_by() -> dict[str, Any]:
    """Return the version, the commit of a checkout, Python, the libraries and the machine.

    Examples
    --------
    >>> found = made_by()
    >>> sorted(found)
    ['commit', 'cpu', 'cpus', 'edgestab', 'libraries', 'platform', 'python']
    """
    libraries = {}
    for name in LIBRARIES:
        try:
            libraries[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            libraries[name] = "not installed"
    return {
        "edgestab": version(),
        "commit": commit(),
        "python": platform.python_version(),
        "libraries": libraries,
        "platform": platform.platform(),
        "cpu": cpu(),
        "cpus": cores(),
    }


def made_with() -> str:
    """Return the versions and the machine in one line."""
    found = made_by()
    names = ", ".join(f"{n} {v}" for n, v in found["libraries"].items() if v != "not installed")
    commit_ = f", commit {found['commit']}" if found["commit"] else ""
    return f"Python {found['python']}, {names}{commit_}; {found['cpu']}, {found['cpus']} processors"


def commit() -> str:
    """Return the commit of the checkout that the package is in, marked where files were changed; empty for none."""
    folder = Path(__file__).resolve().parents[1]
    if not (folder / ".git").exists():
        return ""
    command = ["git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


def cpu() -> str:
    """Return what the processor calls itself."""
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8", errors="replace") as lines:
            names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
            return next(names, "") or platform.machine()
    except OSError:
        return platform.processor() or platform.machine()


def command_line() -> str:
    r"""Return the command of this process as it could be given again, in ASCII without control characters."""
    words = ["edgestab", *sys.argv[1:]]
    return shlex.join(words).encode("ascii", "backslashreplace").decode("ascii").replace("\n", " ").replace("\r", " ")


def about(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return what made a dataset, for a picture of it: its attributes, the command, versions and machine.

    Parameters
    ----------
    attributes : mapping
        Of the dataset; its fingerprint is shown parsed.
    """
    of = {k: v for k, v in attributes.items() if isinstance(v, str | int | float)}
    if "fingerprint" in of:
        of["fingerprint"] = json.loads(str(of["fingerprint"]))
    return {"result": of, "command": command_line(), "made_by": made_by()}
