"""The command line: measure, print the tables, and write the figures where asked."""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmarks of networks. Missing a target is a result, not an error."""
    options = _parser().parse_args(arguments)
    # Read when the libraries are loaded, so before anything is that loads them.
    for name in ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(options.threads)
    import torch
    from rich.console import Console
    from rich.progress import Progress

    from benchmarks.machine import OtherLoad, description
    from benchmarks.maps.found import Found
    from benchmarks.networks import derivatives, steps, sweeps, tracking
    from edgestab.numerics.networks.losses.network import require_device

    torch.set_num_threads(options.threads)
    try:
        require_device(options.device)
    except ValueError as error:
        raise SystemExit(str(error)) from None
    console = Console(width=170)
    load, began = OtherLoad(), time.perf_counter()
    record: dict[str, Any] = {"device": options.device, "threads": options.threads, "sections": {}}
    # The bar is drawn between samples only: its own thread would take time from them.
    with Progress(console=console, transient=True, auto_refresh=False) as progress:
        task = progress.add_task("", total=None)

        def tick(text: str) -> None:
            progress.update(task, description=text, refresh=True)

        sections: dict[str, Callable[[], tuple[Found, ...]]] = {
            "derivatives": lambda: (derivatives.measure(options.rounds, options.device, tick),),
            "tracking": lambda: (tracking.measure(options.device, options.length, tick),),
            "steps": lambda: (
                steps.measure(options.rounds, options.device, tick),
                sweeps.measure(options.rounds, options.device, tick),
            ),
        }
        for name in options.only or sections:
            for found in sections[name]():
                progress.console.print(found.table)
                for note in found.notes:
                    progress.console.print(f"  {note}", highlight=False, soft_wrap=True)
                record["sections"][found.name] = dict(found.record)
    machine = description() | {"torch": torch.__version__}
    if torch.device(options.device).type == "cuda":
        machine["gpu"] = torch.cuda.get_device_name(options.device)
    record |= {"machine": machine, "other_cores_busy": load.cores(), "seconds": time.perf_counter() - began}
    console.print(", ".join(f"{k} {v}" for k, v in machine.items()), style="dim", highlight=False)
    busy = record["other_cores_busy"]
    others = "" if busy is None else f"; other processes kept {busy:.1f} cores busy"
    console.print(f"{record['seconds']:.0f} seconds{others}", style="dim", highlight=False)
    if options.json:
        options.json.write_text(json.dumps(record, indent=2) + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.networks",
        description="Derivatives of networks in gradients, tracking of sharpness, and milliseconds of steps.",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every figure to FILE")
    parser.add_argument("--device", default="cpu", help="cpu (the default), cuda, cuda:1")
    parser.add_argument("--threads", type=_positive, default=1, metavar="N", help="of the CPU (default 1)")
    parser.add_argument(
        "--rounds", type=_positive, default=9, metavar="N", help="samples of a derivative or a step (default 9)"
    )
    parser.add_argument(
        "--length", type=_scale, default=1.0, metavar="X", help="so many times the steps of tracking (default 1)"
    )
    parser.add_argument("--only", action="append", choices=("derivatives", "tracking", "steps"), help="one of them")
    return parser


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, got {value}")
    return value


def _scale(text: str) -> float:
    value = float(text)
    if not 0 < value <= 5:
        raise argparse.ArgumentTypeError(f"must be above 0 and at most 5, got {text}")
    return value


if __name__ == "__main__":
    main()
