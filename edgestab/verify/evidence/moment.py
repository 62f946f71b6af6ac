"""The limit of an expectation, settled exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from edgestab.verify.evidence.evidence import Evidence
from edgestab.verify.evidence.standing import Standing


@dataclass(frozen=True)
class MomentEvidence(Evidence):
    """Where an expectation tends, and whether it is as claimed.

    Parameters
    ----------
    found : Standing
        PROVED, REFUTED or UNDECIDED.
    reasons : tuple of str
        What was shown, one sentence for each step size that decides.
    """

    found: Standing
    reasons: tuple[str, ...]

    kind = "moment"

    @property
    def standing(self) -> Standing:
        """As found."""
        return self.found

    @property
    def sentence(self) -> str:
        """One sentence."""
        return "; ".join(self.reasons)

    def shown(self) -> dict[str, Any]:
        """Return nothing more: the sentence says it."""
        return {}
