"""A statement with an unspecified constant, checked value by value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from edgestab.theory.part import Part
from edgestab.theory.parts.family import StatementFamily
from edgestab.theory.statement import OrbitStatement
from edgestab.verify.evidence.evidence import Evidence, ended
from edgestab.verify.evidence.followed import Followed
from edgestab.verify.evidence.sampling import SamplingEvidence
from edgestab.verify.evidence.standing import Standing


@dataclass(frozen=True)
class FamilyEvidence(Evidence):
    """A statement with an unspecified constant, checked value by value.

    Parameters
    ----------
    members : mapping
        Evidence for each value.
    smallest : tuple of float
        The largest value refuted in the search and the smallest that survived.
    out_of_reach : str
        Which part of the printed range cannot be simulated, and why.
    """

    constant: str
    members: Mapping[str, SamplingEvidence]
    smallest: tuple[float, float] | None
    out_of_reach: str

    kind = "family"

    @property
    def standing(self) -> Standing:
        """That of the largest value: "large enough" is what the text asks for."""
        return list(self.members.values())[-1].standing

    @property
    def sentence(self) -> str:
        """One sentence."""
        table = ", ".join(f"{self.constant} = {k}: {e.standing}" for k, e in self.members.items())
        found = ""
        if self.smallest is not None:
            low, high = self.smallest
            found = f"; in floating point fails at {self.constant} = {low:.4g} and survives at {high:.4g}"
        value, last = list(self.members.items())[-1]
        reach = f". {self.out_of_reach}" if self.out_of_reach else ""
        return f"{table}{found}; at {self.constant} = {value}, {last.sentence}{reach}"

    def shown(self) -> dict[str, Any]:
        """Return what is shown of every member, and the smallest survivor."""
        members = [
            {"value": k, "standing": str(e.standing), "sentence": ended(e.sentence)} | e.shown()
            for k, e in self.members.items()
        ]
        smallest = self.smallest and tuple(f"{s:.4g}" for s in self.smallest)
        return {
            "constant": self.constant, "members": members, "smallest": smallest, "out_of_reach": self.out_of_reach
        }  # fmt: skip

    def tested(self, part: Part | None) -> OrbitStatement | None:
        """Return the statement, with the constant in it."""
        return part.statement if isinstance(part, StatementFamily) else None

    def followed(self, part: Part) -> Followed | None:
        """Return the orbits of the member that the family is judged by."""
        if not isinstance(part, StatementFamily) or str(part.values[-1]) not in self.members:
            return None
        value = part.values[-1]
        followed = self.members[str(value)].followed(part.statement.with_constants({part.constant: value}))
        return None if followed is None else replace(followed, constant=f"{part.constant} = {value}")
