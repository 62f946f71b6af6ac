"""The cost of a refined picture against its size: seconds, pixels computed, peak memory, in memory and in a store."""

from __future__ import annotations

import argparse
import itertools
import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.found import Found, Tick, figures
from benchmarks.maps.effort import Effort
from benchmarks.maps.memory import peak
from benchmarks.maps.pictures import REFINED, WINDOWS
from edgestab.numerics.tiling.executors import threads
from edgestab.numerics.tiling.running import run, run_stored

MEASURED = {"whole": 8192, "fractal": 4096}
"""Each window with the largest size that takes seconds and not minutes."""

WAYS = ("memory", "store")
MOST_BYTES = 2 << 30
"""The peak memory that the largest picture may take."""


@dataclass(frozen=True)
class Row:
    """A picture computed in a process of its own.

    Parameters
    ----------
    window, way : str
        Which picture, and where it was put.
    size : int
        Pixels along a side.
    wall, cpu : float
        Seconds, without the start of the process.
    pixels : float
        The share of the pixels that was computed.
    peak : int
        The largest resident set of the process, in bytes.
    before : int
        The same before the picture was begun: the interpreter, the libraries and the compiled kernels.
    disk : int
        Bytes of the store's files.
    """

    window: str
    way: str
    size: int
    wall: float
    cpu: float
    pixels: float
    peak: int
    before: int
    disk: int


def measure(effort: Effort, tick: Tick) -> list[Found]:
    """Measure the windows, each size in a fresh process."""
    rows = []
    for window, largest in MEASURED.items():
        for size, way in itertools.product(effort.long_sizes, WAYS):
            if size <= largest:
                tick(f"{window} {size} in {way}")
                rows.append(_in_child(window, size, way))
    return [
        Found(
            "size",
            "Refined pictures against their size, one thread, a fresh process each",
            ("window", "size", "to", "CPU s", "wall s", "pixels", "us a pixel computed", "peak MiB", "disk MB"),
            [_words(r) for r in rows],
            [*_growth(rows), *_memory(rows)],
            {"rows": [asdict(r) for r in rows]},
        )
    ]


def _in_child(window: str, size: int, way: str) -> Row:
    command = [sys.executable, "-m", "benchmarks.maps.size", window, str(size), way]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return Row(**json.loads(done.stdout))


def _words(row: Row) -> list[str]:
    return [
        row.window,
        str(row.size),
        row.way,
        figures(row.cpu),
        figures(row.wall),
        f"{row.pixels:.2%}",
        figures(1e6 * row.cpu / (row.pixels * row.size**2)),
        f"{row.peak / 2**20:.0f}",
        figures(row.disk / 1e6) if row.disk else "",
    ]


def _growth(rows: Sequence[Row]) -> list[str]:
    """By which power of the size the time and the pixels grew over the last doubling."""
    words = []
    for window in MEASURED:
        *_, a, b = [r for r in rows if r.window == window and r.way == "memory"]
        time_, pixels = (math.log2(y / x) for x, y in ((a.cpu, b.cpu), (a.pixels * a.size**2, b.pixels * b.size**2)))
        words.append(
            f"{window}: from {a.size} to {b.size} the time grew like size^{time_:.2f}, "
            f"the pixels computed like size^{pixels:.2f}"
        )
    return words


def _memory(rows: Sequence[Row]) -> list[str]:
    largest = max(r.size for r in rows)
    most = max(r.peak for r in rows if r.size == largest)
    met = "met" if most < MOST_BYTES else "not met"
    return [f"target: peak memory at {largest} < {MOST_BYTES / 2**30:.0f} GiB: {most / 2**30:.2f} GiB, {met}"]


def child(window: str, size: int, way: str) -> dict[str, Any]:
    """Compute a picture in this process and return what it took."""
    with threads(1) as one, tempfile.TemporaryDirectory() as folder:
        # Kernels are compiled and loaded, and so is what writes stores.
        first = WINDOWS["whole"].job(512, REFINED)
        run(first, executor=one)
        run_stored(first, Path(folder, "first.zarr"), executor=one)
        job, path, before = WINDOWS[window].job(size, REFINED), Path(folder, "picture.zarr"), peak()
        wall, cpu = time.perf_counter(), time.process_time()
        found = run_stored(job, path, executor=one) if way == "store" else run(job, executor=one)
        wall, cpu, most = time.perf_counter() - wall, time.process_time() - cpu, peak()
        disk = sum(f.stat().st_size for f in path.rglob("*") if f.is_file())
        pieces = range(0, size, 512)
        computed = sum(int(found["computed"][low : low + 512].values.sum(dtype=int)) for low in pieces)
    return asdict(Row(window, way, size, wall, cpu, computed / size**2, most, before, disk))


def main(arguments: Sequence[str] | None = None) -> None:
    """Compute one picture and print what it took as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.maps.size")
    parser.add_argument("window", choices=MEASURED)
    parser.add_argument("size", type=int)
    parser.add_argument("way", choices=WAYS)
    print(json.dumps(child(**vars(parser.parse_args(arguments)))))


if __name__ == "__main__":
    main()
