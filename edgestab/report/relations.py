"""Which claims a claim names in its text: what is drawn as a graph. Nothing is guessed."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

from edgestab.theory.claim import Claim

CLAIM_ID = re.compile(r"(?<![\w./-])[a-z]+\d*\.[A-Za-z0-9]+(?:[.-][A-Za-z0-9]+)*")
"""What may be the id of a claim in a text."""


def named_in(claim: Claim, known: Container[str]) -> tuple[str, ...]:
    """Return the ids of the other claims that a claim names: in its statement, notes and arguments.

    Parameters
    ----------
    claim : Claim
        The claim.
    known : container of str
        The ids that are claims.

    Examples
    --------
    >>> from edgestab.verify.catalogue import find, ids
    >>> named_in(find("zhu2023.slip8-corrected"), ids())
    ('zhu2023.R4',)
    """
    found = (match[0] for text in _texts(claim) for match in CLAIM_ID.finditer(text))
    return tuple(dict.fromkeys(i for i in found if i in known and i != claim.id))


def _texts(claim: Claim) -> Iterator[str]:
    yield claim.words
    yield from claim.notes
    for part in (*claim.parts, *claim.checks):
        yield part.name
        yield str(getattr(part, "argument", ""))
