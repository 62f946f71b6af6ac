"""The report: verdicts with their evidence and figures as one HTML page that needs nothing else, and as JSON."""

from __future__ import annotations

import calendar
import contextlib
import datetime
import html
import importlib.metadata
import itertools
import json
import math
import platform
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import sympy as sp

from edgestab.data import as_data, version
from edgestab.mathml import formula, interval, values
from edgestab.theory.conclusions.conclusion import Window
from edgestab.theory.part import Part
from edgestab.theory.statement import OrbitStatement
from edgestab.verify.evidence.evidence import Evidence, ended
from edgestab.verify.evidence.standing import Standing
from edgestab.verify.verdict import Verdict

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


def write(
    verdicts: Sequence[Verdict],
    out: Path,
    *,
    effort: str,
    title: str = TITLE,
    progress: Progress | None = None,
) -> Path:
    """Write ``report.html`` and ``verdicts.json`` into a folder, and return the path of the page.

    Parameters
    ----------
    verdicts : sequence of Verdict
        From `edgestab.verify.check.check`, in the order in which they are shown.
    out : Path
        The folder; it is made when it is not there.
    effort : str
        The effort of the checks.
    title : str
        The heading of the page.
    progress : callable, optional
        Called with the verdicts laid out so far and their number.

    Raises
    ------
    OSError
        When the folder cannot be made or written. What is in it stays as it was.
    """
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    # Both files are opened before the work, so that a folder that cannot be written is refused at once.
    with _replacing(out / "report.html") as page, _replacing(out / "verdicts.json") as data:
        page.write(render(verdicts, effort=effort, title=title, progress=progress))
        json.dump(as_data(verdicts, effort=effort), data, indent=1, ensure_ascii=False, allow_nan=False)
        data.write("\n")
    return out / "report.html"


@contextlib.contextmanager
def _replacing(path: Path) -> Iterator[IO[str]]:
    """A temporary file beside `path` that takes its place when the block ends well."""
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", newline="\n", dir=path.parent, prefix=f".{path.name}.", suffix=".part", delete=False
    ) as file:
        temporary = Path(file.name)
        try:
            yield file
        except BaseException:
            file.close()
            temporary.unlink(missing_ok=True)
            raise
    temporary.chmod(0o644)
    temporary.replace(path)


def render(verdicts: Sequence[Verdict], *, effort: str, title: str = TITLE, progress: Progress | None = None) -> str:
    """Return the page as text; see `write`."""
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
            date=_long_date(_today()),
            made_with=_made_with(),
            counts=[c for c in counts if c[1]],
            total=len(verdicts),
            slips_found=sum(v.standing is Standing.REFUTED for v in slips),
            slips=len(slips),
            surprises=[s for s in sections if s["surprise"]],
            seconds=_duration(sum(v.seconds for v in verdicts)),
            meaning=[(str(k), v) for k, v in MEANING.items()],
            groups=_groups(sections),
            sections=sections,
        )
    )


def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    return Environment(
        loader=PackageLoader("edgestab"),
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
    evidence = [_shown(e, part) | {"beside": i >= len(verdict.evidence)} for i, (e, part) in enumerate(pairs)]
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
        "seconds": _duration(verdict.seconds),
        "evidence": evidence,
        "figure": _figure(verdict, anchor),
    }


def _figure(verdict: Verdict, anchor: str) -> dict[str, str] | None:
    from edgestab.figures import draw, to_svg

    drawing = draw(verdict)
    if drawing is None:
        return None
    return {"svg": to_svg(drawing.figure, f"fig-{anchor}"), "caption": drawing.caption}


def _shown(evidence: Evidence, part: Part | None) -> dict[str, Any]:
    """What the page shows of one part."""
    return {
        "part": evidence.part,
        "standing": str(evidence.standing),
        "sentence": ended(evidence.sentence),
        "type": evidence.kind,
        "hypotheses": _hypotheses(evidence.tested(part)),
        **_typeset(evidence.shown()),
    }


def _typeset(value: Any) -> Any:
    """The same with every SymPy expression in it as safe HTML."""
    if isinstance(value, sp.Basic):
        return formula(value)
    if isinstance(value, dict):
        return {k: _typeset(v) for k, v in value.items()}
    return type(value)(map(_typeset, value)) if isinstance(value, list | tuple) else value


def _hypotheses(statement: OrbitStatement | None) -> list[tuple[str, str]]:
    """What was checked, in words and MathML: rows of a label and a cell that is safe HTML."""
    if statement is None:
        return []
    sizes, region = statement.step_sizes, statement.region
    eta = formula(sp.Symbol("eta"))
    wanted = f"{eta} = {values(sizes.values)}" if len(sizes.values) == 1 else (
        f"{eta} ∈ {values(sizes.values) if sizes.values else interval(sizes.low, sizes.high, closed=True)}"
    )  # fmt: skip
    rows = [("model", html.escape(statement.model.title)), ("step sizes", wanted)]
    bounds = [
        f"{formula(v)} = {formula(low)}" if low == high else f"{formula(v)} ∈ {interval(low, high)}"
        for v, (low, high) in zip(region.variables, region.bounds, strict=True)
    ]
    rows.append(("starts", "<br>".join([*bounds, *(formula(w) for w in region.where)])))
    own = ", ".join(
        f"{formula(s)} = {formula(e)}" for s, e in zip(statement.model.own.step.state, region.start, strict=True)
        if s != e
    )  # fmt: skip
    if own:
        rows.append(("where", own))
    rows.append(("conclusion", "".join(map(_words, statement.conclusion.words))))
    if statement.at_least != 1:
        rows.append(("for", f"at least a fraction {formula(statement.at_least)} of the starts"))
    if statement.interruption is not None:
        after = statement.interruption.after
        state = statement.model.own.step.state
        update = zip(state, statement.interruption.update, strict=False)
        change = ", ".join(f"{formula(s)} ↦ {formula(u)}" for s, u in update)
        rows.append(("perturbed", f"once, after {after} steps: {change}"))
    return rows


def _words(piece: str | sp.Expr | Window) -> str:
    """A piece of a conclusion's words as safe HTML."""
    if isinstance(piece, str):
        return html.escape(piece)
    return interval(*piece) if isinstance(piece, tuple) else formula(piece)


def _duration(seconds: float) -> str:
    if not math.isfinite(seconds):
        return "unknown time"
    if seconds < 0.095:
        return f"{1000 * seconds:.0f} ms"
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _today() -> datetime.date:
    return datetime.datetime.now().astimezone().date()


def _long_date(day: datetime.date) -> str:
    return f"{day.day} {calendar.month_name[day.month]} {day.year}"


def _made_with() -> str:
    names = (("SymPy", "sympy"), ("python-flint", "python-flint"), ("NumPy", "numpy"), ("Numba", "numba"))
    found = [f"Python {platform.python_version()}"]
    for shown, name in names:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found.append(f"{shown} {importlib.metadata.version(name)}")
    return ", ".join(found)
