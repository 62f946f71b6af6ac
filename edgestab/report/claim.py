"""The rendering of one claim: the same fragment in the report and in pages of others."""

from __future__ import annotations

import datetime
import itertools
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from edgestab.figures.of_claims import draw
from edgestab.report.cite import citation, command, publication, sources
from edgestab.report.evidence import shown
from edgestab.report.graph import graph_svg
from edgestab.report.history import history
from edgestab.report.hypotheses import hypotheses
from edgestab.report.mathml import formula
from edgestab.report.prose import prose
from edgestab.report.relations import named_in
from edgestab.report.svg import figure_svg, letter_sheet
from edgestab.report.templating import environment
from edgestab.report.words import duration, long_date, today
from edgestab.theory.statement import OrbitStatement
from edgestab.verify.evidence.evidence import ended
from edgestab.verify.evidence.standing import Standing
from edgestab.verify.verdict import Verdict
from edgestab.version import version


@dataclass(frozen=True)
class Context:
    """What a fragment says besides the verdict itself.

    Parameters
    ----------
    effort : str
        The effort of the checks.
    date : date
        When they were made.
    links : mapping of str to str
        Where other claims are, by their ids.
    standings : mapping of str to str
        What they have earned.
    named_by : mapping of str to tuple of str
        Which of them name a claim.
    data : str
        Where the verdicts are as JSON; empty for nowhere.
    level : int
        Of the heading, from 1 to 5.
    folded : bool
        Whether the evidence is folded, where the verdict is no surprise.
    """

    effort: str = "quick"
    date: datetime.date = field(default_factory=today)
    links: Mapping[str, str] = field(default_factory=dict)
    standings: Mapping[str, str] = field(default_factory=dict)
    named_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    data: str = ""
    level: int = 3
    folded: bool = False

    @classmethod
    def of(cls, verdicts: Sequence[Verdict], links: Mapping[str, str], **more: Any) -> Context:
        """Return the context of a claim among others.

        Parameters
        ----------
        verdicts : sequence of Verdict
            All of them.
        links : mapping of str to str
            Where each claim is, by its id.
        more
            As of the class: effort, date, data, level.
        """
        named_by: dict[str, tuple[str, ...]] = {}
        for verdict in reversed(list({v.claim.id: v for v in verdicts}.values())):
            for name in (*named_in(verdict.claim, links), *filter(None, [verdict.claim.corrected])):
                named_by[name] = tuple(dict.fromkeys((verdict.claim.id, *named_by.get(name, ()))))
        standings = {v.claim.id: str(v.standing) for v in verdicts}
        return cls(links=links, standings=standings, named_by=named_by, **more)


def claim_html(
    verdict: Verdict,
    context: Context | None = None,
    *,
    anchor: str = "",
    letters: dict[str, str] | None = None,
) -> str:
    """Return the section of one claim as HTML: an ``<article>`` that needs `stylesheet` and nothing else.

    Parameters
    ----------
    verdict : Verdict
        From `edgestab.verify.check.check`.
    context : Context, optional
        Effort, date, and where the other claims are.
    anchor : str
        The id of the article; by default made from the claim's.
    letters : dict, optional
        Collects the outlines of letters in figures for a page of several fragments, which then writes
        `edgestab.report.svg.letter_sheet` once; by default they are written into the fragment.

    Examples
    --------
    >>> from edgestab.verify.catalogue import find
    >>> from edgestab.verify.check import check
    >>> text = claim_html(check(find("zhu2023.minima")))
    >>> text.startswith('<article class="claim" id="zhu2023.minima"'), "PROVED" in text
    (True, True)
    """
    own: dict[str, str] = {} if letters is None else letters
    of = claim_view(verdict, context or Context(), anchor or anchor_of(verdict.claim.id), own)
    paper = publication(verdict.claim)
    of |= {"paper_bibtex": "" if paper is None else paper.bibtex(verdict.claim.paper)}
    text = str(environment().get_template("claim.html.j2").render(s=of)).strip()
    return text if letters is not None else text.replace("</article>", f"{letter_sheet(own)}</article>")


def stylesheet() -> str:
    """Return the CSS of the fragments: every rule is below ``.claim``, but for the variables of colours."""
    return resources.files("edgestab.report").joinpath("assets", "claim.css").read_text(encoding="utf-8")


def anchor_of(claim_id: str) -> str:
    """Return the id of a claim as an HTML id, in letters that need no escaping in a link.

    Examples
    --------
    >>> anchor_of("zhu2023.R4"), anchor_of("user.a <b>"), anchor_of("overview")
    ('zhu2023.R4', 'user.a-b', 'claim-overview')
    """
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", claim_id)[:60].strip("-")
    own = "." in name and not name.startswith("cap-")  # no other id of a page has a dot
    return name if own else f"claim-{name}"


