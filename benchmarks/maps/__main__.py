"""The command line: orbit diagrams, exponents, basins and sweeps."""

from __future__ import annotations

import importlib
from argparse import Namespace
from collections.abc import Iterable, Sequence
from functools import partial

from benchmarks.command import limit_threads, parser_of, run
from benchmarks.found import Found, Tick

MODULES = {
    "orbit-diagram": "benchmarks.maps.orbit_diagram",
    "exponents": "benchmarks.maps.exponents",
    "early-exit": "benchmarks.maps.early_exit",
    "refinement": "benchmarks.maps.refinement",
    "waiting": "benchmarks.maps.waiting",
    "windows": "benchmarks.maps.random_windows",
    "size": "benchmarks.maps.size",
    "store": "benchmarks.maps.store",
}
"""Each has a function ``measure(effort, tick)`` that returns its tables."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmarks of maps."""
    parser = parser_of(
        "benchmarks.maps",
        "Orbit diagrams, exponents, basins and sweeps, float64, one thread, beside other ways.",
        MODULES,
    )
    parser.add_argument("--quick", action="store_true", help="small sizes and few samples: does everything run?")
    options = parser.parse_args(arguments)
    limit_threads(1)
    sections = {name: partial(_measure, module) for name, module in MODULES.items()}
    run(options, sections, record={"quick": options.quick})


def _measure(module: str, options: Namespace, tick: Tick) -> Iterable[Found]:
    from benchmarks.maps.effort import FULL, QUICK

    found: Iterable[Found] = importlib.import_module(module).measure(QUICK if options.quick else FULL, tick)
    return found


if __name__ == "__main__":
    main()
