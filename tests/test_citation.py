"""How edgestab is cited: CITATION.cff has what the format requires, and says what pyproject.toml says."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from edgestab.citation import bibtex
from edgestab.cli import run
from edgestab.verify.listing import Listed, listing
from edgestab.version import version

ROOT = Path(__file__).parents[1]
REQUIRED = {"authors", "cff-version", "message", "title"}
"""By the schema of the Citation File Format 1.2.0."""


def test_the_citation_file_is_valid_and_agrees() -> None:
    yaml = pytest.importorskip("yaml")
    found = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(found) >= REQUIRED
    assert found["cff-version"] == "1.2.0"
    assert found["type"] == "software"
    assert str(found["version"]) == project["version"]
    assert found["license"] == project["license"]
    assert found["keywords"] == project["keywords"]
    assert [a["name"] for a in found["authors"]] == [a["name"] for a in project["authors"]]
    for reference in found["references"]:
        assert {"type", "title", "authors"} <= set(reference)
        assert all({"family-names", "given-names"} <= set(a) for a in reference["authors"])


def test_the_version_is_written_once_in_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    literal = re.compile(rf"""["']{re.escape(project["version"])}["']""")
    assert not [f for f in (ROOT / "edgestab").rglob("*.py") if literal.search(f.read_text(encoding="utf-8"))]


def test_every_claim_is_an_entry_that_closes(capsys: pytest.CaptureFixture[str]) -> None:
    for claim in listing():
        entry = bibtex(claim)
        bare = re.sub(r"\\[{}]", "", entry)
        assert bare.count("{") == bare.count("}")
        assert entry.startswith(f"@software{{edgestab:{claim.id},\n")
        assert not re.search(r"(?<!\\)[&%$#]", entry)
    assert run(["claims", "zhu2023.R9", "chen2023.below", "--bibtex"]) == 0
    out = capsys.readouterr().out
    assert out.count("@software{") == 2
    assert f"version = {{{version()}}}" in out


def test_what_tex_would_read_otherwise_is_escaped() -> None:
    entry = bibtex(Listed("a.b", r"50% of x_1^2 {a & b} \ ~", "theorem", "A & B", ""))
    assert r"50\% of x\_1\textasciicircum{}2 \{a \& b\} \textbackslash{} \textasciitilde{}" in entry
