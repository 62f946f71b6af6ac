"""The command line: measure, print the tables, and write the figures where asked."""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmarks of certificates. Missing a target is a result, not an error."""
    options = _parser().parse_args(arguments)
    # Read when the libraries are loaded, so before anything is that loads them.
    for name in ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = "1"
    from rich.console import Console
    from rich.progress import Progress

    from benchmarks.certificates import race, whole
    from benchmarks.machine import OtherLoad, description

    console = Console(width=150)
    load, began = OtherLoad(), time.perf_counter()
    record: dict[str, Any] = {"sections": {}}
    # The bar is drawn between samples only: its own thread would take time from them.
    with Progress(console=console, transient=True, auto_refresh=False) as progress:
        task = progress.add_task("", total=None)

        def tick(text: str) -> None:
            progress.update(task, description=text, refresh=True)

        sections = {
            "contraction": lambda: race.measure(options.rounds, options.cells, tick),
            "whole": lambda: whole.measure(tuple(whole.THEOREMS), options.rounds, not options.no_check, tick),
        }
        for name in options.only or sections:
            found = sections[name]()
            progress.console.print(found.table)
            for note in found.notes:
                progress.console.print(f"  {note}", highlight=False, soft_wrap=True)
            record["sections"][found.name] = dict(found.record)
    record |= {"machine": description(), "other_cores_busy": load.cores(), "seconds": time.perf_counter() - began}
    console.print(", ".join(f"{k} {v}" for k, v in record["machine"].items()), style="dim", highlight=False)
    busy = record["other_cores_busy"]
    others = "" if busy is None else f"; other processes kept {busy:.1f} cores busy"
    console.print(f"{record['seconds']:.0f} seconds{others}", style="dim", highlight=False)
    if options.json:
        options.json.write_text(json.dumps(record, indent=2) + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.certificates",
        description="Proofs of contraction beside the same in Arb and in plain Python, and whole certifications.",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every figure to FILE")
    parser.add_argument("--rounds", type=_positive, default=3, metavar="N", help="samples of each (default 3)")
    parser.add_argument(
        "--cells",
        type=_positive,
        default=20_000,
        metavar="N",
        help="others give up after N cells (default 20000)",
    )
    parser.add_argument("--no-check", action="store_true", help="leave the checker out")
    parser.add_argument("--only", action="append", choices=("contraction", "whole"), help="one of the two tables")
    return parser


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, got {value}")
    return value


if __name__ == "__main__":
    main()
