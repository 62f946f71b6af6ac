"""All claims that name each other, paper by paper, as one fragment of a page."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

from edgestab.report.cite import heading
from edgestab.report.graph import paper_svg
from edgestab.report.relations import named_in
from edgestab.theory.claim import Claim

HOW_TO_READ = (
    "An arrow leads from the claim that is named to the one whose text names it, and has two heads where each names "
    "the other. It stands with the paper of the one that names; claims of other papers keep their whole ids. Colours "
    "are verdicts."
)


def arrows_among(claims: Sequence[Claim]) -> list[tuple[str, str]]:
    """Return who is named by whom, among these claims; the corrected form of a slip counts as named by it.

    Examples
    --------
    >>> from edgestab.verify.catalogue import find
    >>> arrows_among([find("zhu2023.R4"), find("zhu2023.slip8-corrected")])
    [('zhu2023.R4', 'zhu2023.slip8-corrected')]
    """
    known = {c.id for c in claims}
    found = [(n, c.id) for c in claims for n in (*named_in(c, known), *({c.corrected} & known))]
    return list(dict.fromkeys(found))


def dependencies(claims: Sequence[Claim], standings: Mapping[str, str], links: Mapping[str, str], level: int) -> str:
    """Return the graphs of all papers in which a claim names another, and how many claims are in none; empty for none.

    Parameters
    ----------
    claims : sequence of Claim
        All of them.
    standings, links : mapping of str to str
        What each has earned, in capitals, and where it is.
    level : int
        Of the headings.
    """
    arrows = arrows_among(claims)
    if not arrows:
        return ""
    paper_of = {c.id: c.paper for c in claims}
    parts = [_read(claims, arrows)]
    for paper in dict.fromkeys(paper_of.values()):
        own = [(a, b) for a, b in arrows if paper_of[b] == paper]
        if own:
            name = html.escape(heading(paper))
            drawn = paper_svg(paper, own, standings, links)
            parts.append(
                f'<h{level}>{name}</h{level}><figure class="relations"><div class="scroll" tabindex="0" role="group" '
                f'aria-label="Claims of {name}, and the claims that they name">{drawn}</div></figure>'
            )
    return "".join(parts)


def _read(claims: Sequence[Claim], arrows: Sequence[tuple[str, str]]) -> str:
    joined = {name for arrow in arrows for name in arrow}
    left = len({c.id for c in claims} - joined)
    said = f" {left} of the {len(claims)} claims neither name another nor are named: they are left out." if left else ""
    return f"<p>{HOW_TO_READ}{said}</p>"
