"""The catalogue on the site: lists of verdicts, the errata, the atlas, what names what, and a page for each claim.

Verdicts, sections and certificates are those that `check_catalogue` wrote before; where there are none the site says
so. Ids of claims in the text lead to their pages.
"""

from __future__ import annotations

import html
import json
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import explorers
from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.osutil import relative_uri

from edgestab.errors import InputError
from edgestab.report.claim import stylesheet
from edgestab.report.dependencies import dependencies
from edgestab.report.mathml import formula
from edgestab.report.prose import prose
from edgestab.theory.claim import Claim
from edgestab.theory.claims.catalogue import PAPERS
from edgestab.verify.catalogue import find, ids, papers
from edgestab.verify.certify.claims import certifiable

UNCHECKED = "not checked in this build"


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


def folder_of(config: Config) -> Path:
    """Return the folder of what `check_catalogue` wrote."""
    return Path(config.edgestab_report)


def settle_folder(app: Sphinx, config: Config) -> None:
    """Find that folder from where the configuration is."""
    config.edgestab_report = str(app.confdir / config.edgestab_report)


def report_of(config: Config) -> Report:
    """Read the verdicts that the site shows, if they are there."""
    path = folder_of(config) / "verdicts.json"
    if not path.is_file():
        return Report("", "", {})
    data = json.loads(path.read_text(encoding="utf-8"))
    return Report(data["date"], data["effort"], {v["id"]: v for v in data["verdicts"]})


def escaped(text: str) -> str:
    """Text as Markdown that shows it as it is, in a cell of a table too."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)


class Verdicts(Directive):
    """``verdicts`` and the keys of papers, or ``others`` for the papers that have claim files alone."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Return a table of the claims of the papers."""
        env = self.state.document.settings.env
        found = nodes.container()
        lines = list(self.markdown(report_of(env.config)))
        self.state.nested_parse(StringList(lines, source=env.docname), self.content_offset, found)
        return list(found.children)

    def markdown(self, report: Report) -> Iterator[str]:
        """Yield the lines of the table."""
        keys = str(self.arguments[0]).split()
        if keys == ["others"]:
            keys = [p for p in papers() if p not in PAPERS]
        yield from ("| claim | what it says | verdict |", "|---|---|---|")
        for key in keys:
            for claim in ids(key):
                title = find(claim).title
                yield f"| `{claim}` | {escaped(title)} | {report.standing(claim)} |"


class Errata(Directive):
    """``errata``: every slip of the catalogue beside its corrected form."""

    def run(self) -> list[nodes.Node]:
        """Return a table for each slip."""
        env = self.state.document.settings.env
        return [nodes.raw("", "".join(errata(report_of(env.config), links(env.docname))), format="html")]


def errata(report: Report, link: Mapping[str, str]) -> Iterator[str]:
    """Yield what is printed, what holds, and how each was settled."""
    for slip in map(find, ids()):
        if slip.kind != "slip":
            continue
        yield f'<h2 id="{slip.id}">{prose(slip.title)}</h2><p>{html.escape(slip.source)}</p>'
        yield '<table class="errata"><tbody>'
        for what, claim in (("printed, as transcribed", slip), ("holds", find(slip.corrected))):
            settled = f'{badge(report.standing(claim.id))} <a href="{link[claim.id]}">{claim.id}</a>'
            words = f"{prose(claim.words)}<br>{settled} {prose(report.sentence(claim.id))}"
            yield f"<tr><th>{what}</th><td>{words}</td></tr>"
        yield "</tbody></table>"


def links(page: str) -> dict[str, str]:
    """Return where the pages of the claims are, seen from a page."""
    return {i: relative_uri(f"{page}.html", f"atlas/{i}.html") for i in ids()}


class Dependencies(Directive):
    """``dependencies``: the graph of all claims that name each other, coloured by verdict."""

    def run(self) -> list[nodes.Node]:
        """Return the graphs paper by paper."""
        env = self.state.document.settings.env
        report = report_of(env.config)
        standings = {claim: report.standing(claim) for claim in report.verdicts}
        drawn = dependencies([*map(find, ids())], standings, links(env.docname), 2)
        return [nodes.raw("", f'<section class="claim">{drawn}</section>', format="html")]


class Atlas(Directive):
    """``atlas``: all claims, to be searched by their words and chosen by paper and verdict."""

    def run(self) -> list[nodes.Node]:
        """Return a form and a table; without scripts the table is whole."""
        env = self.state.document.settings.env
        report = report_of(env.config)
        rows, link = [], links(env.docname)
        for claim in map(find, ids()):
            standing = report.standing(claim.id)
            formulas = "".join(map(formula, claim.formulas))
            rows.append(
                f'<tr data-paper="{claim.paper}" data-verdict="{standing}">'
                f'<td><a href="{link[claim.id]}">{claim.id}</a></td>'
                f"<td>{prose(claim.words)}<br>{formulas}</td><td>{badge(standing)}</td></tr>"
            )
        choose = [
            options("paper", (find(i).paper for i in ids())),
            options("verdict", (report.standing(i) for i in ids())),
        ]
        made = f"Checked on {report.date}, effort {report.effort}." if report.date else f"The claims were {UNCHECKED}."
        body = (
            f'<p>{made} <a href="atlas/verdicts.json">All of it as JSON</a>.</p><form id="atlas-choice">'
            f'<input type="search" name="words" placeholder="words, or a part of an id">{"".join(choose)}'
            f'<output name="count">{len(rows)} claims</output></form><table id="atlas-table"><thead><tr><th>claim</th>'
            f"<th>what it says</th><th>verdict</th></tr></thead><tbody>{''.join(rows)}</tbody></table>"
        )
        return [nodes.raw("", body, format="html")]


