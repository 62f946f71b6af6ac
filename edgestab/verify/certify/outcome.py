"""What comes of certifying a part: certificates, and evidence once the independent checker has accepted them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from edgestab.theory.display import card
from edgestab.verify.checker.check import check_text
from edgestab.verify.checker.reading import CertificateError
from edgestab.verify.evidence.certificate import CertificateEvidence


class Checkable(Protocol):
    """A certificate: a theorem with its proof as a file."""

    @property
    def text(self) -> str:
        """The file."""

    @property
    def sentence(self) -> str:
        """The theorem in words."""

    @property
    def cells(self) -> int:
        """On how many cells an inequality was proved."""

    @property
    def where(self) -> str:
        """What the symbols of the sentence mean, where it does not say so itself."""


@dataclass(frozen=True)
class Outcome:
    """What came of certifying a part.

    Parameters
    ----------
    evidence : CertificateEvidence
        For the verdict.
    certificates : tuple
        One for each single step size, or one for a range.
    """

    evidence: CertificateEvidence
    certificates: tuple[Checkable, ...]

    def _repr_html_(self) -> str:
        count = len(self.certificates)
        under = f"{self.evidence.part}; {count} certificate{'' if count == 1 else 's'}, each accepted by the checker"
        return card(str(self.evidence.standing), under if count else self.evidence.part, [self.evidence.sentence])


@dataclass(frozen=True)
class Attempt:
    """What the engine made of a part, before the independent checker has seen it.

    Parameters
    ----------
    part : str
        Its name.
    certificates : tuple of (str, Checkable)
        Each with the words that name its step size where there are several.
    refused : tuple of str
        Why the others could not be made.
    """

    part: str
    certificates: tuple[tuple[str, Checkable], ...]
    refused: tuple[str, ...] = ()

    def checked(self, check: Callable[[str], object] = check_text) -> Outcome:
        """Return what is left when the independent checker has read every certificate, from its text alone.

        Parameters
        ----------
        check : callable
            The checker; raises CertificateError on a text that proves nothing. By default it works here and now.
        """
        accepted, refused = [], list(self.refused)
        for at, certificate in self.certificates:
            try:
                check(certificate.text)
            except CertificateError as error:
                refused.append(f"{at}the independent checker does not accept the certificate: {error}")
            else:
                accepted.append(certificate)
        evidence = CertificateEvidence(
            self.part,
            tuple(c.sentence for c in accepted),
            tuple(refused),
            sum(c.cells for c in accepted),
            "; ".join(dict.fromkeys(c.where for c in accepted if c.where)),
        )
        return Outcome(evidence, tuple(accepted))
