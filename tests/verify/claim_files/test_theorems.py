"""Theorems of other papers in the catalogue hold, and what looks like one in examples/theorems is refuted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from edgestab.errors import InputError
from edgestab.theory.claims import catalogue as built
from edgestab.theory.effort import EFFORTS
from edgestab.verify.catalogue import catalogue, find, ids, is_known, papers, written
from edgestab.verify.check import check
from edgestab.verify.claim_files.claims import read_claim

REFUTED = sorted((Path(__file__).parents[3] / "examples" / "theorems").glob("*.toml"))


@pytest.fixture(autouse=True)
def little_effort(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(EFFORTS, dict)
    few = replace(EFFORTS["quick"], uniform=32, stratified=16, boundary=16, watched=20_000)
    monkeypatch.setitem(EFFORTS, "quick", few)


# `make verify` checks them all as well.
SOME = [n if k % 3 == 0 else pytest.param(n, marks=pytest.mark.deep) for k, n in enumerate(written())]


@pytest.mark.parametrize("name", SOME)
def test_a_theorem_holds(name: str) -> None:
    claim = find(name)
    verdict = check(claim)
    assert str(verdict.standing) in ("SUPPORTED", "PROVED"), verdict.sentence
    assert claim.source.endswith(", as transcribed")
    assert claim.id == name
    assert claim.kind == "theorem"


@pytest.mark.parametrize("file", REFUTED, ids=lambda f: f.stem)
def test_what_looks_like_a_theorem_is_refuted(file: Path) -> None:
    claim = read_claim(file)
    assert file.read_text().startswith("# REFUTED: ")
    assert str(check(claim).standing) == "REFUTED"
    assert claim.id == f"user.{file.stem}"


def test_the_catalogue_is_what_is_built_and_what_is_written() -> None:
    assert len(written()) >= 40
    assert ids() == (*built.ids(), *written())
    assert len(set(ids())) == len(ids())
    assert ids("chen2023") == tuple(i for i in written() if i.startswith("chen2023."))
    assert set(papers()) == {i.partition(".")[0] for i in ids()}
    assert {c.id for c in catalogue()} == set(ids())
    assert is_known(find("chen2023.below"))
    assert not is_known(replace(find("chen2023.below"), title="another"))


@pytest.mark.parametrize(("wanted", "hint"), [("chen2023.belov", "chen2023.below"), ("none.xyz", "edgestab claims")])
def test_an_unknown_claim_is_refused_with_those_that_begin_alike(wanted: str, hint: str) -> None:
    with pytest.raises(InputError, match=hint):
        find(wanted)


def test_an_unknown_paper_is_refused() -> None:
    with pytest.raises(InputError, match="did you mean zhu2023"):
        ids("zhu2024")
    with pytest.raises(InputError, match="edgestab claims"):
        ids("nobody2020")
