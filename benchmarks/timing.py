"""Timing on a machine that is not quiet.

Contenders take turns, and ratios are taken within a round. Rates count CPU time, which equals wall time
on a quiet machine and does not charge a contender for the moments when another process had its core.
Only what runs on several threads is timed, and compared, by the wall clock.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from benchmarks.contender import Contender
from benchmarks.start import starts


@dataclass(frozen=True)
class Sample:
    """One measurement: useful iterates, and the seconds they took by the wall clock and of CPU time."""

    iterates: int
    wall: float
    cpu: float

    def rate(self, threads: int = 1) -> float:
        """Return iterates per second: of CPU time on one thread, by the wall clock on several."""
        return self.iterates / (self.cpu if threads == 1 else self.wall)


@dataclass(frozen=True)
class Spread:
    """The median of a figure over the rounds, with its extremes."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        """Return the spread of some values."""
        known = sorted(values)
        return cls(statistics.median(known), known[0], known[-1])


def sample(contender: Contender, calls: int) -> Sample:
    """Return the rate of some calls in a row, from the same starts each."""
    state = starts(contender.orbits)
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(calls):
        contender.run(state, contender.steps)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return Sample(calls * contender.work, wall, cpu)


def calls_for(contender: Contender, seconds: float) -> int:
    """Return how many calls last about as long as wanted; the first call compiles and is not counted."""
    sample(contender, 1)
    once = min(sample(contender, 1).wall for _ in range(2))
    return max(1, round(seconds / once))


def fastest(candidates: Iterable[Contender], seconds: float = 0.02) -> Contender:
    """Return the candidate with the highest rate in a short trial of each."""
    rated = []
    for candidate in candidates:
        calls = calls_for(candidate, seconds)
        rated.append((max(sample(candidate, calls).rate() for _ in range(3)), candidate))
    return max(rated, key=lambda pair: pair[0])[1]


def interleave(
    contenders: Sequence[Contender], rounds: int, seconds: float, advance: Callable[[], None]
) -> dict[str, list[Sample]]:
    """Return one sample of every contender in each round, in an order that is rotated from round to round."""
    calls = {c.name: calls_for(c, seconds / rounds) for c in contenders}
    taken: dict[str, list[Sample]] = {c.name: [] for c in contenders}
    for number in range(rounds):
        shift = number % len(contenders)
        for contender in (*contenders[shift:], *contenders[:shift]):
            taken[contender.name].append(sample(contender, calls[contender.name]))
            advance()
    return taken


def ratio(one: Sequence[Sample], other: Sequence[Sample], threads: int = 1) -> Spread:
    """Return how many times faster one contender is than another, compared round by round.

    Parameters
    ----------
    one, other : sequence of Sample
        A sample of each round.
    threads : int
        The larger number of threads of the two: above one, the wall clock decides.
    """
    return Spread.of(a.rate(threads) / b.rate(threads) for a, b in zip(one, other, strict=True))
