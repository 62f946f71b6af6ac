"""The catalogue on the site: lists of verdicts, the errata, the atlas, and a page for each claim.

Verdicts are those of a report, ``verdicts.json``, that was written before; where there is none the site says so. Ids of
claims in the text lead to their pages.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList
from sphinx.application import Sphinx

from edgestab.report.mathml import formula
from edgestab.theory.claim import Claim
from edgestab.theory.claims.catalogue import PAPERS
from edgestab.verify.catalogue import find, ids, papers, written

UNCHECKED = "not checked in this build"
ID = re.compile(r"\b[a-z]+(?:\d{4})?\.[\w.-]*\w")


@dataclass(frozen=True)
class Report:
    """What a run of the catalogue found: the date, the effort, and what is said of each claim."""

    date: str
    effort: str
    verdicts: Mapping[str, Mapping[str, Any]]

    def standing(self, claim: str) -> str:
        """The verdict, or that there is none."""
        return str(self.verdicts[claim]["standing"]) if claim in self.verdicts else UNCHECKED

    def sentence(self, claim: str) -> str:
        """What the verdict says."""
        return str(self.verdicts[claim]["sentence"]) if claim in self.verdicts else ""


def report_of(app: Sphinx) -> Report:
    """Read the report that the site shows, if it is there."""
    path = Path(app.confdir) / app.config.edgestab_report
    if not path.is_file():
        return Report("", "", {})
    data = json.loads(path.read_text(encoding="utf-8"))
    return Report(data["date"], data["effort"], {v["id"]: v for v in data["verdicts"]})


def escaped(text: str) -> str:
    """Text as Markdown that shows it as it is, in a cell of a table too."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)


def mentioned(claim: Claim) -> list[str]:
    """The other claims that a claim speaks of."""
    found = ID.findall(" ".join((claim.words, *claim.notes, claim.corrected)))
    return [i for i in dict.fromkeys(found) if i in ids() and i != claim.id]


class Listing(Directive):
    """A directive that becomes Markdown."""

    def markdown(self, report: Report) -> Iterable[str]:
        """The lines that it stands for."""
        raise NotImplementedError

    def run(self) -> list[nodes.Node]:
        """Return what the Markdown says."""
        env = self.state.document.settings.env
        lines = list(self.markdown(report_of(env.app)))
        found = nodes.container()
        self.state.nested_parse(StringList(lines, source=env.docname), self.content_offset, found)
        return list(found.children)


class Verdicts(Listing):
    """``verdicts`` and the keys of papers, or ``others`` for the papers that have claim files alone."""

    required_arguments = 1
    final_argument_whitespace = True

    def markdown(self, report: Report) -> Iterator[str]:
        """A table of the claims of the papers."""
        keys = str(self.arguments[0]).split()
        if keys == ["others"]:
            keys = [p for p in papers() if p not in PAPERS]
        yield from ("| claim | what it says | verdict |", "|---|---|---|")
        for key in keys:
            for claim in ids(key):
                title = find(claim).title
                yield f"| `{claim}` | {escaped(title)} | {report.standing(claim)} |"


class Errata(Listing):
    """``errata``: every slip of the catalogue beside its corrected form."""

    def markdown(self, report: Report) -> Iterator[str]:
        """A table for each slip."""
        for claim in map(find, ids()):
            if claim.kind != "slip":
                continue
            right = find(claim.corrected)
            yield f"**{escaped(claim.title)}**"
            yield from ("", "| | |", "|---|---|")
            yield f"| where | {escaped(claim.source)} |"
            yield f"| printed, as transcribed | {escaped(claim.words)} |"
            yield f"| `{claim.id}` | {report.standing(claim.id)}. {escaped(report.sentence(claim.id))} |"
            yield f"| holds | {escaped(right.words)} |"
            yield f"| `{right.id}` | {report.standing(right.id)}. {escaped(report.sentence(right.id))} |"
            yield ""


class Atlas(Directive):
    """``atlas``: all claims, to be searched by their words and chosen by paper and verdict."""

    def run(self) -> list[nodes.Node]:
        """Return a form and a table; without scripts the table is whole."""
        env = self.state.document.settings.env
        report = report_of(env.app)
        rows, standings = [], {}
        for claim in map(find, ids()):
            standing = report.standing(claim.id)
            standings[standing] = standings.get(standing, 0) + 1
            link = env.app.builder.get_relative_uri(env.docname, f"atlas/{claim.id}")
            formulas = "".join(map(formula, claim.formulas))
            rows.append(
                f'<tr data-paper="{claim.paper}" data-verdict="{standing}"><td><a href="{link}">{claim.id}</a></td>'
                f"<td>{html.escape(claim.words)}<br>{formulas}</td><td>{badge(standing)}</td></tr>"
            )
        choose = [
            options("paper", ((p, p) for p in papers())),
            options("verdict", ((s, f"{s} ({n})") for s, n in standings.items())),
        ]
        made = f"Checked on {report.date}, effort {report.effort}." if report.date else f"The claims were {UNCHECKED}."
        body = (
            f'<p>{made} <a href="atlas/verdicts.json">All of it as JSON</a>.</p><form id="atlas-choice">'
            f'<input type="search" name="words" placeholder="words, or a part of an id">{"".join(choose)}'
            f'<output name="count">{len(rows)} claims</output></form><table id="atlas-table"><thead><tr><th>claim</th>'
            f"<th>what it says</th><th>verdict</th></tr></thead><tbody>{''.join(rows)}</tbody></table>"
        )
        return [nodes.raw("", body, format="html")]


