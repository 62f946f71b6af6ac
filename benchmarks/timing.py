"""Timing on a machine that is not quiet.

Contenders take turns. Each is measured right beside a sample of ours, and only the ratio of the two is trusted:
minutes apart, the same kernel differs by half. Rates count CPU time, which equals wall time
on a quiet machine and does not charge a contender for the moments when another process had its core.
Only what runs on several threads is timed, and compared, by the wall clock.
"""

from __future__ import annotations

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
class Pair:
    """A sample of ours and, right beside it, one of another contender."""

    ours: Sample
    other: Sample
    threads: int = 1

    @property
    def ratio(self) -> float:
        """How many times faster ours is."""
        return self.ours.rate(self.threads) / self.other.rate(self.threads)


def sample(contender: Contender, calls: int) -> Sample:
    """Return how long some calls in a row take, from the same starts each."""
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
    ours: Contender, others: Sequence[Contender], rounds: int, seconds: float, tick: Callable[[], None]
) -> dict[str, list[Pair]]:
    """Return a pair of samples for every other contender in each round.

    The order rotates from round to round, and which of a pair comes first alternates.
    """
    calls = {c.name: calls_for(c, seconds / rounds) for c in (ours, *others)}
    taken: dict[str, list[Pair]] = {c.name: [] for c in others}
    for number in range(rounds):
        shift = number % max(1, len(others))
        for other in (*others[shift:], *others[:shift]):
            order = (ours, other) if number % 2 == 0 else (other, ours)
            samples = {c.name: sample(c, calls[c.name]) for c in order}
            taken[other.name].append(Pair(samples[ours.name], samples[other.name], other.threads))
            tick()
    return taken
