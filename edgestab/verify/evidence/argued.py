"""A statement that an argument proves, with the orbits that test it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from edgestab.theory.part import Part
from edgestab.theory.statement import OrbitStatement
from edgestab.verify.evidence.evidence import Evidence
from edgestab.verify.evidence.followed import Followed
from edgestab.verify.evidence.plain import plain
from edgestab.verify.evidence.sampling import SamplingEvidence
from edgestab.verify.evidence.standing import Standing
from edgestab.verify.proofs.argument import Argument
from edgestab.verify.proofs.certificate import Again


@dataclass(frozen=True)
class ArguedEvidence(Evidence):
    """A proof found for a statement, and what sampling saw of it.

    Parameters
    ----------
    argument : Argument
        The proof.
    sampled : SamplingEvidence
        The orbits, none of which fails for certain.
    again : Again
        What the independent checker says of its certificate.
    """

    argument: Argument
    sampled: SamplingEvidence
    again: Again

    kind = "argued"

    @property
    def standing(self) -> Standing:
        """PROVED, unless the independent checker does not accept the certificate."""
        return Standing.UNDECIDED if self.again.refused else Standing.PROVED

    @property
    def sentence(self) -> str:
        """One sentence."""
        if self.again.refused:
            return f"{self.method}: {self.again.refused}"
        return f"by {self.method}: {'; '.join(self.argument.ingredients)}"

    @property
    def method(self) -> str:
        """By what it is proved, and whether twice."""
        if self.again.refused:
            return f"the independent checker does not accept a proof by {self.argument.method}"
        if self.again.unwritten:
            return f"{self.argument.method}, without a certificate ({self.again.unwritten})"
        return f"{self.argument.method}, and again by an independent checker"

    def shown(self) -> dict[str, Any]:
        """Return the method, what was shown, and what was sampled."""
        shown = {"method": self.method, "refused": self.again.refused}
        return {**shown, "ingredients": list(self.argument.ingredients), **self.sampled.shown()}

    def as_data(self) -> dict[str, Any]:
        """Return it as plain data; the certificate is a file of its own."""
        argument = {"method": self.argument.method, "ingredients": list(self.argument.ingredients)}
        return {
            "type": self.kind,
            "standing": str(self.standing),
            "sentence": self.sentence,
            "part": self.part,
            "argument": argument,
            "again": plain(self.again),
            "sampled": plain(self.sampled),
        }

    def tested(self, part: Part | None) -> OrbitStatement | None:
        """Return the part itself."""
        return self.sampled.tested(part)

    def followed(self, part: Part) -> Followed | None:
        """Return the orbits that were sampled."""
        return self.sampled.followed(part)
