"""The README is what a newcomer types: its commands run in an empty folder, one after another."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from edgestab.cli import run
from edgestab.verify.catalogue import ids, papers, written

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", TEXT, re.DOTALL)


def test_it_is_short_and_every_block_is_of_a_kind_that_is_run_or_shown() -> None:
    assert len(TEXT.splitlines()) < 150
    assert {kind for kind, _ in BLOCKS} == {"sh", "toml", "python", "text"}  # Python: tests/test_docs.py
    assert len(BLOCKS) == TEXT.count("```") / 2


@pytest.mark.deep
def test_its_commands_run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    count = 0
    for kind, body in BLOCKS:
        if kind == "toml":
            Path("claim.toml").write_text(body, encoding="utf-8")
        for line in body.splitlines() if kind == "sh" else ():
            words = shlex.split(line, comments=True)
            assert words[0] == "edgestab", line
            assert run(words[1:]) == 0, (line, capsys.readouterr().err)
            count += 1
    assert count > 8
    made = {"report/report.html", "cert.json", "basin.png", "orbits.png", "branches.png", "mine.png"}
    assert all(Path(name).stat().st_size > 0 for name in made)
    assert "REFUTED (slip)" in capsys.readouterr().out


def test_the_claim_is_refuted_where_the_readme_says_so(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (claim,) = (body for kind, body in BLOCKS if kind == "toml")
    (low,) = re.findall(r"Try `(low = [^`]*)`", TEXT)
    Path("claim.toml").write_text(re.sub(r"low = .*", low, claim), encoding="utf-8")
    assert run(["verify", "claim.toml"]) == 1
    assert "REFUTED" in capsys.readouterr().out


def test_what_it_counts_is_there() -> None:
    claims, of = map(int, re.findall(r"more than (\d+) that ship, from (\d+) papers", TEXT)[0])
    (theorems,) = map(int, re.findall(r"more than (\d+) theorems of further papers", TEXT))
    assert claims < len(ids()) < claims + 100
    assert of <= len(papers()) - 1 < of + 20  # one key is for what is derived here
    assert theorems < len(written()) < theorems + 40


def test_its_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", TEXT):
        if not target.startswith("https://arxiv.org/"):
            assert (ROOT / target).exists(), target
