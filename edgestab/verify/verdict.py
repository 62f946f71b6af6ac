"""The verdict on a claim, made from the evidence for its parts."""

from __future__ import annotations

from dataclasses import dataclass

from edgestab.theory.claim import Claim
from edgestab.theory.display import card
from edgestab.verify.evidence.evidence import Evidence, ended
from edgestab.verify.evidence.standing import Standing

_ORDER = (Standing.REFUTED, Standing.UNDECIDED, Standing.SUPPORTED, Standing.CERTIFIED, Standing.PROVED)


@dataclass(frozen=True)
class Verdict:
    """What a claim has earned.

    Parameters
    ----------
    claim : Claim
        The claim.
    evidence : tuple of Evidence
        One for each part.
    checks : tuple of Evidence
        What the orbits say that test a proof.
    seconds : float
        How long it took.

    Examples
    --------
    >>> from edgestab.verify.catalogue import find
    >>> from edgestab.verify.check import check
    >>> verdict = check(find("zhu2023.slip1-corrected"))
    >>> isinstance(verdict, Verdict), str(verdict.standing)
    (True, 'PROVED')
    """

    claim: Claim
    evidence: tuple[Evidence, ...]
    checks: tuple[Evidence, ...] = ()
    seconds: float = 0.0

    def _repr_html_(self) -> str:
        about = f"{self.claim.title}, {self.claim.id}, {self.claim.source}"
        return card(str(self.standing), about, [self.claim.words, ended(self.sentence)])

    @property
    def standing(self) -> Standing:
        """The weakest of the parts; refuted outranks undecided, since one false part makes the claim false."""
        against = [e.standing for e in self.checks if e.standing is Standing.REFUTED]
        return min([*(e.standing for e in self.evidence), *against], key=_ORDER.index, default=Standing.UNDECIDED)

    @property
    def expected(self) -> bool:
        """Whether the standing is what the catalogue expects: slips refuted, everything else not."""
        return (self.standing is Standing.REFUTED) == (self.claim.kind == "slip")

    @property
    def sentence(self) -> str:
        """One sentence for each part, joined."""
        standing = self.standing
        everything = (*self.evidence, *self.checks)
        decisive = [e for e in self.evidence if e.standing is standing] or [
            e for e in everything if e.standing is standing
        ]
        shown = decisive[:1] if standing in (Standing.REFUTED, Standing.UNDECIDED) else decisive
        text = "; ".join(f"{e.part}: {e.sentence}" if len(everything) > 1 else e.sentence for e in shown)
        later = len(self.claim.parts) - len(self.evidence)
        if later:
            text += f"; {later} further observation{'s are' if later > 1 else ' is'} left to a greater effort"
        rest = len(self.evidence) - len(decisive)
        if rest and standing is Standing.SUPPORTED:
            text += f"; {rest} further part{'s' if rest > 1 else ''} proved"
        return text
