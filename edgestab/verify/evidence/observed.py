"""Runs of networks and their statistics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from edgestab.verify.evidence.evidence import Evidence
from edgestab.verify.evidence.standing import Standing


@dataclass(frozen=True)
class StatisticResult:
    """One statistic over the seeds.

    Parameters
    ----------
    words : str
        What it is.
    allowed : str
        The bounds in words.
    values : tuple of float
        One for each seed that counts.
    margin : float
        How far inside the bounds the worst value lies.
    """

    words: str
    allowed: str
    values: tuple[float, ...]
    margin: float

    @property
    def seen(self) -> str:
        """The values seen, as a range."""
        if not self.values:
            return "not measured"
        low, high = min(self.values), max(self.values)
        return f"{low:.4g}" if len(self.values) == 1 or low == high else f"{low:.4g} to {high:.4g}"


@dataclass(frozen=True)
class ObservedEvidence(Evidence):
    """Runs of networks and their statistics, in floating point.

    Parameters
    ----------
    networks : str
        Which networks, data and step sizes.
    seeds : tuple of int
        The seeds that meet the hypotheses, and those whose run failed.
    excluded : tuple of int
        The seeds that do not.
    held : tuple of int
        The seeds on which every bound holds.
    needed : int
        On how many it must hold.
    failed : mapping
        The seeds whose run ended without statistics, and why.
    statistics : tuple of StatisticResult
        One for each bound.
    problem : str
        Why nothing could be run.
    series : mapping
        Columns for figures, of the first seed that counts.
    """

    networks: str
    seeds: tuple[int, ...] = ()
    excluded: tuple[int, ...] = ()
    held: tuple[int, ...] = ()
    needed: int = 1
    failed: Mapping[int, str] = field(default_factory=dict)
    statistics: tuple[StatisticResult, ...] = ()
    problem: str = ""
    series: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    kind = "observation"

    @property
    def standing(self) -> Standing:
        """SUPPORTED when at least half of the seeds meet the hypotheses, and enough of these hold.

        Floating point refutes nothing, so the rest is UNDECIDED.
        """
        if self.problem or 2 * len(self.excluded) > len(self.seeds) + len(self.excluded):
            return Standing.UNDECIDED
        if not self.seeds or len(self.held) < max(self.needed, 1):
            return Standing.UNDECIDED
        return Standing.SUPPORTED

    @property
    def sentence(self) -> str:
        """One sentence."""
        if self.problem:
            return self.problem
        left_out = f" ({_seeds(self.excluded)} outside the hypotheses)" if self.excluded else ""
        if not self.seeds:
            return f"vacuous: {self.networks}: no seed meets the hypotheses{left_out}"
        values = "; ".join(f"{s.words} {s.seen} ({s.allowed})" for s in self.statistics)
        runs = f"{self.networks}, {_seeds(self.seeds)}{left_out}: {values}"
        if self.failed:
            runs += "".join(f"; seed {seed} failed: {why}" for seed, why in self.failed.items())
        if 2 * len(self.excluded) > len(self.seeds) + len(self.excluded):
            return f"fewer than half of the seeds meet the hypotheses: {runs}"
        if self.standing is Standing.UNDECIDED:
            failing = tuple(s for s in self.seeds if s not in self.held)
            return f"not seen on {_seeds(failing)} ({self.needed} of {len(self.seeds)} seeds must hold): {runs}"
        if len(self.held) < len(self.seeds):
            return f"on {len(self.held)} of {len(self.seeds)} seeds, {self.needed} needed: {runs}"
        return runs

    def shown(self) -> dict[str, Any]:
        """Return the statistics seed by seed."""
        statistics = [
            {"words": r.words, "allowed": r.allowed, "values": [f"{v:.5g}" for v in r.values], "holds": r.margin >= 0}
            for r in self.statistics
        ]
        return {"seeds": [s for s in self.seeds if s not in self.failed], "statistics": statistics}


def _seeds(seeds: tuple[int, ...]) -> str:
    """Seeds in words."""
    if len(seeds) > 2 and seeds == tuple(range(seeds[0], seeds[-1] + 1)):
        return f"seeds {seeds[0]} to {seeds[-1]}"
    return f"seed{'s' if len(seeds) > 1 else ''} {', '.join(map(str, seeds))}"
