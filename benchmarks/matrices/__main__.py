"""The command line: steps of many deep factorizations at once, and Floquet multipliers of large ones."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable, Sequence

from benchmarks.command import limit_threads, parser_of, positive, run
from benchmarks.found import Found, Tick


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmarks of the matrix models."""
    parser = parser_of(
        "benchmarks.matrices", "Steps of deep factorizations, batched and not; Floquet multipliers.", SECTIONS
    )
    parser.add_argument("--device", default="cpu", help="of torch: cpu (the default), cuda")
    parser.add_argument("--rounds", type=positive, default=5, metavar="N", help="samples of a step (default 5)")
    parser.add_argument(
        "--largest",
        type=positive,
        default=183,
        metavar="D",
        help="side of the largest target (default 183: 1e5 parameters)",
    )
    options = parser.parse_args(arguments)
    limit_threads(1)
    run(options, SECTIONS, record={"device": options.device, "threads": 1})


def _steps(options: Namespace, tick: Tick) -> Iterable[Found]:
    from benchmarks.matrices import steps

    yield steps.measure(options.rounds, options.device, tick)


def _multipliers(options: Namespace, tick: Tick) -> Iterable[Found]:
    from benchmarks.matrices import multipliers

    yield multipliers.measure(options.largest, tick)


SECTIONS = {"steps": _steps, "multipliers": _multipliers}


if __name__ == "__main__":
    main()
