"""``edgestab claims``: the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from edgestab.commands.printing import print_json

if TYPE_CHECKING:
    from edgestab.theory.claim import Claim


def claims(*, paper: str | None = None, json_: Annotated[bool, Parameter("--json", negative="")] = False) -> None:
    """List the catalogue, one line a claim.

    Parameters
    ----------
    paper
        The claims of this paper, such as zhu2023.
    json_
        Print JSON.
    """
    from dataclasses import asdict

    from edgestab.verify.listing import listing

    chosen = listing(paper)
    if json_:
        print_json([asdict(c) for c in chosen])
        return
    width = max((len(c.id) for c in chosen), default=0)
    for claim in chosen:
        print(f"{claim.id:<{width}}  {claim.kind:<7}  {claim.title} ({claim.source})")


def of_paper(paper: str | None) -> list[Claim]:
    """Return the claims of a paper, or all.

    Raises
    ------
    InputError
        When there is no such paper.
    """
    from edgestab.verify.catalogue import find, ids

    return [find(i) for i in ids(paper)]


def named(target: str) -> Claim:
    """Return the claim of the catalogue with this id, or the one that a TOML file states.

    Raises
    ------
    InputError
        When there is no such claim, or the file does not state one.
    """
    if target.endswith(".toml"):
        from edgestab.verbs import read_claim

        return read_claim(target)
    from edgestab.verify.catalogue import find

    return find(target)
