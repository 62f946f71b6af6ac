"""The command line: measure maps, print the tables, and write the figures where asked."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

SECTIONS = {
    "orbit-diagram": "benchmarks.maps.orbit_diagram",
    "exponents": "benchmarks.maps.exponents",
    "early-exit": "benchmarks.maps.early_exit",
    "refinement": "benchmarks.maps.refinement",
    "size": "benchmarks.maps.size",
    "store": "benchmarks.maps.store",
}
"""Each has a function ``measure(effort, tick)`` that returns its tables."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmarks of maps. Missing a target is a result, not an error."""
    options = _parser().parse_args(arguments)
    # Read when numba is imported, so before anything is that imports it.
    os.environ["NUMBA_NUM_THREADS"] = "1"
    from rich.console import Console
    from rich.progress import Progress

    from benchmarks.machine import OtherLoad, description
    from benchmarks.maps.effort import FULL, QUICK

    console = Console(width=150)
    load, began = OtherLoad(), time.perf_counter()
    record: dict[str, Any] = {"quick": options.quick, "sections": {}}
    # The bar is drawn between samples only: its own thread would take time from them.
    with Progress(console=console, transient=True, auto_refresh=False) as progress:
        task = progress.add_task("", total=None)

        def tick(text: str) -> None:
            progress.update(task, description=text, refresh=True)

        for name in options.only or SECTIONS:
            section = importlib.import_module(SECTIONS[name])
            for found in section.measure(QUICK if options.quick else FULL, tick):
                progress.console.print(found.table)
                for note in found.notes:
                    progress.console.print(f"  {note}", highlight=False, soft_wrap=True)
                record["sections"][found.name] = dict(found.record)
    record |= {"machine": description(), "other_cores_busy": load.cores(), "seconds": time.perf_counter() - began}
    console.print(", ".join(f"{k} {v}" for k, v in record["machine"].items()), style="dim", highlight=False)
    busy = "" if record["other_cores_busy"] is None else f"; other processes kept {load.cores():.1f} cores busy"
    console.print(f"{record['seconds']:.0f} seconds{busy}", style="dim", highlight=False)
    if options.json:
        options.json.write_text(json.dumps(record, indent=2) + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.maps",
        description="Orbit diagrams, exponents, basins and sweeps, float64, one thread, beside other ways.",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every figure to FILE")
    parser.add_argument("--quick", action="store_true", help="small sizes and few samples: does everything run?")
    parser.add_argument(
        "--only", action="append", choices=SECTIONS, metavar="NAME", help=f"one of {', '.join(SECTIONS)}; repeatable"
    )
    return parser


if __name__ == "__main__":
    main()
