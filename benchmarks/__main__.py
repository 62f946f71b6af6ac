"""The command line: iterates per second of one map, ours beside other libraries."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable, Sequence

from benchmarks.command import parser_of, run, within
from benchmarks.contenders import BUILDERS
from benchmarks.found import Found, Tick

OURS = next(iter(BUILDERS))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark of kernels."""
    names = [name for name in BUILDERS if name != OURS]
    parser = parser_of(
        "benchmarks", "Iterates per second of gradient descent on the coupled quartic, float64, one thread unless said."
    )
    parser.add_argument(
        "--seconds",
        type=within(3600),
        default=2.0,
        metavar="S",
        help="seconds for each contender, and as many for ours beside it (default 2)",
    )
    parser.add_argument(
        "--rounds", type=int, choices=range(3, 101), default=40, metavar="N", help="3 to 100 (default 40)"
    )
    parser.add_argument(
        "--only", action="append", choices=names, metavar="NAME", help=f"measure one of {', '.join(names)}; repeatable"
    )
    options = parser.parse_args(arguments)
    wanted = list(dict.fromkeys([OURS, *(options.only or BUILDERS)]))
    options.only = None  # it names contenders here, and the only section is measured

    def measured(options: Namespace, tick: Tick) -> Iterable[Found]:
        from benchmarks.race import measure

        return measure(wanted, options.rounds, options.seconds, tick)

    run(options, {"iterates": measured}, record={"seconds_each": options.seconds, "rounds": options.rounds})


if __name__ == "__main__":
    main()
