"""A statement that is claimed at some step size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edgestab.verify.evidence.evidence import Evidence
from edgestab.verify.evidence.standing import Standing

HOLDS = (Standing.PROVED, Standing.SUPPORTED)


@dataclass(frozen=True)
class SomeStepEvidence(Evidence):
    """What was found at the step sizes that were tried, up to the first at which the statement holds.

    Parameters
    ----------
    members : mapping of str to Evidence
        By step size.
    exhaustive : bool
        Whether these are all there are.
    """

    members: Mapping[str, Evidence]
    exhaustive: bool

    kind = "some-step"

    @property
    def standing(self) -> Standing:
        """That of the step size at which it holds; REFUTED where it fails at all there are."""
        found = [e.standing for e in self.members.values()]
        best = next((s for s in HOLDS if s in found), None)
        if best is not None:
            return best
        refuted = self.exhaustive and all(s is Standing.REFUTED for s in found)
        return Standing.REFUTED if refuted else Standing.UNDECIDED

    @property
    def sentence(self) -> str:
        """One sentence."""
        table = ", ".join(f"eta = {k}: {e.standing}" for k, e in self.members.items())
        best = next((i for i in self.members.items() if i[1].standing is self.standing), None)
        if best is None or self.standing is Standing.UNDECIDED:
            others = "" if self.exhaustive else "; others were not tried"
            return f"at no step size that was tried it is shown ({table}){others}"
        if self.standing is Standing.REFUTED:
            return f"it fails at every step size ({table}): {best[1].sentence}"
        return f"at eta = {best[0]}, {best[1].sentence}"

    def shown(self) -> dict[str, Any]:
        """Return nothing more: the sentence says it."""
        return {}
