"""The theorems of other papers in examples/theorems have the verdicts of their first lines."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from edgestab.theory.effort import EFFORTS
from edgestab.verify.check import check
from edgestab.verify.claim_files.door import read
from edgestab.verify.claim_files.specification import claim_of

FILES = sorted((Path(__file__).parents[3] / "examples" / "theorems").glob("*.toml"))
WANTED = {"HOLDS": ("SUPPORTED", "PROVED"), "REFUTED": ("REFUTED",)}


def test_there_are_some() -> None:
    assert len(FILES) >= 30


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_a_theorem_has_its_verdict(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(EFFORTS, dict)
    few = replace(EFFORTS["quick"], uniform=32, stratified=16, boundary=16, watched=20_000)
    monkeypatch.setitem(EFFORTS, "quick", few)
    first = file.read_text().splitlines()[0]
    wanted, _, source = first.removeprefix("# ").partition(": ")
    verdict = check(claim_of(read(file)))
    assert str(verdict.standing) in WANTED[wanted], verdict.sentence
    assert source.endswith(", as transcribed")
    assert verdict.claim.id == f"user.{file.stem}"
