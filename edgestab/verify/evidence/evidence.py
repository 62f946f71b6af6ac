"""Evidence: what one part of a claim has earned, with the numbers; its sentences are made here, never typed in."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from edgestab.theory.part import Part
from edgestab.theory.statement import OrbitStatement
from edgestab.verify.evidence.followed import Followed
from edgestab.verify.evidence.plain import plain
from edgestab.verify.evidence.standing import Standing


@dataclass(frozen=True)
class Evidence(ABC):
    """What one part of a claim has earned.

    Parameters
    ----------
    part : str
        The part's name.
    """

    part: str

    kind: ClassVar[str]
    """What plain data and pages call it."""

    @property
    @abstractmethod
    def standing(self) -> Standing:
        """What the part has earned."""

    @property
    @abstractmethod
    def sentence(self) -> str:
        """One sentence."""

    @abstractmethod
    def shown(self) -> dict[str, Any]:
        """Return what a page shows besides standing and sentence: texts, numbers, and SymPy to be typeset."""

    def as_data(self) -> dict[str, Any]:
        """Return it as plain data that JSON can hold; the columns for figures are left out."""
        fields = [f.name for f in dataclasses.fields(self) if f.name != "series"]
        return {
            "type": self.kind,
            "standing": str(self.standing),
            "sentence": self.sentence,
            **{name: plain(getattr(self, name)) for name in fields},
        }

    def tested(self, part: Part | None) -> OrbitStatement | None:  # noqa: ARG002 # for those that follow orbits
        """Return the statement of a part whose orbits were followed; None for evidence of another kind."""
        return None

    def followed(self, part: Part) -> Followed | None:  # noqa: ARG002 # for those that follow orbits
        """Return the orbits that figures draw; None when there are none."""
        return None


def ended(sentence: str) -> str:
    """Return a sentence with a full stop, where it has no end of its own."""
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."
