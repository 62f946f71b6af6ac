"""Stability under noise, settled exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from edgestab.verify.evidence.evidence import Evidence
from edgestab.verify.evidence.standing import Standing


@dataclass(frozen=True)
class NoiseEvidence(Evidence):
    """Whether a point is stable under steps on random batches.

    Parameters
    ----------
    found : Standing
        PROVED, REFUTED or UNDECIDED.
    reasons : tuple of str
        What was shown, one sentence for each step size that decides.
    sense, point : str
        In which sense, and which point.
    batches : int
        How many batches there are.
    """

    found: Standing
    reasons: tuple[str, ...]
    sense: str
    point: str
    batches: int

    kind = "noise"

    @property
    def standing(self) -> Standing:
        """As found."""
        return self.found

    @property
    def sentence(self) -> str:
        """One sentence."""
        stable = {Standing.PROVED: "is stable", Standing.REFUTED: "is not stable"}.get(self.found, "may be stable")
        batches = f"under {self.batches} equally likely batches"
        return f"{self.point} {stable} {self.sense} {batches}: {'; '.join(self.reasons)}"

    def shown(self) -> dict[str, Any]:
        """Return nothing more: the sentence says it."""
        return {}
