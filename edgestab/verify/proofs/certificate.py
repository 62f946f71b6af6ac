"""The certificate of an argument as a file, and what the independent checker says of it."""

from __future__ import annotations

import json
from dataclasses import dataclass

from edgestab.verify.checker.check import check_text
from edgestab.verify.checker.reading import CertificateError
from edgestab.verify.proofs.argument import Argument


@dataclass(frozen=True)
class ArgumentCertificate:
    """A statement that an argument proves, as a file.

    Parameters
    ----------
    text : str
        The file.
    sentence : str
        What was shown.
    cells : int
        On how many cells; 0 for exact arithmetic alone.
    """

    text: str
    sentence: str
    cells: int

    where = ""


@dataclass(frozen=True)
class Again:
    """Whether the independent checker proves an argument again.

    Parameters
    ----------
    proved : bool
        Whether it does.
    unwritten : str
        Why there is no certificate that it could read.
    refused : str
        Why it does not accept the certificate.
    """

    proved: bool = False
    unwritten: str = ""
    refused: str = ""


def certificate_of(argument: Argument) -> ArgumentCertificate | None:
    """Return the certificate of an argument; None where it has none."""
    if isinstance(argument.certificate, str):
        return None
    text = json.dumps(argument.certificate, separators=(",", ":"), allow_nan=False)
    return ArgumentCertificate(text, "; ".join(argument.ingredients), argument.cells)


def again(argument: Argument) -> Again:
    """Have an argument proved again, from the text of its certificate alone."""
    certificate = certificate_of(argument)
    if certificate is None:
        return Again(unwritten=str(argument.certificate))
    try:
        check_text(certificate.text)
    except CertificateError as error:
        return Again(refused=str(error))
    return Again(proved=True)
