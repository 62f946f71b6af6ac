"""The catalogue: the papers' theorems as data."""

from __future__ import annotations

import functools

from edgestab.errors import InputError
from edgestab.theory.claim import Claim
from edgestab.theory.claims import cohen2021, cohen2024, damian2023, wang2024, zhu2023

PAPERS = {
    "zhu2023": "Zhu, Wang, Wang, Zhou & Ge, ICLR 2023, arXiv 2210.03294",
    "damian2023": "Damian, Nichani & Lee, ICLR 2023, arXiv 2209.15594",
    "cohen2021": "Cohen, Kaur, Li, Kolter & Talwalkar, ICLR 2021, arXiv 2103.00065",
    "cohen2024": "Cohen, Damian, Talwalkar, Kolter & Lee, arXiv 2410.24206",
    "wang2024": "Wang & Roberts, arXiv 2412.17613",
}
"""The papers of the catalogue, by the key that begins the ids of their claims."""


@functools.cache
def catalogue() -> tuple[Claim, ...]:
    """Return every claim, in the order of the papers and of the text."""
    papers = (zhu2023, damian2023, cohen2021, cohen2024, wang2024)
    return tuple(claim for paper in papers for claim in paper.claims())


def find(claim_id: str) -> Claim:
    """Return a claim by id.

    Raises
    ------
    InputError
        When there is none, with the ids that begin alike.

    Examples
    --------
    >>> find("zhu2023.cor3.1").kind
    'theorem'
    """
    for claim in catalogue():
        if claim.id == claim_id:
            return claim
    stem = claim_id.partition(".")[2][:3]
    near = [c.id for c in catalogue() if stem and stem in c.id][:6]
    hint = f"did you mean {', '.join(near)}?" if near else "`edgestab claims` lists them"
    raise InputError(f"unknown claim {claim_id[:60]!r}; {hint}")
