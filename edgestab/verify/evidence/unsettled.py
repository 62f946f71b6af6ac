"""A part that could not be settled here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from edgestab.verify.evidence.evidence import Evidence
from edgestab.verify.evidence.standing import Standing


@dataclass(frozen=True)
class UnsettledEvidence(Evidence):
    """A part that was not settled for a reason that has nothing to do with it.

    Parameters
    ----------
    reason : str
        What happened, in one clause.
    """

    reason: str

    kind = "unsettled"

    @property
    def standing(self) -> Standing:
        """UNDECIDED."""
        return Standing.UNDECIDED

    @property
    def sentence(self) -> str:
        """One sentence."""
        return f"not settled: {self.reason}"

    def shown(self) -> dict[str, Any]:
        """Return nothing: the sentence says it."""
        return {}
