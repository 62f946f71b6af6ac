"""Where a claim comes from and how it is cited."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from edgestab.theory.claim import Claim
from edgestab.theory.papers import PUBLICATIONS, Publication, arxiv_numbers

_SPECIAL = re.compile(r"[\\{}$&#^_%~\x00-\x1f]")


@dataclass(frozen=True)
class Source:
    """A paper that a claim is from, or after.

    Parameters
    ----------
    text : str
        How it is named.
    url : str
        Where it can be read; empty where that is not known.
    """

    text: str
    url: str


def sources(claim: Claim) -> tuple[Source, ...]:
    """Return the papers of a claim: that of the catalogue, and those whose arXiv number its source names.

    Examples
    --------
    >>> from edgestab.verify.catalogue import find
    >>> [s.url for s in sources(find("derived.noisy-edge"))]
    ['https://arxiv.org/abs/2604.21016']
    >>> [s.url for s in sources(find("zhu2023.R4"))]
    ['https://arxiv.org/abs/2210.03294']
    """
    return tuple(_sources(claim))


def _sources(claim: Claim) -> Iterator[Source]:
    paper = publication(claim)
    if paper is not None and not paper.arxiv:
        yield Source(paper.title, "")
    numbers = [paper.arxiv] if paper is not None and paper.arxiv else []
    for number in dict.fromkeys([*numbers, *arxiv_numbers(claim.source)]):
        yield Source(f"arXiv {number}", f"https://arxiv.org/abs/{number}")


def publication(claim: Claim) -> Publication | None:
    """Return the paper of a claim of the catalogue; None for a claim of the user and for what was derived here."""
    return None if claim.kind == "user" else PUBLICATIONS.get(claim.paper)


def citation(claim: Claim, version: str, year: int) -> str:
    """Return the BibTeX entry of a claim as this package checked it.

    Examples
    --------
    >>> from edgestab.verify.catalogue import find
    >>> print(citation(find("zhu2023.R4"), "1.2.3", 2026))
    @misc{edgestab:zhu2023.R4,
      title = {edgestab claim zhu2023.R4: the frozen-s cubic},
      author = {{The edgestab developers}},
      year = {2026},
      note = {edgestab 1.2.3, edgestab verify zhu2023.R4}
    }
    """
    name, title = (_SPECIAL.sub(" ", t) for t in (claim.id, claim.title))
    key = re.sub(r"[^A-Za-z0-9.:-]+", "-", claim.id)[:80].strip("-")
    return (
        f"@misc{{edgestab:{key},\n  title = {{edgestab claim {name}: {title}}},\n"
        f"  author = {{{{The edgestab developers}}}},\n  year = {{{year}}},\n"
        f"  note = {{edgestab {version}, {_SPECIAL.sub(' ', command(claim))}}}\n}}"
    )


def command(claim: Claim, effort: str = "quick") -> str:
    """Return the command that checks a claim again.

    Examples
    --------
    >>> from edgestab.verify.catalogue import find
    >>> command(find("zhu2023.R4"), "deep")
    'edgestab verify zhu2023.R4 --effort deep'
    """
    target = "FILE.toml" if claim.kind == "user" else claim.id
    return f"edgestab verify {target}{'' if effort == 'quick' else f' --effort {effort}'}"


def heading(paper: str) -> str:
    """Return what stands above the claims of a paper, by its key; the empty key is that of a user's own.

    Examples
    --------
    >>> heading("zhu2023"), heading("derived"), heading("")
    ('Zhu et al. 2023', 'Derived here', 'Claims given by the user')
    """
    known = {"": "Claims given by the user", "derived": "Derived here"}
    return PUBLICATIONS[paper].short if paper in PUBLICATIONS else known.get(paper, paper)