def claim_view(verdict: Verdict, context: Context, anchor: str, letters: dict[str, str]) -> dict[str, Any]:
    """Return what the templates show of a verdict; what is HTML in it is safe."""
    claim = verdict.claim
    pairs = [
        *itertools.zip_longest(verdict.evidence, claim.parts[: len(verdict.evidence)]),
        *itertools.zip_longest(verdict.checks, claim.checks[: len(verdict.checks)]),
    ]
    evidence = [
        shown(e, part, context.links) | {"beside": i >= len(verdict.evidence)} for i, (e, part) in enumerate(pairs)
    ]
    said = claim.title.casefold() == claim.words.removesuffix(".").casefold()
    first = claim.parts[0] if said and len(claim.parts) == 1 else None
    formal = hypotheses(first) if isinstance(first, OrbitStatement) else []
    if formal and len(evidence) == 1:
        evidence[0]["hypotheses"] = []  # they are the statement
    names = [*named_in(claim, context.links), *filter(None, [claim.corrected])]
    named_by = [n for n in context.named_by.get(claim.id, ()) if n not in names]
    return {
        "id": claim.id,
        "anchor": anchor,
        "title": prose(claim.title),
        "said": said,
        "formal": formal,
        "paper": claim.paper,
        "source": claim.source,
        "sources": sources(claim),
        "words": prose(claim.words, context.links),
        "kind": claim.kind,
        "standing": str(verdict.standing),
        "slip_found": claim.kind == "slip" and verdict.standing is Standing.REFUTED,
        "surprise": not verdict.expected and claim.kind != "user",
        "sentence": prose(_verdict_sentence(verdict), context.links),
        "formulas": [formula(f, block=True) for f in claim.formulas],
        "notes": [prose(n, context.links) for n in claim.notes],
        "corrected": claim.corrected,
        "corrected_link": context.links.get(claim.corrected, ""),
        "seconds": duration(verdict.seconds),
        "effort": context.effort,
        "date": long_date(context.date),
        "iso_date": context.date.isoformat(),
        "version": version(),
        "evidence": evidence,
        "figure": _figure(verdict, anchor, letters),
        "graph": graph_svg(claim.id, list(dict.fromkeys(names)), named_by, context.standings, context.links),
        "graph_words": _relations(names, named_by, context.standings),
        "history": [(c.before, prose(c.said), prose(c.says)) for c in _history(verdict)],
        "command": command(claim, context.effort),
        "bibtex": citation(claim, version(), context.date.year),
        "paper_bibtex": "",  # a page of many says it once a paper
        "data": context.data,
        "level": context.level,
        "open": not context.folded or verdict.standing is Standing.UNDECIDED or not verdict.expected,
    }


def _verdict_sentence(verdict: Verdict) -> str:
    """The verdict's sentence, or how its parts stand where each has a section of its own below."""
    if len(verdict.evidence) + len(verdict.checks) < 2 or verdict.standing in (Standing.REFUTED, Standing.UNDECIDED):
        return ended(verdict.sentence)
    standings = [e.standing for e in verdict.evidence]
    counts = ", ".join(f"{standings.count(s)} {s}" for s in Standing if s in standings)
    later = len(verdict.claim.parts) - len(standings)
    left = f"; {later} {'is' if later == 1 else 'are'} left to a greater effort" if later else ""
    parts = f"{len(standings)} part{'s' if len(standings) > 1 else ''}: {counts}{left}"
    return f"{parts}; what tests them is below." if verdict.checks else f"{parts}."


def _history(verdict: Verdict) -> tuple[Any, ...]:
    return () if verdict.claim.kind == "user" else history().get(verdict.claim.id, ())


def _relations(names: Sequence[str], named_by: Sequence[str], standings: Mapping[str, str]) -> str:
    def listed(ids: Sequence[str]) -> str:
        return ", ".join(f"{i} ({standings[i]})" if i in standings else i for i in dict.fromkeys(ids))

    parts = [f"names {listed(names)}"] if names else []
    parts += [f"is named by {listed(named_by)}"] if named_by else []
    return f"This claim {' and '.join(parts)}." if parts else ""


def _figure(verdict: Verdict, anchor: str, letters: dict[str, str]) -> dict[str, str] | None:
    drawing = draw(verdict)
    if drawing is None:
        return None
    prefix = f"f{zlib.crc32(anchor.encode()):x}"
    return {"svg": figure_svg(drawing.figure, prefix, letters), "caption": drawing.caption, "prefix": prefix}
