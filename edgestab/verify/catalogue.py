"""The catalogue: the papers that `edgestab.theory.claims` works through, and theorems of others as claim files.

Those are in the folder ``theorems`` beside this file, one a file ``<paper>-<name>.toml``: a new theorem is a new file.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from edgestab.errors import InputError
from edgestab.theory.claims import catalogue as built
from edgestab.theory.text.spelling import did_you_mean

if TYPE_CHECKING:
    from edgestab.theory.claim import Claim

THEOREMS = Path(__file__).parent / "theorems"


@functools.cache
def written() -> Mapping[str, Path]:
    """Return the files of theorems by the ids of their claims, in the order of their names."""
    return {f.stem.replace("-", ".", 1): f for f in sorted(THEOREMS.glob("*.toml"))}


def papers() -> tuple[str, ...]:
    """Return the keys that begin the ids of claims."""
    return tuple(dict.fromkeys((*built.PAPERS, *(i.partition(".")[0] for i in written()))))


def require_paper(paper: str | None) -> None:
    """Refuse a paper that the catalogue does not have."""
    if paper is not None and paper not in papers():
        if paper in ids():
            raise InputError(f"{paper} is a claim of the paper {paper.partition('.')[0]}: give one or the other")
        hint = did_you_mean(paper, papers(), "`edgestab claims` lists them")
        raise InputError(f"unknown paper {paper[:40]!r}{hint}")


def ids(paper: str | None = None) -> tuple[str, ...]:
    """Return the ids of a paper's claims, or of all; nothing is built.

    Raises
    ------
    InputError
        When there is no such paper, with the keys that begin alike.

    Examples
    --------
    >>> ids("wang2024")[:2], ids("chen2023")[:1]
    (('wang2024.rotation', 'wang2024.polarity'), ('chen2023.below',))
    """
    require_paper(paper)
    first = built.ids(paper) if paper in (None, *built.PAPERS) else ()
    return (*first, *(i for i in written() if paper in (None, i.partition(".")[0])))


def catalogue() -> tuple[Claim, ...]:
    """Return every claim, in the order of `ids`."""
    return tuple(map(find, ids()))


@functools.cache
def find(claim_id: str) -> Claim:
    """Return a claim by id; no other is built.

    Raises
    ------
    InputError
        When there is none, with the ids that begin alike.

    Examples
    --------
    >>> find("zhu2023.cor3.1").kind, find("chen2023.bounded").source
    ('theorem', 'Chen & Bruna 2023, as transcribed')
    """
    if claim_id in written():
        from edgestab.verify.claim_files.claims import read_claim

        stated = read_claim(written()[claim_id])
        return replace(stated, id=claim_id, title=stated.words.removesuffix("."), kind="theorem")
    paper = claim_id.partition(".")[0]
    if paper in built.PAPERS and claim_id in built.ids(paper):
        return built.find(claim_id)
    if claim_id in papers():
        raise InputError(f"{claim_id} is a paper: `edgestab claims --paper {claim_id}` lists its claims")
    among = ids(paper) if paper in papers() else ids()
    hint = did_you_mean(claim_id, among, f"`edgestab claims{f' --paper {paper}' * (among != ids())}` lists them")
    raise InputError(f"unknown claim {claim_id[:60]!r}{hint}")


def is_known(claim: Claim) -> bool:
    """Return whether a claim is the catalogue's own of its id."""
    return claim.paper in papers() and claim.id in ids(claim.paper) and find(claim.id) is claim
