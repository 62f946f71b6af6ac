"""Pages against the rules of axe: nothing serious, in the light and in the dark, on a desk and on a phone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edgestab.explorer.explorer import explore
from edgestab.report.write import write_report
from edgestab.verify.catalogue import find
from edgestab.verify.check import check

IDS = ("zhu2023.slip2", "zhu2023.minima", "ghosh2025.flip", "edgestab2026.landing")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    report = write_report([check(find(i)) for i in IDS], folder, effort="quick")
    return {"report": report, "explorer": explore("quartic", eta=0.2).save(folder / "explorer.html")}


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
@pytest.mark.parametrize("name", ["report", "explorer"])
def test_nothing_serious_is_found(browser: Any, pages: dict[str, Path], name: str, width: int, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    # A page that lets no script in but its own is examined all the same.
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto(pages[name].as_uri())
    for details in page.query_selector_all("details"):
        details.evaluate("d => { d.open = true; }")
    found = axe.run(page).response["violations"]
    serious = [
        (v["id"], v["help"], [n["html"][:120] for n in v["nodes"][:3]])
        for v in found
        if v["impact"] in ("serious", "critical")
    ]
    context.close()
    assert serious == []
