"""What the kernel is meant to reach, as ratios within one run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.timing import Sample, Spread, ratio


@dataclass(frozen=True)
class Target:
    """A contender that is to be at least so many times faster than another."""

    statement: str
    one: str
    other: str
    factor: float
    threads: int = 1

    def measured(self, taken: Mapping[str, Sequence[Sample]]) -> Spread | None:
        """Return the ratio, or None when one of the two was not measured."""
        if self.one not in taken or self.other not in taken:
            return None
        return ratio(taken[self.one], taken[self.other], self.threads)

    def verdict(self, taken: Mapping[str, Sequence[Sample]]) -> str:
        """Return ``met``, ``not met`` or ``not measured``."""
        found = self.measured(taken)
        if found is None:
            return "not measured"
        return "met" if found.median >= self.factor else "not met"


TARGETS = (
    Target("numba, one orbit at a time", "ours", "numba", 12.0),
    Target("C, the same lanes, IEEE", "ours", "c", 0.95),
    Target("heyoka, tuned", "ours", "heyoka", 1.5),
    Target("heyoka, default batch size", "ours", "heyoka-default", 1.5),
    Target("two threads against one", "ours-2-threads", "ours", 1.8, threads=2),
)
