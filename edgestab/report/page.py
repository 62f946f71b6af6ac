"""The page: an overview of the verdicts by paper, then the section of every claim."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from importlib import resources
from typing import Any

from edgestab.data import as_data
from edgestab.provenance import made_with
from edgestab.report.cite import heading
from edgestab.report.claim import Context, anchor_of, claim_view, stylesheet
from edgestab.report.dependencies import dependencies
from edgestab.report.svg import letter_sheet
from edgestab.report.templating import environment
from edgestab.report.words import duration, long_date, today
from edgestab.theory.papers import PUBLICATIONS
from edgestab.verify.evidence.standing import Standing
from edgestab.verify.verdict import Verdict
from edgestab.version import version

Progress = Callable[[int, int], None]

TITLE = "Verdicts on theorems at the edge of stability"

MEANING: Mapping[Standing, str] = {
    Standing.PROVED: "settled for every hypothesis, by exact arithmetic or by a certificate",
    Standing.CERTIFIED: "rigorous on a stated part of the hypotheses",
    Standing.SUPPORTED: "no counterexample among the orbits or the seeds followed; the rest is proved where it says so",
    Standing.REFUTED: "false: by exact arithmetic, or by a counterexample confirmed in balls or exact rationals",
    Standing.UNDECIDED: "neither; the reason is given",
}
"""What each standing says."""


def render(verdicts: Sequence[Verdict], *, effort: str, title: str = TITLE, progress: Progress | None = None) -> str:
    """Return the page as text; see `edgestab.report.write.write_report`."""
    anchors = _anchors(verdicts)
    links = {v.claim.id: f"#{a}" for v, a in reversed(list(zip(verdicts, anchors, strict=True)))}
    context = Context.of(verdicts, links, effort=effort, data="verdicts.json", folded=True)
    sections: list[dict[str, Any]] = []
    letters: dict[str, str] = {}
    figures: dict[str, str] = {}
    for verdict, anchor in zip(verdicts, anchors, strict=True):
        sections.append(_once(claim_view(verdict, context, anchor, letters), figures))
        if progress is not None:
            progress(len(sections), len(verdicts))
    counts = [(str(s), sum(v.standing is s for v in verdicts)) for s in Standing]
    slips = [v for v in verdicts if v.claim.kind == "slip"]
    template = environment().get_template("page.html.j2")
    return str(
        template.render(
            title=title,
            version=version(),
            effort=effort,
            date=long_date(today()),
            made_with=made_with(),
            counts=[c for c in counts if c[1]],
            total=len(verdicts),
            slips_found=sum(v.standing is Standing.REFUTED for v in slips),
            slips=len(slips),
            surprises=[s for s in sections if s["surprise"]],
            undecided=[s for s in sections if s["standing"] == Standing.UNDECIDED and not s["surprise"]],
            seconds=duration(sum(v.seconds for v in verdicts)),
            meaning=[(str(k), v) for k, v in MEANING.items()],
            groups=_groups(sections),
            dependencies=dependencies([v.claim for v in verdicts], context.standings, links, 3),
            style=stylesheet() + _asset("page.css"),
            script=_asset("page.js"),
            data=_packed(json.dumps(as_data(verdicts, effort=effort), ensure_ascii=False, allow_nan=False)),
            letters=letter_sheet(letters),
        )
    )


def _once(section: dict[str, Any], figures: dict[str, str]) -> dict[str, Any]:
    """The section, whose figure refers to that of another claim where it is the same."""
    if section["figure"] is None:
        return section
    name = section["figure"]["prefix"]
    svg = section["figure"]["svg"]
    other = figures.setdefault(svg.replace(name, ""), name)
    start, _, _ = svg.partition(">")
    inside = f'<g id="{name}">{svg[len(start) + 1 : -6]}</g>' if other == name else f'<use href="#{other}"/>'
    shown = f"{start}>{inside}</svg>"
    return section | {"figure": section["figure"] | {"svg": shown}}


def _asset(name: str) -> str:
    return resources.files("edgestab.report").joinpath("assets", name).read_text(encoding="utf-8")


def _packed(text: str) -> str:
    """Text for a ``<script>`` element, compressed; letters and digits alone, so that nothing in it can close it."""
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()


def _groups(sections: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The claims by paper, in the order in which papers first occur; claims of the user come first."""
    found: dict[str, list[dict[str, Any]]] = {}
    for section in sorted(sections, key=lambda s: s["kind"] != "user"):
        found.setdefault("" if section["kind"] == "user" else section["paper"], []).append(section)
    return [_group(key, rows, i) for i, (key, rows) in enumerate(found.items())]


def _group(key: str, rows: list[dict[str, Any]], number: int) -> dict[str, Any]:
    paper = PUBLICATIONS.get(key)
    return {
        "key": key or "user",
        "anchor": f"paper-{number}",
        "heading": heading(key),
        "title": "" if paper is None else paper.title,
        "authors": "" if paper is None else ", ".join(paper.authors),
        "venue": "" if paper is None else paper.venue,
        "url": "" if paper is None else paper.url,
        "arxiv": "" if paper is None else paper.arxiv,
        "bibtex": "" if paper is None else paper.bibtex(key),
        "counts": [(str(s), n) for s, n in ((s, sum(r["standing"] == s for r in rows)) for s in Standing) if n],
        "rows": rows,
    }


def _anchors(verdicts: Sequence[Verdict]) -> list[str]:
    """An HTML id for each verdict, unique on the page."""
    found: list[str] = []
    for verdict in verdicts:
        stem = anchor_of(verdict.claim.id)
        name, n = stem, 2
        while name in found:
            name, n = f"{stem}-{n}", n + 1
        found.append(name)
    return found
