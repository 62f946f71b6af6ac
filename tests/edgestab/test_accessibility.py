"""Pages against the rules of axe, in the light and in the dark, on a desk and on a phone; and what they ask for."""

from __future__ import annotations

import shutil
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from edgestab.explorer.explorer import explore
from edgestab.report.write import write_report
from edgestab.verify.catalogue import find
from edgestab.verify.check import check
from tests.pages_under_test import ROOT

LOOKS = pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
FORMULAS = rf"""# Formulas

The sum $\tfrac12(a + \dots)$; on a line

$$ {" + ".join(f"x_{{{k}}}" for k in range(99))} $$

| {"|".join(map(str, range(99)))} |
|{"|".join(["---"] * 99)}|
"""
IDS = ("zhu2023.slip2", "zhu2023.minima", "ghosh2025.flip", "edgestab2026.landing")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    report = write_report([check(find(i)) for i in IDS], folder, effort="quick")
    return {"report": report, "explorer": explore("quartic", eta=0.2).save(folder / "explorer.html")}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The front page, the atlas and a page of formulas as the site has them, with the claims above alone."""
    pytest.importorskip("sphinx", reason="Sphinx is not installed: no site is built")
    from sphinx.application import Sphinx

    folder = tmp_path_factory.mktemp("site")
    sources = folder / "sources"
    sources.mkdir()
    for name in ("index.md", "atlas.md"):
        shutil.copy(ROOT / "docs" / name, sources)
    (sources / "formulas.md").write_text(FORMULAS, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)  # myst_parser's: a later Sphinx breaks it
        patch.syspath_prepend(ROOT / "docs/_ext")
        patch.setattr(import_module("catalogue"), "ids", lambda *_: list(IDS))
        import_module("check_catalogue").main(folder / "report", IDS)
        Sphinx(
            sources, ROOT / "docs", folder / "pages", folder / "kept", "html", status=None, warning=None,
            confoverrides={"edgestab_report": str(folder / "report")},
        ).build()  # fmt: skip
    return folder / "pages"


def faults(browser: Any, path: Path, width: int, scheme: str) -> list[object]:
    """What axe finds on a page, all of it unfolded, that is serious; and what the page asks for from outside."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    # A page that lets no script in but its own is examined all the same.
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    for details in page.query_selector_all("details"):
        details.evaluate("d => { d.open = true; }")
    found = axe.run(page).response["violations"]
    outside = [url for url in asked if not url.startswith(("file:", "data:", "blob:"))]
    context.close()
    return outside + [
        (v["id"], v["help"], [n["html"][:120] for n in v["nodes"][:3]])
        for v in found
        if v["impact"] in ("serious", "critical")
    ]


@LOOKS
@pytest.mark.parametrize("name", ["report", "explorer"])
def test_nothing_serious_is_found(browser: Any, pages: dict[str, Path], name: str, width: int, scheme: str) -> None:
    assert faults(browser, pages[name], width, scheme) == []


@LOOKS
@pytest.mark.parametrize("name", ["index", "atlas", "atlas/zhu2023.slip2", "formulas"])
def test_nothing_serious_is_found_on_the_site(browser: Any, site: Path, name: str, width: int, scheme: str) -> None:
    assert faults(browser, site / f"{name}.html", width, scheme) == []


def test_formulas_of_the_site_are_shown_without_a_script(browser: Any, site: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / "formulas.html").as_uri())
    (half,) = page.query_selector_all("math mfrac")
    assert [n.text_content() for n in half.query_selector_all("mn")] == ["1", "2"]
    assert "…" in page.text_content("math")
    context.close()
