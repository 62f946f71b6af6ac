"""What came of certifying a part: evidence, and certificates that the independent checker accepted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeVar

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


C = TypeVar("C", bound=Checkable)


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


def checked(certificate: C) -> C:
    """Return a certificate that the independent checker accepts, from its text alone.

    Raises
    ------
    CertificateError
        When it does not: the engine or the checker is wrong.
    """
    try:
        check_text(certificate.text)
    except CertificateError as error:
        raise CertificateError(f"the independent checker does not accept the certificate: {error}") from error
    return certificate
