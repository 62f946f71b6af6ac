"""Several contenders at one task: all must give our answer, then each is timed right beside ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

from benchmarks.agreement import agreement
from benchmarks.contender import Contender, Disagreement, Unavailable
from benchmarks.found import Found, Tick, figures
from benchmarks.spread import Spread
from benchmarks.start import Array
from benchmarks.targets import Target
from benchmarks.timing import Pair, interleave

Build = Callable[[], Contender]


@dataclass(frozen=True)
class Comparison:
    """One task and who is to do it.

    Parameters
    ----------
    name, title : str
        What the results call it.
    ours : callable
        Builds ours.
    others : mapping
        By name, what builds the others.
    targets : sequence of Target
        How many times faster ours is to be.
    """

    name: str
    title: str
    ours: Build
    others: Mapping[str, Build]
    targets: Sequence[Target] = ()


def doing(
    name: str,
    title: str,
    work: Callable[[], object],
    iterates: int,
    check: Callable[[], str],
    *,
    note: str = "",
) -> Contender:
    """Return a contender that does one piece of work, whatever it returns.

    Parameters
    ----------
    name, title, note
        As for `Contender`.
    work : callable
        All of it; what is prepared beforehand is not timed.
    iterates : int
        Useful iterates of one call.
    check : callable
        Compares its answer with ours; returns how well they agree, or raises `Disagreement`.
    """

    def run(state: Array, steps: int) -> Array:
        del steps
        work()
        return state

    return Contender(name, title, run, 1, 1, note=note, iterates=iterates, check=check)


def compared(task: Comparison, rounds: int, seconds: float, tick: Tick) -> Found:
    """Build, check and time the contenders of a task; those that cannot run, or disagree, are named and left out."""
    tick(f"{task.name}: preparing")
    ours = task.ours()
    agrees = {ours.name: agreement(ours)}
    others, notes = [], []
    for name, build in task.others.items():
        tick(f"{task.name}: preparing {name}")
        try:
            other = build()
            agrees[name] = agreement(other)
        except Unavailable as reason:
            notes.append(f"{name}: skipped, {reason}")
        except Disagreement as reason:
            notes.append(f"{name}: NOT TIMED, {reason}")
        else:
            others.append(other)
    taken = interleave(ours, others, rounds, seconds, lambda: tick(f"{task.name}: measuring"))
    rows, contenders = [], []
    for one in (ours, *others):
        rate, ratio = _figures(one, ours, taken)
        rows.append(
            [
                one.title,
                figures(rate.median / 1e6),
                f"{figures(rate.low / 1e6)}-{figures(rate.high / 1e6)}",
                figures(ratio.median),
                f"{figures(ratio.low)}-{figures(ratio.high)}",
                agrees[one.name],
            ]
        )
        contenders.append(
            {
                "name": one.name,
                "title": one.title,
                "variant": one.note,
                "agrees": agrees[one.name],
                "rate": asdict(rate),
                "ours_over_it": asdict(ratio),
                "pairs": [asdict(p) for p in taken.get(one.name, ())],
            }
        )
    verdicts = [verdict(t, taken) for t in task.targets]
    return Found(
        task.name,
        f"{task.title}: million useful iterates per second",
        ("contender", "median", "min-max", "ours / it", "min-max", "agrees"),
        rows,
        [f"{c.title}: {c.note}" for c in (ours, *others) if c.note] + notes + [v["words"] for v in verdicts],
        {"contenders": contenders, "targets": verdicts, "left_out": notes},
    )


def verdict(target: Target, taken: Mapping[str, Sequence[Pair]]) -> dict[str, str]:
    """Return what became of a target."""
    found = target.measured(taken)
    measured = "-" if found is None else f"{figures(found.median)} ({figures(found.low)}-{figures(found.high)})"
    words = f"target: {target.statement} >= {target.factor:g}: {measured}, {target.verdict(taken)}"
    return {"statement": target.statement, "factor": f"{target.factor:g}", "measured": measured, "words": words}


def _figures(one: Contender, ours: Contender, taken: Mapping[str, Sequence[Pair]]) -> tuple[Spread, Spread]:
    if one is ours:
        beside = [p.ours.rate() for pairs in taken.values() for p in pairs]
        return Spread.of(beside), Spread(1.0, 1.0, 1.0)
    pairs = taken[one.name]
    return Spread.of(p.other.rate() for p in pairs), Spread.of(p.ratio for p in pairs)
