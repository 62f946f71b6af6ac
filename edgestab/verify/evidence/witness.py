"""A start at which a conclusion holds, found for a statement about some start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sympy as sp

from edgestab.verify.evidence.evidence import Evidence
from edgestab.verify.evidence.sampling import short
from edgestab.verify.evidence.standing import Standing


@dataclass(frozen=True)
class WitnessEvidence(Evidence):
    """Whether a start was found at which ball arithmetic shows the conclusion.

    Parameters
    ----------
    points : int
        Starts that were followed.
    holding : int
        On how many of them the conclusion holds in floating point.
    point : mapping
        The exact step size and region variables of the start, as fractions in text; empty when none was shown.
    detail : str
        What ball arithmetic enclosed there, or why it showed nothing.
    """

    points: int
    holding: int
    point: Mapping[str, str]
    detail: str

    kind = "witness"

    @property
    def standing(self) -> Standing:
        """PROVED with a start, UNDECIDED without one: a search that finds none excludes none."""
        return Standing.PROVED if self.point else Standing.UNDECIDED

    @property
    def sentence(self) -> str:
        """One sentence."""
        if self.point:
            at = ", ".join(f"{k} = {short(v)}" for k, v in self.point.items())
            return f"at {at}: {self.detail}"
        if self.holding:
            return f"it holds on {self.holding} of {self.points} orbits in floating point, none shown: {self.detail}"
        return f"no such start among {self.points} that were followed, which does not exclude one"

    def shown(self) -> dict[str, Any]:
        """Return the start."""
        return {"point": [(sp.Symbol(k), v) for k, v in self.point.items()], "points": self.points}
