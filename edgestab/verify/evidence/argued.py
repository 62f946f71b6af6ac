"""A statement that an argument proves, with the orbits that test it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from edgestab.theory.part import Part
from edgestab.theory.statement import OrbitStatement
from edgestab.verify.evidence.evidence import Evidence
from edgestab.verify.evidence.followed import Followed
from edgestab.verify.evidence.sampling import SamplingEvidence
from edgestab.verify.evidence.standing import Standing
from edgestab.verify.proofs.argument import Argument


@dataclass(frozen=True)
class ArguedEvidence(Evidence):
    """A proof found for a statement, and what sampling saw of it.

    Parameters
    ----------
    argument : Argument
        The proof.
    sampled : SamplingEvidence
        The orbits, none of which fails for certain.
    """

    argument: Argument
    sampled: SamplingEvidence

    kind = "argued"

    @property
    def standing(self) -> Standing:
        """PROVED."""
        return Standing.PROVED

    @property
    def sentence(self) -> str:
        """One sentence."""
        return f"by {self.argument.method}: {'; '.join(self.argument.ingredients)}"

    def shown(self) -> dict[str, Any]:
        """Return the method, what was shown, and what was sampled."""
        return {"method": self.argument.method, "ingredients": list(self.argument.ingredients), **self.sampled.shown()}

    def tested(self, part: Part | None) -> OrbitStatement | None:
        """Return the part itself."""
        return self.sampled.tested(part)

    def followed(self, part: Part) -> Followed | None:
        """Return the orbits that were sampled."""
        return self.sampled.followed(part)
