"""The site: what its extensions make of the catalogue, and that nothing which ships is left out."""

from __future__ import annotations

import inspect
import re
import runpy
import sys
from fractions import Fraction
from importlib import import_module
from pathlib import Path

import pytest

from edgestab.verify.catalogue import find, ids
from tests.pages_under_test import ROOT, blocks

pytest.importorskip("sphinx")
sys.path.insert(0, str(ROOT / "docs" / "_ext"))
catalogue = import_module("catalogue")
check_catalogue = import_module("check_catalogue")
mathml = import_module("mathml")
explorers = import_module("explorers")
public_names = import_module("public_names")

SITE = (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("program", ["gallery", "networks", "deep_linear"])
def test_the_gallery_shows_every_figure_beside_its_command(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if program == "networks":
        pytest.importorskip("torch")
    monkeypatch.syspath_prepend(ROOT / "examples")
    figures = runpy.run_path(str(ROOT / "examples" / f"{program}.py"))["FIGURES"]
    assert len(figures) > 5
    for name in figures:
        assert f"](../examples/gallery/{name}.png)" in SITE
        assert f"`python examples/{program}.py {name}`" in SITE


def test_no_picture_that_ships_is_left_out() -> None:
    for folder in ("docs/figures", "examples/gallery"):
        assert all(f"{picture.parent.name}/{picture.name})" in SITE for picture in (ROOT / folder).glob("*.png"))


def test_a_catalogue_that_was_checked_is_shown(tmp_path: Path) -> None:
    check_catalogue.main(tmp_path, ["zhu2023.slip1", "zhu2023.slip1-corrected", "zhu2023.R4"])
    section = (tmp_path / "claims" / "zhu2023.slip1.html").read_text(encoding="utf-8")
    assert "REFUTED" in section
    assert 'href="zhu2023.slip1-corrected.html"' in section
    assert 'href="zhu2023.slip1.json"' in section
    (file,) = catalogue.certificates(tmp_path, find("zhu2023.R4"))
    shown = catalogue.proofs(find("zhu2023.R4"), [file])
    assert 'href="certificates/zhu2023.R4.json"' in shown
    assert "edgestab recheck zhu2023.R4.json" in shown
    assert catalogue.certificates(tmp_path, find("zhu2023.slip1")) == []
    assert catalogue.proofs(find("zhu2023.slip1"), []) == ""
    assert "edgestab certify zhu2023.R9" in catalogue.proofs(find("zhu2023.R9"), [])


def test_certificates_are_those_of_the_claim_in_their_order(tmp_path: Path) -> None:
    (tmp_path / "certificates").mkdir()
    for name in ("a.R1-10", "a.R1-2", "a.R10", "a.R1-corrected", "axR1"):
        (tmp_path / "certificates" / f"{name}.json").touch()

    class Named:
        id = "a.R1"

    assert [f.stem for f in catalogue.certificates(tmp_path, Named())] == ["a.R1-2", "a.R1-10"]


def test_errata_are_all_slips_each_with_what_holds() -> None:
    report = catalogue.Report(
        "2026-01-01", "quick", {"zhu2023.slip1": {"standing": "REFUTED", "sentence": "below the edge"}}
    )
    text = "".join(catalogue.errata(report, {i: f"atlas/{i}.html" for i in ids()}))
    slips = [find(i) for i in ids() if find(i).kind == "slip"]
    assert len(slips) > 5
    for slip in slips:
        assert text.count(f'href="atlas/{slip.id}.html"') == 1
        assert text.count(f'href="atlas/{slip.corrected}.html"') >= 1
    assert 'badge refuted">REFUTED<' in text
    assert "below the edge" in text
    assert text.count(catalogue.UNCHECKED) == 2 * len(slips) - 1


def test_formulas_are_read_as_latex_reads_them(monkeypatch: pytest.MonkeyPatch) -> None:
    from docutils import nodes

    def shown(written: str) -> str:
        return re.sub(r"\s", "", mathml.mathml(nodes.math("", written)))

    assert "<mfrac><mn>1</mn><mn>2</mn></mfrac><mi>x</mi>" in shown(r"\frac12x")
    assert "<mi>…</mi>" in shown(r"1, \dots")
    said: list[str] = []
    monkeypatch.setattr(mathml.logger, "warning", lambda text, error, **_: said.append(text % error))
    assert shown(r"\nonsense x") == ""
    assert said == ['a formula cannot be typeset: Unknown LaTeX command "\\nonsense".']


def test_claims_show_the_explorers_of_their_models_from_starts_of_their_regions() -> None:
    assert explorers.shown(find("zhu2023.sec5-one-start")) == {"quartic": "#set=x:2.6,y:0.3,eta:0.25"}
    assert explorers.shown(find("zhu2023.sec5-long-run")) == {
        "quartic": "#x=x,-3.125,15.625&across=x,-3.125,15.625&seen=x,-3.125,15.625&set=x:12.5,y:0.05,eta:0.01"
    }
    assert list(explorers.shown(find("zhu2023.R6"))) == ["chain:1,2", "chain:1,3", "quartic"]
    assert explorers.shown(find("damian2023.heavy-ball")) == {}
    shown = explorers.section(find("zhu2023.R12"))
    assert shown.count('href="explorers/chain-1-2.html#x=w1,-1.3625,6.8125&amp;') == 1
    assert '&amp;set=w1:5.45,w2:0.436836,eta:0.2"' in shown
    assert explorers.section(find("cohen2021.adaptive")) == ""


def test_a_start_that_is_shown_is_one_of_the_region() -> None:
    (part,) = (s for s in explorers.statements(find("zhu2023.R12")) if s.step_sizes.values)
    x, y, eta = (Fraction(v.partition(":")[2]) for v in explorers.fragment(part).partition("set=")[2].split(","))
    assert Fraction(103, 100) / eta < x < Fraction(28, 25) / eta
    assert 0 < abs(x * y**2 - 1) < Fraction(12, 100)


def test_every_model_has_one_page_and_every_claim_that_is_named_exists(tmp_path: Path) -> None:
    assert {claim for claims in explorers.OF_ALGEBRA.values() for claim in claims.split()} <= set(ids())
    explorers.write(tmp_path)
    written = {file.name for file in (tmp_path / "explorers").iterdir()}
    linked = {explorers.file_of(name) for i in ids() for name in explorers.shown(find(i))}
    assert written == linked
    assert {"quartic.html", "uv-model.html"} < written
    page = (tmp_path / "explorers" / "quartic.html").read_text(encoding="utf-8")
    assert "edgestabLabels" in page


def names(module: str) -> list[str]:
    stub = Path(str(import_module(module).__file__)).with_suffix(".pyi")
    return [name for _, _, name in public_names.public(stub.read_text(encoding="utf-8"))]


def examples() -> set[str]:
    """The words of the Python blocks of the documentation, and of the examples in docstrings."""
    text = [block.body for block in blocks("python")]
    for file in (ROOT / "edgestab").rglob("*.py"):
        text += re.findall(r"^\s*(?:>>>|\.\.\.) (.*)", file.read_text(encoding="utf-8"), re.MULTILINE)
    return set(re.findall(r"\w+", "\n".join(text)))


@pytest.mark.parametrize("module", ["edgestab", "edgestab.networks"])
def test_every_public_name_is_described_and_used_in_an_example(module: str) -> None:
    if module == "edgestab.networks":
        pytest.importorskip("torch")
    used = examples()
    assert {name for name in names(module) if name not in used} == set()
    for name in names(module):
        value = getattr(import_module(module), name)
        if inspect.isclass(value) or inspect.isfunction(value):
            assert value.__doc__, name
