"""What a large sweep takes, from measured figures: ``python -m benchmarks.maps.plan FIGURES.json --orbits 1e12``.

The figures are those of ``python -m benchmarks.maps --only store --json FIGURES.json``. What a tile costs each process
was measured for two sizes of tiles, and is taken to be linear in between and beyond.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HOUR, DAY = 3600.0, 86400.0

BYTES_A_TILE_NUMBER = 44
"""Of a coordinator's memory for each tile that is still to be done: an integer, and its place in two lists."""


@dataclass(frozen=True)
class Line:
    """A cost that is linear in the orbits of a tile: through two measured points, neither part below zero."""

    once: float
    orbit: float

    @classmethod
    def through(cls, points: Sequence[tuple[float, float]]) -> Line:
        """Return the line through two points (orbits, cost).

        Examples
        --------
        >>> Line.through([(1, 3.0), (3, 7.0)])
        Line(once=1.0, orbit=2.0)
        """
        (a, p), (b, q) = points
        slope = max((q - p) / (b - a), 0.0)
        return cls(max(p - slope * a, 0.0), min(slope, p / a))

    def __call__(self, orbits: float) -> float:
        """Return the cost of a tile."""
        return self.once + self.orbit * orbits


@dataclass(frozen=True)
class Figures:
    """Measured costs of a tile.

    Parameters
    ----------
    coordinator, scheduler, worker : Line
        CPU seconds of each process.
    memory : Line
        Bytes of a worker's memory.
    steps : float
        The mean steps of the orbits for which these were measured.
    step : float
        CPU seconds of a worker for each further step of an orbit.
    raw, disk : float
        Bytes an orbit over the wire, once, and on disk.
    files, look, hops : float
        Files a tile, CPU seconds to see whether a tile is done, and how often its bytes are sent.
    job : float
        Bytes of a task.
    """

    coordinator: Line
    scheduler: Line
    worker: Line
    memory: Line
    steps: float
    step: float
    raw: float
    disk: float
    files: float
    look: float
    hops: float
    job: float

    @classmethod
    def of(cls, record: Mapping[str, Any], shared: bool) -> Figures:
        """Return them from what ``python -m benchmarks.maps`` wrote, for workers that see the store or do not.

        Raises
        ------
        ValueError
            When the sweeps were not measured, or not on a cluster.
        """
        found = record["sections"].get("store")
        if found is None or len(found["shares"]) != 4:
            raise ValueError("the file holds no sweeps on a cluster: write it with --only store, distributed installed")
        shares, puts = [s for s in found["shares"] if s["shared"] == shared], found["puts"]

        def line(name: str) -> Line:
            return Line.through([(s["tile"], s[name]) for s in shares])

        return cls(
            line("coordinator"),
            line("scheduler"),
            line("worker"),
            Line.through([(s["tile"], s["peaks"]["worker"]) for s in shares]),
            found["sweeps"][0]["steps"],
            found["orbit"]["step"],
            puts[0]["raw"] / puts[0]["tile"],
            max(p["disk"] / p["tile"] for p in puts),
            puts[0]["files"],
            puts[0]["look"],
            shares[0]["sent"],
            found["job_bytes"],
        )


@dataclass(frozen=True)
class Sweep:
    """What is to be done.

    Parameters
    ----------
    orbits, steps : float
        How many orbits, and the mean number of their steps.
    tile : int
        Orbits in a tile.
    parts : int
        Into how many sweeps, each with a coordinator, a scheduler and a store of its own, it is cut.
    cores : int
        Of all workers together.
    price, disk_price : float
        Of a core-hour, and of a terabyte on disk for a month.
    """

    orbits: float
    steps: float
    tile: int
    parts: int
    cores: int
    price: float
    disk_price: float


