"""``edgestab recheck``: certificates, proved again by the independent checker."""

from __future__ import annotations

from pathlib import Path


def recheck(file: Path, /) -> None:
    """Prove every inequality of a certificate again, in ball arithmetic and from the file alone.

    Exits with 0 and the theorem in words, or with 2 and the first inequality that fails.

    Parameters
    ----------
    file
        A certificate.
    """
    from edgestab.verify.certify.recheck import recheck as words_of

    print(words_of(file))
