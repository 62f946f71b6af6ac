"""The page: an overview of the verdicts, then a section for each with its evidence and figure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from edgestab.figures.of_claims import draw
from edgestab.figures.style import to_svg
from edgestab.provenance import made_with
from edgestab.report.evidence import shown
from edgestab.report.mathml import formula
from edgestab.report.words import duration, long_date, today
from edgestab.verify.evidence.standing import Standing
from edgestab.verify.verdict import Verdict
from edgestab.version import version

if TYPE_CHECKING:
    from jinja2 import Environment

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
    links = {v.claim.id: a for v, a in reversed(list(zip(verdicts, anchors, strict=True)))}
    sections: list[dict[str, Any]] = []
    for verdict, anchor in zip(verdicts, anchors, strict=True):
        sections.append(_section(verdict, anchor, links))
        if progress is not None:
            progress(len(sections), len(verdicts))
    counts = [(str(s), sum(v.standing is s for v in verdicts)) for s in Standing]
    slips = [v for v in verdicts if v.claim.kind == "slip"]
    return str(
        _environment()
        .get_template("report.html.j2")
        .render(
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
            seconds=duration(sum(v.seconds for v in verdicts)),
            meaning=[(str(k), v) for k, v in MEANING.items()],
            groups=_groups(sections),
            sections=sections,
        )
    )


def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    return Environment(
        loader=PackageLoader("edgestab.report"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _groups(sections: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The tables of the overview: rows of one claim, or of a slip and its corrected form."""
    by_id = {s["id"]: s for s in reversed(sections)}
    slips = [s for s in sections if s["kind"] == "slip"]
    beside = {s["corrected"] for s in slips}
    pairs = [{"printed": s, "corrected": by_id.get(s["corrected"]), "corrected_id": s["corrected"]} for s in slips]
    groups = [
        ("Claims given by the user", [s for s in sections if s["kind"] == "user"]),
        ("Theorems and sections", [s for s in sections if s["kind"] == "theorem"]),
        ("Slips as printed, and their corrections", pairs),
        ("Derived results", [s for s in sections if s["kind"] == "derived" and s["id"] not in beside]),
    ]
    return [{"heading": heading, "paired": rows is pairs, "rows": rows} for heading, rows in groups if rows]


def _anchors(verdicts: Sequence[Verdict]) -> list[str]:
    """An HTML id for each verdict: unique, and made of letters that need no escaping in a link."""
    found: list[str] = []
    for verdict in verdicts:
        stem = re.sub(r"[^A-Za-z0-9_.-]+", "-", verdict.claim.id)[:60].strip("-") or "claim"
        name, n = stem, 2
        while name in found:
            name, n = f"{stem}-{n}", n + 1
        found.append(name)
    return found


def _section(verdict: Verdict, anchor: str, links: Mapping[str, str]) -> dict[str, Any]:
    claim = verdict.claim
    pairs = [
        *itertools.zip_longest(verdict.evidence, claim.parts[: len(verdict.evidence)]),
        *itertools.zip_longest(verdict.checks, claim.checks[: len(verdict.checks)]),
    ]
    evidence = [shown(e, part) | {"beside": i >= len(verdict.evidence)} for i, (e, part) in enumerate(pairs)]
    return {
        "id": claim.id,
        "anchor": anchor,
        "title": claim.title,
        "source": claim.source,
        "words": claim.words,
        "kind": claim.kind,
        "standing": str(verdict.standing),
        "slip_found": claim.kind == "slip" and verdict.standing is Standing.REFUTED,
        "surprise": not verdict.expected and claim.kind != "user",
        "sentence": verdict.sentence,
        "formulas": [formula(f, block=True) for f in claim.formulas],
        "notes": list(claim.notes),
        "corrected": claim.corrected,
        "corrected_anchor": links.get(claim.corrected, ""),
        "seconds": duration(verdict.seconds),
        "evidence": evidence,
        "figure": _figure(verdict, anchor),
    }


def _figure(verdict: Verdict, anchor: str) -> dict[str, str] | None:
    drawing = draw(verdict)
    if drawing is None:
        return None
    return {"svg": to_svg(drawing.figure, f"fig-{anchor}"), "caption": drawing.caption}