def plan(sweep: Sweep, known: Figures) -> list[tuple[str, str]]:
    """Return what a sweep takes, one line a figure."""
    tiles = math.ceil(sweep.orbits / sweep.tile)
    worker = max(known.worker(sweep.tile) + known.step * (sweep.steps - known.steps) * sweep.tile, 0.0)
    core_hours = tiles * worker / HOUR
    keeping = tiles * (known.coordinator(sweep.tile) + known.scheduler(sweep.tile)) / HOUR
    serial = max(known.coordinator(sweep.tile), known.scheduler(sweep.tile))
    bottleneck = math.ceil(tiles / sweep.parts) * serial
    computing = tiles * worker / sweep.cores
    wall = max(bottleneck, computing)
    sent = known.hops * (known.raw * sweep.orbits) + known.job * tiles
    disk = known.disk * sweep.orbits
    return [
        ("orbits, steps an orbit", f"{sweep.orbits:.3g}, {sweep.steps:.3g}"),
        ("tiles, orbits a tile", f"{tiles:,}, {sweep.tile:,}"),
        ("worker time a tile", f"{worker:.3g} s"),
        ("core-hours of workers", f"{core_hours:,.0f}"),
        ("core-hours of coordinators and schedulers", f"{keeping:,.0f}"),
        ("memory of a worker thread", f"{known.memory(sweep.tile) / 2**20:.0f} MiB"),
        ("cores one coordinator keeps busy", f"{worker / serial:.1f}"),
        ("sweeps side by side, cores in all", f"{sweep.parts:,}, {sweep.cores:,}"),
        ("days, computing", _days(computing)),
        ("days, in each coordinator", _days(bottleneck)),
        ("days in all", f"{_days(wall)}: {'the coordinators' if bottleneck > computing else 'the workers'} decide"),
        ("price of the cores for so long", f"{sweep.cores * wall / HOUR * sweep.price:,.0f}"),
        ("sent over the network", f"{_bytes(sent)}, {_bytes(sent / wall)} a second"),
        ("on disk", f"{_bytes(disk)} in {tiles * known.files:,.0f} files"),
        ("price of a month on disk", f"{disk / 1e12 * sweep.disk_price:,.0f}"),
        ("memory of a coordinator for its tiles", _bytes(BYTES_A_TILE_NUMBER * tiles / sweep.parts)),
        ("looking for missing tiles, at start", f"{2 * known.look * tiles / sweep.parts / HOUR:.2g} h a coordinator"),
    ]


def _days(seconds: float) -> str:
    return f"{seconds / DAY:.2g}"


def _bytes(count: float) -> str:
    for unit, size in (("PB", 1e15), ("TB", 1e12), ("GB", 1e9), ("MB", 1e6)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count / 1e3:.3g} kB"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print what a sweep takes, as a table in Markdown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.maps.plan", description="What a large sweep takes.")
    parser.add_argument("figures", type=Path, help="written by python -m benchmarks.maps --only store --json FILE")
    parser.add_argument("--orbits", type=float, default=1e12, help="how many (default 1e12)")
    parser.add_argument("--steps", type=float, action="append", help="mean steps an orbit; repeat for several columns")
    parser.add_argument("--tile", type=int, default=1 << 15, help="orbits in a tile (default 32768)")
    parser.add_argument("--shared", action="store_true", help="the workers see the store and write it themselves")
    parser.add_argument("--parts", type=int, default=1, help="sweeps side by side, each with a coordinator (default 1)")
    parser.add_argument("--cores", type=int, default=256, help="cores of all workers together (default 256)")
    parser.add_argument("--price", type=float, default=0.04, help="of a core-hour (default 0.04)")
    parser.add_argument("--disk-price", type=float, default=20.0, help="of a terabyte and month (default 20)")
    options = parser.parse_args(arguments)
    if min(options.orbits, options.tile, options.parts, options.cores) < 1:
        parser.error("orbits, tile, parts and cores must be at least 1")
    known = Figures.of(json.loads(options.figures.read_text()), options.shared)
    columns = [
        plan(
            Sweep(options.orbits, s, options.tile, options.parts, options.cores, options.price, options.disk_price),
            known,
        )
        for s in options.steps or [known.steps]
    ]
    print("| " + " | ".join(["", *("" for _ in columns)]) + " |")
    print("|---|" + "---:|" * len(columns))
    for lines in zip(*columns, strict=True):
        print(f"| {lines[0][0]} | " + " | ".join(value for _, value in lines) + " |")


if __name__ == "__main__":
    main()
