"""What the kernel is meant to reach, as ratios of neighbouring samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.spread import Spread
from benchmarks.timing import Pair


@dataclass(frozen=True)
class Target:
    """How many times faster ours is to be than another contender, or, `inverse`, the other than ours."""

    statement: str
    contender: str
    factor: float
    inverse: bool = False

    def measured(self, taken: Mapping[str, Sequence[Pair]]) -> Spread | None:
        """Return the ratio, or None when the contender was not measured."""
        if self.contender not in taken:
            return None
        return Spread.of(1 / p.ratio if self.inverse else p.ratio for p in taken[self.contender])

    def verdict(self, taken: Mapping[str, Sequence[Pair]]) -> str:
        """Return ``met``, ``not met`` or ``not measured``."""
        found = self.measured(taken)
        if found is None:
            return "not measured"
        return "met" if found.median >= self.factor else "not met"


TARGETS = (
    Target("numba, one orbit at a time", "numba", 12.0),
    Target("C, the same lanes, IEEE", "c", 0.95),
    Target("heyoka, tuned", "heyoka", 1.5),
    Target("heyoka, default batch size", "heyoka-default", 1.5),
    Target("one thread, on two threads", "ours-2-threads", 1.8, inverse=True),
)
