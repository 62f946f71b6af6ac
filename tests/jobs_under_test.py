"""Small jobs for the tests of tiles, stores and executors. Worker processes import this module."""

from __future__ import annotations

import os
import signal
import sys
import time
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from edgestab.numerics.maps.pictures.basin import BasinJob
from edgestab.numerics.maps.pictures.refine import Refinement
from edgestab.numerics.maps.pictures.slices import Axis, slice_of
from edgestab.numerics.orbits.follow import Rules
from edgestab.numerics.tiling.executors import threads
from edgestab.numerics.tiling.running import run_stored
from edgestab.numerics.tiling.tiles import TILE_DIMENSION, Coordinate, Job, Layout, Part, Tile, Variable
from edgestab.theory.symbols import symbol
from tests.models_under_test import cached, eta

FLAGS = {"flag_values": [0, 1], "flag_meanings": "ABSENT PRESENT"}


@dataclass(frozen=True)
class Toy:
    """A job whose every value is a hash of its place, with variables of every kind a store may meet.

    ``pause`` slows it down, ``log`` names a file that gets a line for every tile computed, and ``dies`` kills the
    process that computes that tile; none of the three changes a value.
    """

    sizes: tuple[tuple[str, int], ...] = (("row", 7), ("column", 6))
    tile: tuple[tuple[str, int], ...] = (("row", 2), ("column", 4))
    salt: int = 1
    pause: float = 0.0
    log: str = ""
    dies: int = -1

    @property
    def layout(self) -> Layout:
        names = tuple(d for d, _ in self.sizes)
        variables = {
            "height": Variable(names, "float64", "height over the plane", "m"),
            "kind": Variable(names, "int8", "what is there", attributes=FLAGS),
            "empty": Variable(names[::-1], "int32", "zeros, to be told from what is lost"),
            "first": Variable(names[:1], "float64", "a line across the tiles", "s"),
            "area": Variable((TILE_DIMENSION,), "int64", "entries of the tile"),
        }
        if len(self.tile) != 1 or self.tile[0][0] != names[0]:
            del variables["first"]  # its parts would be written by several tiles
        axes = {d: Coordinate((d,), np.arange(n) / 3, f"place along {d}", "m") for d, n in self.sizes}
        axes["depth"] = Coordinate(names[:1], np.arange(self.sizes[0][1]) ** 2, "another label of the first axis", "K")
        return Layout(dict(self.sizes), dict(self.tile), variables, axes, {"title": "toy", "salt": self.salt})

    @property
    def identity(self) -> dict[str, Any]:
        return {"kind": "toy", "sizes": [list(s) for s in self.sizes], "salt": self.salt}

    def compute(self, part: Part) -> Tile:
        number = part[TILE_DIMENSION].start
        if self.log:
            with Path(self.log).open("a", encoding="utf-8") as file:
                file.write(f"{number}\n")
        if number == self.dies:
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(self.pause)
        places = np.meshgrid(*(np.arange(part[d].start, part[d].stop) for d, _ in self.sizes), indexing="ij")
        mixed = sum(p * k for p, k in zip(places, (7919, 104729, 1299709), strict=False)) * self.salt
        height = np.where(mixed % 11 == 0, np.nan, np.sin(mixed))
        if number == 1:
            height[:] = np.copysign(np.nan, -1.0)  # as 0/0 is on some processors
        values = {
            "height": height,
            "kind": mixed % 2,
            "empty": np.zeros(height.shape[::-1]),
            "first": np.cos(np.arange(part[self.sizes[0][0]].start, part[self.sizes[0][0]].stop)),
            "area": np.array([height.size]),
        }
        return {name: values[name] for name in self.layout.variables}

    def computed(self) -> list[int]:
        """The tiles that were begun, by any process."""
        path = Path(self.log)
        return [int(n) for n in path.read_text().split()] if path.exists() else []


def basin(
    size: int = 40,
    tile: int = 16,
    refinement: Refinement | None = None,
    window: tuple[str, str, str, str] = ("3", "3.4", "0.1", "0.5"),
) -> BasinJob:
    """The quartic's basins at eta = 1/5, over x from and to, y from and to."""
    left, right, low, high = map(Fraction, window)
    columns, rows = Axis(symbol("x"), left, right, size), Axis(symbol("y"), low, high, size)
    m = cached("quartic")
    return BasinJob(m, slice_of(m, columns, rows, {eta: Fraction(1, 5)}), Rules(most=20_000), refinement, tile)


def files(path: Path) -> dict[str, bytes]:
    """Every file of a store with its bytes, the lock left out."""
    return {
        p.relative_to(path).as_posix(): p.read_bytes()
        for p in sorted(path.rglob("*"))
        if p.is_file() and p.name != ".lock"
    }


def store_in_child(job: Job, path: str, workers: int, file_operation: int = 0) -> None:
    """Compute a job into a store; with `file_operation` the process kills itself at the so-manieth of them."""
    seen = 0

    def count(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal seen
        if event in ("open", "os.rename", "os.mkdir", "os.remove") and path in str(arguments[0]):
            seen += 1
            if seen == file_operation:
                os.kill(os.getpid(), signal.SIGKILL)

    if file_operation:
        sys.addaudithook(count)
    with threads(workers) as executor:
        run_stored(job, Path(path), resume=True, executor=executor)
