"""A certificate, proved again by the independent checker."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edgestab.errors import InputError
from edgestab.verify.checker.check import check, check_file
from edgestab.verify.checker.reading import CertificateError


def recheck(certificate: str | os.PathLike[str] | Mapping[str, Any]) -> str:
    """Prove what a certificate claims, in ball arithmetic and from the certificate alone, and return it in words.

    The checker shares no code with what made the certificate (docs/certificates.md).

    Parameters
    ----------
    certificate : path or mapping
        The file, or what it holds.

    Raises
    ------
    InputError
        When it proves nothing: with the first thing that fails.
    OSError
        When the file cannot be read.

    Examples
    --------
    >>> recheck({"format": "edgestab-certificate"})
    Traceback (most recent call last):
    ...
    edgestab.errors.InputError: the file must have the keys format version map eta curve tube contraction start limit
    basin made, once each
    """
    if isinstance(certificate, Mapping):
        try:
            return check(dict(certificate))
        except CertificateError as error:
            raise InputError(str(error)) from error
    path = Path(certificate)
    try:
        return check_file(path)
    except CertificateError as error:
        raise InputError(f"{path}: {error}") from error
