"""Runs that tests make, in this process or in a child that dies."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import torch

from edgestab.numerics.networks.run.spec import RunSpec, read_text
from edgestab.numerics.networks.run.state import RunState
from edgestab.numerics.networks.run.train import RunProgress, train

PROBLEM = """
[problem.data]
kind = "chebyshev"
degree = 2
points = 10
[problem.network]
kind = "mlp"
hidden = [6]
"""

PLAIN = f"""
steps = 40
{PROBLEM}
[optimizer]
eta = 0.2
"""

KICKED = f"""
steps = 90
{PROBLEM}
[optimizer]
eta = 0.8
schedule = [[60, 0.5]]
[record]
eigenvalues = 2
tolerance = 1e-6
midpoint_every = 3
eigenvectors_every = 8
parameters_every = 7
[kick]
size = 0.3
at = 0.9
"""

MOMENTUM = f"""
steps = 90
{PROBLEM}
[optimizer]
name = "heavy-ball"
eta = 0.05
beta = 0.9
[record]
sharpness_every = 4
"""

ADAPTIVE = f"""
steps = 90
{PROBLEM}
[optimizer]
name = "adam"
eta = 0.01
[record]
eigenvalues = 3
"""

SPECS = {"plain": PLAIN, "kicked": KICKED, "momentum": MOMENTUM, "adaptive": ADAPTIVE}


def spec(name: str) -> RunSpec:
    return read_text(SPECS[name])


def files(path: Path) -> dict[str, bytes]:
    """Every file of a store with its bytes, the lock left out."""
    return {
        p.relative_to(path).as_posix(): p.read_bytes()
        for p in sorted(path.rglob("*"))
        if p.is_file() and p.name != ".lock"
    }


def run(name: str, path: Path, **settings: Any) -> RunState:
    return train(spec(name), path, **settings)


def train_in_child(name: str, path: str, interval: float, row: int = -1, operation: int = 0) -> None:
    """Go on with a run; the process kills itself after this row, or at the so-manieth thing it does to a file."""
    torch.set_num_threads(1)
    seen = 0

    def count(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal seen
        if event in ("open", "os.rename", "os.mkdir", "os.remove") and path in str(arguments[0]):
            seen += 1
            if seen == operation:
                os.kill(os.getpid(), signal.SIGKILL)

    def at(progress: RunProgress) -> None:
        if progress.row == row:
            os.kill(os.getpid(), signal.SIGKILL)

    if operation:
        sys.addaudithook(count)
    run(name, Path(path), resume=True, interval=interval, progress=at)