def options(name: str, values: Iterable[tuple[str, str]]) -> str:
    """A choice of one value, or of all."""
    inner = "".join(f'<option value="{html.escape(v)}">{html.escape(text)}</option>' for v, text in values)
    return f'<select name="{name}" aria-label="{name}"><option value="">every {name}</option>{inner}</select>'


def badge(standing: str) -> str:
    """A verdict in its colour."""
    return f'<span class="verdict {standing.split()[0].lower()}">{standing}</span>'


def pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield a page for each claim."""
    report = report_of(app)
    speaks = {i: mentioned(find(i)) for i in ids()}
    for claim in map(find, ids()):
        spoken = [i for i, others in speaks.items() if claim.id in others]
        body = "".join(section(claim, report, speaks[claim.id], spoken))
        yield f"atlas/{claim.id}", {"title": html.escape(claim.title), "body": body}, "page.html"


def section(claim: Claim, report: Report, speaks: list[str], spoken: list[str]) -> Iterator[str]:
    """Yield what stands on the page of a claim."""
    standing = report.standing(claim.id)
    yield f"<h1>{html.escape(claim.title)}</h1><p><code>{claim.id}</code> {badge(standing)}</p>"
    yield f"<p><em>{html.escape(claim.source)}</em></p><blockquote><p>{html.escape(claim.words)}</p></blockquote>"
    yield from (formula(f, block=True) for f in claim.formulas)
    yield from (f"<p>{html.escape(note)}</p>" for note in claim.notes)
    yield f"<h2>Evidence</h2><p>{html.escape(report.sentence(claim.id)) or UNCHECKED}</p>"
    yield from neighbours("Speaks of", speaks)
    yield from neighbours("Spoken of in", spoken)
    yield f"<h2>Settle it again</h2><pre>{html.escape(chr(10).join(commands(claim)))}</pre>"
    if claim.id in report.verdicts:
        yield f'<p><a href="{claim.id}.json">This verdict as JSON</a>.</p>'


def neighbours(words: str, claims: list[str]) -> Iterator[str]:
    """Yield the links to claims, if there are any."""
    if claims:
        yield f"<p>{words} {', '.join(f'<a href={chr(34)}{i}.html{chr(34)}>{i}</a>' for i in claims)}.</p>"


def commands(claim: Claim) -> Iterator[str]:
    """Yield the lines that settle a claim again."""
    yield f"edgestab verify {claim.id}"
    if claim.id in written() or any(type(p).__name__ in ("Certified", "TwoCycleWindow") for p in claim.parts):
        yield f"edgestab certify {claim.id} --out certificate.json"


def write_data(app: Sphinx, error: Exception | None) -> None:
    """Write the verdicts as JSON beside the pages."""
    if error is not None or app.builder.format != "html":
        return
    report = report_of(app)
    folder = Path(app.outdir) / "atlas"
    folder.mkdir(exist_ok=True)
    for name, data in {**report.verdicts, "verdicts": list(report.verdicts.values())}.items():
        (folder / f"{name}.json").write_text(json.dumps(data, indent=1, ensure_ascii=False), encoding="utf-8")


def link_claims(app: Sphinx, tree: nodes.document, docname: str) -> None:
    """Make every id of a claim that stands in the text a link to its page."""
    if app.builder.format != "html":
        return
    known = set(ids())
    for node in list(tree.findall(nodes.literal)):
        if node.astext() in known and not isinstance(node.parent, nodes.reference):
            uri = app.builder.get_relative_uri(docname, f"atlas/{node.astext()}")
            node.replace_self(nodes.reference("", "", node.deepcopy(), refuri=uri, internal=True))


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the directives and the pages."""
    app.add_config_value("edgestab_report", "../build/report/verdicts.json", "env")
    app.add_directive("verdicts", Verdicts)
    app.add_directive("errata", Errata)
    app.add_directive("atlas", Atlas)
    app.connect("html-collect-pages", pages)
    app.connect("doctree-resolved", link_claims)
    app.connect("build-finished", write_data)
    app.add_js_file("atlas.js", loading_method="defer")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
