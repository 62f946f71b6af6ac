"""The command line: measure, print the tables, and write the figures where asked."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, TaskID
from rich.table import Table

from benchmarks.agreement import agreement
from benchmarks.contender import Contender, Disagreement, Unavailable
from benchmarks.contenders import BUILDERS
from benchmarks.machine import OtherLoad, description
from benchmarks.targets import TARGETS
from benchmarks.timing import Pair, Spread, interleave

OURS = next(iter(BUILDERS))

Taken = Mapping[str, Sequence[Pair]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmarks. Missing a target is a result, not an error."""
    options = _parser().parse_args(arguments)
    console = Console()
    wanted = list(dict.fromkeys([OURS, *(options.only or BUILDERS)]))

    # The bar is drawn between samples only: its own thread would take time from them.
    with Progress(console=console, transient=True, auto_refresh=False) as progress:
        contenders, agreements = _ready(wanted, progress)
        if OURS not in agreements:
            raise SystemExit("our own kernel disagrees with the NumPy reference: nothing to compare with")
        ours, *others = contenders
        if not others:
            raise SystemExit("nothing is left to compare ours with")
        load = OtherLoad()
        task = progress.add_task("measuring", total=options.rounds * len(others))
        taken = interleave(ours, others, options.rounds, options.seconds, lambda: _tick(progress, task))
        busy = load.cores()

    machine = description()
    console.print(_rates(contenders, agreements, taken))
    for c in contenders:
        if c.note:
            console.print(f"{c.title}: {c.note}", highlight=False)
    console.print(_targets(taken))
    console.print(", ".join(f"{k} {v}" for k, v in machine.items()), style="dim", highlight=False)
    if busy is not None:
        hint = ": the figure on two threads says little" if busy > 0.2 else ""
        console.print(f"Other processes kept {busy:.1f} cores busy meanwhile{hint}.", style="dim", highlight=False)
    if options.json:
        record = _record(options, machine, busy, contenders, agreements, taken)
        options.json.write_text(json.dumps(record, indent=2) + "\n")


def _parser() -> argparse.ArgumentParser:
    names = [name for name in BUILDERS if name != OURS]
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Iterates per second of gradient descent on the coupled quartic, float64, one thread unless said.",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every sample to FILE")
    parser.add_argument(
        "--seconds",
        type=_positive,
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
    return parser


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < 3600:
        raise argparse.ArgumentTypeError(f"seconds must be positive and under an hour, got {text}")
    return value


def _tick(progress: Progress, task: TaskID) -> None:
    progress.advance(task)
    progress.refresh()


def _ready(wanted: Sequence[str], progress: Progress) -> tuple[list[Contender], dict[str, str]]:
    """Build, tune and check the contenders; those that cannot run are named and left out."""
    contenders: list[Contender] = []
    agreements: dict[str, str] = {}
    task = progress.add_task("preparing", total=len(wanted))
    for name in wanted:
        _tick(progress, task)
        try:
            contender = BUILDERS[name]()
            agreements[name] = agreement(contender)
        except Unavailable as reason:
            progress.console.print(f"{name}: skipped, {reason}")
        except Disagreement as reason:
            progress.console.print(f"{name}: not timed, {reason}", style="bold red")
        else:
            contenders.append(contender)
    return contenders, agreements


def _rates(contenders: Sequence[Contender], agreements: Mapping[str, str], taken: Taken) -> Table:
    table = Table(title="Gradient descent on the coupled quartic: million iterates per second")
    for heading in ("contender", "median", "min-max", "ours / it", "min-max", "agrees"):
        table.add_column(heading, justify="right" if heading in ("median", "ours / it") else "left")
    for c in contenders:
        rates, against = _figures(c, taken)
        table.add_row(
            c.title,
            f"{rates.median / 1e6:.0f}",
            f"{rates.low / 1e6:.0f}-{rates.high / 1e6:.0f}",
            f"{against.median:.2f}",
            f"{against.low:.2f}-{against.high:.2f}",
            agreements[c.name],
        )
    return table


def _figures(contender: Contender, taken: Taken) -> tuple[Spread, Spread]:
    """Return the rate of a contender, and how many times faster ours is."""
    if contender.name == OURS:
        beside = [pair.ours.rate() for pairs in taken.values() for pair in pairs]
        return Spread.of(beside), Spread(1.0, 1.0, 1.0)
    pairs = taken[contender.name]
    return Spread.of(p.other.rate(p.threads) for p in pairs), Spread.of(p.ratio for p in pairs)


def _targets(taken: Taken) -> Table:
    table = Table(title="Targets")
    for heading in ("ours against", "wanted", "measured", "min-max", ""):
        table.add_column(heading)
    for target in TARGETS:
        found = target.measured(taken)
        figures = ("", "") if found is None else (f"{found.median:.2f}", f"{found.low:.2f}-{found.high:.2f}")
        table.add_row(target.statement, f">= {target.factor:g}", *figures, target.verdict(taken))
    return table


def _record(
    options: argparse.Namespace,
    machine: Mapping[str, str],
    busy: float | None,
    contenders: Sequence[Contender],
    agreements: Mapping[str, str],
    taken: Taken,
) -> dict[str, object]:
    return {
        "machine": machine,
        "other_cores_busy": busy,
        "seconds": options.seconds,
        "rounds": options.rounds,
        "contenders": [
            {
                "name": c.name,
                "title": c.title,
                "variant": c.note,
                "agrees": agreements[c.name],
                "threads": c.threads,
                **{k: asdict(v) for k, v in zip(("rate", "ours_over_it"), _figures(c, taken), strict=True)},
                "pairs": [asdict(p) for p in taken.get(c.name, ())],
            }
            for c in contenders
        ],
        "targets": [
            {
                "statement": t.statement,
                "factor": t.factor,
                "measured": None if (found := t.measured(taken)) is None else asdict(found),
                "verdict": t.verdict(taken),
            }
            for t in TARGETS
        ],
    }


if __name__ == "__main__":
    main()
