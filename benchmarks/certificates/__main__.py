"""The command line: proofs of contraction and whole certifications."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable, Sequence

from benchmarks.command import limit_threads, parser_of, positive, run
from benchmarks.found import Found, Tick


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmarks of certificates."""
    parser = parser_of(
        "benchmarks.certificates",
        "Proofs of contraction beside the same in Arb and in plain Python, and whole certifications.",
        SECTIONS,
    )
    parser.add_argument("--rounds", type=positive, default=3, metavar="N", help="samples of each (default 3)")
    parser.add_argument(
        "--cells", type=positive, default=20_000, metavar="N", help="others give up after N cells (default 20000)"
    )
    parser.add_argument("--no-check", action="store_true", help="leave the checker out")
    options = parser.parse_args(arguments)
    limit_threads(1)
    run(options, SECTIONS)


def _contraction(options: Namespace, tick: Tick) -> Iterable[Found]:
    from benchmarks.certificates import race

    yield race.measure(options.rounds, options.cells, tick)


def _whole(options: Namespace, tick: Tick) -> Iterable[Found]:
    from benchmarks.certificates import whole

    yield whole.measure(tuple(whole.THEOREMS), options.rounds, not options.no_check, tick)


SECTIONS = {"contraction": _contraction, "whole": _whole}


if __name__ == "__main__":
    main()