def options(name: str, values: Iterable[str]) -> str:
    """A choice of one value, with how often it occurs, or of all."""
    counted = Counter(map(html.escape, values)).items()
    inner = "".join(f'<option value="{value}">{value} ({count})</option>' for value, count in counted)
    return f'<select name="{name}" aria-label="{name}"><option value="">every {name}</option>{inner}</select>'


def badge(standing: str) -> str:
    """A verdict in its colour."""
    return f'<span class="badge {standing.split()[0].lower()}">{standing}</span>'


def pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield a page for each claim: its section of the report, and its certificates."""
    folder = folder_of(app.config)
    for claim in map(find, ids()):
        written = folder / "claims" / f"{claim.id}.html"
        section = written.read_text(encoding="utf-8") if written.is_file() else unchecked(claim)
        body = f"{section}{explorers.section(claim)}{proofs(claim, certificates(folder, claim))}"
        yield f"atlas/{claim.id}", {"title": html.escape(claim.title), "body": body}, "page.html"


def unchecked(claim: Claim) -> str:
    """What stands on the page of a claim without a verdict."""
    said = "".join((f"<p>{html.escape(claim.words)}</p>", *(formula(f, block=True) for f in claim.formulas)))
    where = f"<code>{claim.id}</code> · {html.escape(claim.source)}"
    return f"<h1>{html.escape(claim.title)}</h1><p>{where}</p>{said}<p>The claim was {UNCHECKED}.</p>"


def certificates(folder: Path, claim: Claim) -> list[Path]:
    """The files that prove a claim, in their order; ``ID.json`` alone or ``ID-1.json``, ``ID-2.json``, ..."""
    name = re.compile(re.escape(claim.id) + r"(-(\d+))?\.json")
    found = [(name.fullmatch(file.name), file) for file in (folder / "certificates").glob("*.json")]
    return [file for _, file in sorted((int(match[2] or 0), file) for match, file in found if match)]


def proofs(claim: Claim, files: Sequence[Path]) -> str:
    """Where the proofs of a claim are, and the command that proves them again."""
    links = ", ".join(f'<a href="certificates/{file.name}" download>{file.name}</a>' for file in files)
    if files:
        said = f"{links}. Each is proved again, from the file alone, by"
        lines = [f"edgestab recheck {file.name}" for file in files]
    elif is_certifiable(claim):
        said = "Proofs of what is proved of orbits are written, and proved again, by"
        lines = [f"edgestab certify {claim.id} --out certificate.json", "edgestab recheck certificate.json"]
    else:
        return ""
    shown = html.escape("\n".join(lines))
    return f'<section class="claim"><h2>Certificates</h2><p>{said}</p><pre>{shown}</pre></section>'


def is_certifiable(claim: Claim) -> bool:
    """Whether a claim says something of all orbits of a region."""
    try:
        return bool(certifiable(claim))
    except InputError:
        return False


def write_data(app: Sphinx, error: Exception | None) -> None:
    """Write beside the pages the verdicts as JSON, the explorers, the certificates, and the style of the sections."""
    if error is not None or app.builder.format != "html":
        return
    verdicts = report_of(app.config).verdicts
    folder = Path(app.outdir) / "atlas"
    folder.mkdir(exist_ok=True)
    for name, data in {**verdicts, "verdicts": list(verdicts.values())}.items():
        (folder / f"{name}.json").write_text(json.dumps(data, indent=1, ensure_ascii=False), encoding="utf-8")
    explorers.write(folder)
    written = folder_of(app.config) / "certificates"
    if written.is_dir():
        shutil.copytree(written, folder / "certificates", dirs_exist_ok=True)
    (Path(app.outdir) / "_static" / "claim.css").write_text(stylesheet(), encoding="utf-8")


def link_claims(app: Sphinx, tree: nodes.document, docname: str) -> None:
    """Make every id of a claim that stands in the text a link to its page."""
    if app.builder.format != "html":
        return
    link = links(docname)
    for node in list(tree.findall(nodes.literal)):
        uri = link.get(node.astext())
        if uri is not None and not isinstance(node.parent, nodes.reference):
            node.replace_self(nodes.reference("", "", node.deepcopy(), refuri=uri, internal=True))


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the directives and the pages."""
    app.add_config_value("edgestab_report", "../build/report", "env")
    app.add_directive("verdicts", Verdicts)
    app.add_directive("errata", Errata)
    app.add_directive("atlas", Atlas)
    app.connect("config-inited", settle_folder)
    app.add_directive("dependencies", Dependencies)
    app.connect("html-collect-pages", pages)
    app.connect("doctree-resolved", link_claims)
    app.connect("build-finished", write_data)
    app.add_css_file("claim.css")
    app.add_js_file("atlas.js", loading_method="defer")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
