"""Pictures refined along the boundary of their labels, beside the same pictures with every pixel computed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass

import numpy as np

from benchmarks.found import Found, Tick, figures
from benchmarks.maps.effort import Effort
from benchmarks.maps.pictures import REFINED, WINDOWS, Window
from benchmarks.spread import Spread
from benchmarks.timing import Pair, Sample
from edgestab.numerics.maps.pictures.basin import label
from edgestab.numerics.tiling.tiles import Tile, compute_tile

TARGET, AT = 8.0, 2048
"""How many times faster the refined picture is to be, and from which size on."""

PIXELS = 3 * 2048**2
"""Pixels of each picture over all passes: small pictures are computed more often."""


@dataclass(frozen=True)
class Row:
    """A picture of one size, computed both ways.

    Parameters
    ----------
    window : str
        Which.
    size : int
        Pixels along a side.
    pairs : tuple of Pair
        For each pass over the picture the time of both; every tile is computed both ways, one right after the other.
    pixels, steps : float
        The share of the pixels that was computed, and of the steps.
    mislabelled : float
        The share of all pixels whose label is not that of the full picture.
    audited, found : int
        Filled pixels that the picture itself looked at, and how many of them it found mislabelled.
    """

    window: str
    size: int
    pairs: tuple[Pair, ...]
    pixels: float
    steps: float
    mislabelled: float
    audited: int
    found: int

    @property
    def ratio(self) -> Spread:
        """How many times faster the refined picture is."""
        return Spread.of(p.ratio for p in self.pairs)

    def seconds(self, refined: bool) -> float:
        """Return the least time of the picture."""
        return min((p.ours if refined else p.other).cpu for p in self.pairs)


def measure(effort: Effort, tick: Tick) -> list[Found]:
    """Measure all windows at all sizes."""
    rows = [compared(name, window, size, tick) for name, window in WINDOWS.items() for size in effort.sizes]
    heads = (
        "window",
        "size",
        "full s",
        "refined s",
        "full / refined",
        "min-max",
        "pixels",
        "steps",
        "mislabelled",
        "audit",
    )
    return [
        Found(
            "refinement",
            "Refined pictures beside full ones, a tile at a time on one thread",
            heads,
            [_words(row) for row in rows],
            [f"{name}: {w.title}" for name, w in WINDOWS.items()] + list(_verdicts(rows)),
            {
                "rows": [{**asdict(r), "ratio": asdict(r.ratio)} for r in rows],
                "windows": {n: w.title for n, w in WINDOWS.items()},
            },
        )
    ]


def compared(name: str, window: Window, size: int, tick: Tick) -> Row:
    """Compute a picture both ways, a few times over, tile beside tile, and compare every label."""
    full, refined = window.job(size, None), window.job(size, REFINED)
    for job in (full, refined):
        compute_tile(job, 0)  # kernels are compiled and loaded
    passes = max(1, min(5, PIXELS // size**2))
    pairs = []
    for number in range(passes):
        spent = {True: [0.0, 0.0], False: [0.0, 0.0]}
        pixels = steps = all_steps = wrong = audited = found = 0
        for tile in range(full.layout.count):
            tick(f"{name} {size}: pass {number + 1} of {passes}, tile {tile + 1} of {full.layout.count}")
            tiles: dict[bool, Tile] = {}
            for kind in (True, False) if (number + tile) % 2 else (False, True):
                wall, cpu = time.perf_counter(), time.process_time()
                tiles[kind] = compute_tile(refined if kind else full, tile)
                spent[kind][0] += time.perf_counter() - wall
                spent[kind][1] += time.process_time() - cpu
            computed = tiles[True]["computed"] == 1
            pixels += int(computed.sum())
            steps += int(tiles[False]["steps"][computed].sum(dtype=np.int64))
            all_steps += int(tiles[False]["steps"].sum(dtype=np.int64))
            wrong += int((label(tiles[True]) != label(tiles[False])).sum())
            audited += int(tiles[True]["audited"].sum())
            found += int(tiles[True]["mislabelled"].sum())
        ours, other = (Sample(size**2, *spent[kind]) for kind in (True, False))
        pairs.append(Pair(ours, other))
    return Row(name, size, tuple(pairs), pixels / size**2, steps / all_steps, wrong / size**2, audited, found)


def _words(row: Row) -> list[str]:
    return [
        row.window,
        str(row.size),
        figures(row.seconds(False)),
        figures(row.seconds(True)),
        figures(row.ratio.median),
        f"{figures(row.ratio.low)}-{figures(row.ratio.high)}",
        f"{row.pixels:.2%}",
        f"{row.steps:.1%}",
        f"{row.mislabelled:.1e}",
        f"{row.found} of {row.audited}",
    ]


def _verdicts(rows: list[Row]) -> Iterator[str]:
    for row in rows:
        if row.size == AT:
            met = "met" if row.ratio.median >= TARGET else "not met"
            yield f"target: {row.window} at {AT} >= {TARGET:g}: {figures(row.ratio.median)}, {met}"
