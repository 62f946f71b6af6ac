"""``edgestab claims``: the catalogue."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from edgestab.commands.printing import print_json
from edgestab.errors import InputError
from edgestab.theory.text.spelling import near

if TYPE_CHECKING:
    from edgestab.theory.claim import Claim


def claims(
    *ids: str,
    paper: str | None = None,
    bibtex: Annotated[bool, Parameter(negative="")] = False,
    json_: Annotated[bool, Parameter("--json", negative="")] = False,
) -> None:
    """List the catalogue, one line a claim.

    Parameters
    ----------
    ids
        Only these claims, such as zhu2023.thm3.1.
    paper
        The claims of this paper, such as zhu2023.
    bibtex
        Print how to cite each claim, as entries of BibTeX.
    json_
        Print JSON.
    """
    from dataclasses import asdict

    from edgestab.verify.listing import listing

    among = {c.id: c for c in listing(paper)}
    for claim_id in ids:
        if claim_id not in among:
            refuse_target(claim_id)
            raise InputError(f"{claim_id} is no claim of {paper}: leave out one of them")
    chosen = [among[i] for i in ids] if ids else list(among.values())
    if bibtex:
        from edgestab.citation import bibtex as entry

        print("\n\n".join(map(entry, chosen)))
        return
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

        if not Path(target).exists():
            raise InputError(f"there is no file {target}{files_near(target, f'`edgestab new {target}` writes one')}")
        return read_claim(target)
    refuse_target(target)
    from edgestab.verify.catalogue import find

    return find(target)


def refuse_target(target: str) -> None:
    """Refuse what is no claim, and say what it is.

    Raises
    ------
    InputError
        Unless it is the id of a claim.
    """
    from edgestab.theory.models.catalogue import MODELS
    from edgestab.verify.catalogue import find, ids, papers

    if target in ids():
        return
    if target in papers():
        raise InputError(f"{target} is a paper: give --paper {target}, or one of its claims, such as {ids(target)[0]}")
    if target.partition(":")[0] in MODELS:
        raise InputError(f"{target} is a model: `edgestab models {target}` says what it is; a claim is stated about it")
    if target.endswith(".json"):
        raise InputError(f"{target} is no claim; if it is a certificate, `edgestab recheck {target}` proves it again")
    if not target or Path(target).is_dir():
        raise InputError(f"{f'{target} is a folder' if target else 'nothing is named'}: give a claim's id or FILE.toml")
    if Path(f"{target}.toml").exists():
        raise InputError(f"there is no claim {target}; did you mean the file {target}.toml?")
    if Path(target).exists():
        raise InputError(f"a claim file ends in .toml: rename {target}")
    find(target)


def files_near(target: str, otherwise: str) -> str:
    """Return the end of a sentence that asks whether another file of the same folder was meant."""
    folder = Path(target).parent
    there = [p.stem for p in folder.glob("*.toml")] if folder.is_dir() else []
    alike = [str(folder / f"{stem}.toml") for stem in near(Path(target).stem, there)]
    return f"; did you mean {' or '.join(alike)}?" if alike else f"; {otherwise}"
