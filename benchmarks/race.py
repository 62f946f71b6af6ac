"""Million iterates per second of every contender, and how many times faster ours is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from benchmarks.agreement import agreement
from benchmarks.contender import Contender, Disagreement, Unavailable
from benchmarks.contenders import BUILDERS
from benchmarks.found import Found, Tick
from benchmarks.machine import OtherLoad
from benchmarks.spread import Spread
from benchmarks.targets import TARGETS
from benchmarks.timing import Pair, interleave

Taken = Mapping[str, Sequence[Pair]]


def measure(wanted: Sequence[str], rounds: int, seconds: float, tick: Tick) -> Iterable[Found]:
    """Yield the table of rates and that of targets.

    Parameters
    ----------
    wanted : sequence of str
        Names of contenders, ours first.
    rounds : int
        Pairs of samples of each.
    seconds : float
        For each contender, and as many for ours beside it.
    """
    contenders, agreements, missing = _ready(wanted, tick)
    ours = wanted[0]
    if ours not in agreements:
        raise SystemExit("our own kernel disagrees with the NumPy reference: nothing to compare with")
    first, *others = contenders
    if not others:
        raise SystemExit("nothing is left to compare ours with")
    count, total = 0, rounds * len(others)

    def next_sample() -> None:
        nonlocal count
        count += 1
        tick(f"sample {count} of {total}")

    load = OtherLoad()
    taken = interleave(first, others, rounds, seconds, next_sample)
    busy = load.cores()
    yield _rates(contenders, agreements, taken, ours, missing)
    yield _targets(taken, busy)


def _ready(wanted: Sequence[str], tick: Tick) -> tuple[list[Contender], dict[str, str], list[str]]:
    """Build, tune and check the contenders; those that cannot run are named and left out."""
    contenders: list[Contender] = []
    agreements: dict[str, str] = {}
    missing: list[str] = []
    for name in wanted:
        tick(f"preparing {name}")
        try:
            contender = BUILDERS[name]()
            agreements[name] = agreement(contender)
        except Unavailable as reason:
            missing.append(f"{name}: skipped, {reason}")
        except Disagreement as reason:
            missing.append(f"{name}: not timed, {reason}")
        else:
            contenders.append(contender)
    return contenders, agreements, missing


def _rates(
    contenders: Sequence[Contender], agreements: Mapping[str, str], taken: Taken, ours: str, missing: Sequence[str]
) -> Found:
    rows, record = [], {}
    for c in contenders:
        rates, against = _figures(c, taken, ours)
        rows.append(
            (
                c.title,
                f"{rates.median / 1e6:.0f}",
                f"{rates.low / 1e6:.0f}-{rates.high / 1e6:.0f}",
                f"{against.median:.2f}",
                f"{against.low:.2f}-{against.high:.2f}",
                agreements[c.name],
            )
        )
        record[c.name] = {
            "title": c.title,
            "variant": c.note,
            "agrees": agreements[c.name],
            "threads": c.threads,
            "rate": asdict(rates),
            "ours_over_it": asdict(against),
            "pairs": [asdict(p) for p in taken.get(c.name, ())],
        }
    return Found(
        "rates",
        "Gradient descent on the coupled quartic: million iterates per second",
        ("contender", "median", "min-max", "ours / it", "min-max", "agrees"),
        rows,
        [*missing, *(f"{c.title}: {c.note}" for c in contenders if c.note)],
        record,
    )


def _figures(contender: Contender, taken: Taken, ours: str) -> tuple[Spread, Spread]:
    """Return the rate of a contender, and how many times faster ours is."""
    if contender.name == ours:
        beside = [pair.ours.rate() for pairs in taken.values() for pair in pairs]
        return Spread.of(beside), Spread(1.0, 1.0, 1.0)
    pairs = taken[contender.name]
    return Spread.of(p.other.rate(p.threads) for p in pairs), Spread.of(p.ratio for p in pairs)


def _targets(taken: Taken, busy: float | None) -> Found:
    rows, record = [], {}
    for target in TARGETS:
        found, verdict = target.measured(taken), target.verdict(taken)
        figures = ("", "") if found is None else (f"{found.median:.2f}", f"{found.low:.2f}-{found.high:.2f}")
        rows.append((target.statement, f">= {target.factor:g}", *figures, verdict))
        record[target.statement] = {
            "factor": target.factor,
            "measured": None if found is None else asdict(found),
            "verdict": verdict,
        }
    hint = "Other processes kept cores busy meanwhile: the figure on two threads says little."
    return Found(
        "targets",
        "Targets",
        ("ours against", "wanted", "measured", "min-max", ""),
        rows,
        [hint] if busy is not None and busy > 0.2 else [],
        record,
    )
