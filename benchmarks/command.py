"""What every command line of the benchmarks does: read options, measure sections, print tables, write the figures."""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.found import Found, Tick

Section = Callable[[argparse.Namespace, Tick], Iterable[Found]]
"""Measures something as the options say, and yields its tables."""


def parser_of(name: str, description: str, sections: Iterable[str] = ()) -> argparse.ArgumentParser:
    """Return a parser of what all have: ``--json``, and ``--only`` where there are several sections."""
    parser = argparse.ArgumentParser(prog=f"python -m {name}", description=description)
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every figure to FILE")
    if names := list(sections):
        parser.add_argument(
            "--only", action="append", choices=names, metavar="NAME", help=f"one of {', '.join(names)}; repeatable"
        )
    return parser


def limit_threads(count: int) -> None:
    """Let libraries use so many threads. They read it when they are loaded: call this before anything loads them."""
    for name in ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(count)


def run(
    options: argparse.Namespace,
    sections: Mapping[str, Section],
    *,
    record: Mapping[str, Any] | None = None,
    machine: Mapping[str, str] | None = None,
) -> None:
    """Measure the sections that are asked for. Missing a target is a result, not an error.

    Parameters
    ----------
    options : Namespace
        Of `parser_of`.
    sections : mapping
        All there are, by name.
    record : mapping, optional
        What the file of figures says beside them.
    machine : mapping, optional
        What is to be known of the machine beside its processor and the versions of packages.
    """
    from rich.console import Console
    from rich.progress import Progress

    from benchmarks.machine import OtherLoad, description

    console = Console(width=170)
    load, began = OtherLoad(), time.perf_counter()
    figures: dict[str, Any] = {}
    # The bar is drawn between samples only: its own thread would take time from them.
    with Progress(console=console, transient=True, auto_refresh=False) as progress:
        task = progress.add_task("", total=None)

        def tick(text: str) -> None:
            progress.update(task, description=text, refresh=True)

        for name in getattr(options, "only", None) or sections:
            for found in sections[name](options, tick):
                progress.console.print(found.table)
                for note in found.notes:
                    progress.console.print(f"  {note}", highlight=False, soft_wrap=True)
                figures[found.name] = dict(found.record)
    about, busy, seconds = description() | dict(machine or {}), load.cores(), time.perf_counter() - began
    console.print(", ".join(f"{k} {v}" for k, v in about.items()), style="dim", highlight=False)
    others = "" if busy is None else f"; other processes kept {busy:.1f} cores busy"
    console.print(f"{seconds:.0f} seconds{others}", style="dim", highlight=False)
    if options.json:
        whole = {**(record or {}), "sections": figures, "machine": about, "other_cores_busy": busy, "seconds": seconds}
        options.json.write_text(json.dumps(whole, indent=2) + "\n")


def positive(text: str) -> int:
    """Read a count."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, got {value}")
    return value


def within(most: float) -> Callable[[str], float]:
    """Return what reads a number above 0 and at most so large."""

    def read(text: str) -> float:
        value = float(text)
        if not 0 < value <= most:
            raise argparse.ArgumentTypeError(f"must be above 0 and at most {most:g}, got {text}")
        return value

    return read
