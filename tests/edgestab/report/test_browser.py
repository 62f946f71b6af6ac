"""The page in a browser: nothing of it is wider than a phone, and what is interactive works."""

import base64
import json
import zlib

import pytest

from edgestab.report.write import write_report
from edgestab.theory.claim import Claim
from edgestab.verify.catalogue import find
from edgestab.verify.check import check
from edgestab.verify.verdict import Verdict
from tests.reports_under_test import Page, sampled, statement

IDS = ("zhu2023.slip2", "zhu2023.slip2-corrected", "zhu2023.minima", "zhu2023.hessian", "ghosh2025.flip")


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    own = Claim("user.mine", "me", "a map of starts", "Orbits end below 2/eta.", (statement(),), kind="user")
    verdicts = [*(check(find(i)) for i in IDS), Verdict(own, (sampled(),), seconds=1.0)]
    return write_report(verdicts, tmp_path_factory.mktemp("report"), effort="quick")


@pytest.fixture
def opened(browser, report):
    """Open the page; every error on its console is one of the test."""
    pages, errors = [], []

    def open_at(width, scheme="light", fragment="", **more):
        page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme, **more)
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{report.as_uri()}{fragment}")
        pages.append(page)
        return page

    yield open_at
    for page in pages:
        page.close()
    assert errors == []


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_the_page_is_as_wide_as_the_screen(opened, width):
    page = opened(width)
    page.add_style_tag(content="* { content-visibility: visible !important }")
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    tall = page.evaluate("[...document.querySelectorAll('.says')].filter(e => e.scrollWidth > e.clientWidth).length")
    assert tall == 0


def test_search_and_filters(opened):
    page = opened(1280)
    shown = "[...document.querySelectorAll('.verdicts li:not([hidden]) .what .id')].map(a => a.textContent)"
    page.fill("#search", "Hessian eigenvalues")
    assert page.evaluate(shown) == ["zhu2023.hessian"]
    assert page.inner_text("#found") == "1 claim"
    page.fill("#search", "2/eta SHARPNESS of the minima")
    assert page.evaluate(shown) == ["zhu2023.minima"]
    page.fill("#search", "")
    page.select_option("#standing", "REFUTED")
    assert page.evaluate(shown) == ["zhu2023.slip2"]
    page.select_option("#standing", "")
    page.select_option("#paper", label="Ghosh et al. 2025")
    assert page.evaluate(shown) == ["ghosh2025.flip"]
    assert page.locator(".group:visible").count() == 1


def test_the_theme_follows_the_system_until_it_is_chosen(opened):
    page = opened(390, scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    page.click("#theme")
    assert page.evaluate(ground) == "rgb(255, 255, 255)" != dark
    assert page.inner_text("#theme") == "Dark"
    page.click("#theme")
    assert page.evaluate(ground) == dark


def test_a_link_to_a_claim_opens_its_evidence_and_its_data(opened):
    page = opened(1280, fragment="#zhu2023.minima")
    claim = page.locator('[id="zhu2023.minima"]')
    assert claim.locator("details.evidence").get_attribute("open") is not None
    claim.locator("details.again summary").click()
    claim.locator("a.data").click()
    assert json.loads(claim.locator("pre.json").inner_text())["id"] == "zhu2023.minima"


def test_without_scripts_it_is_a_plain_page(opened):
    page = opened(390, java_script_enabled=False)
    assert page.locator("form.filter").is_hidden()
    assert page.locator("#theme").is_hidden()
    assert page.locator(".verdicts li").count() == len(IDS) + 1


def test_it_is_there_within_a_second(opened):
    page = opened(1280)
    assert page.evaluate("performance.getEntriesByType('navigation')[0].domInteractive") < 1000


def test_the_data_in_the_page_are_those_beside_it(report):
    text = report.read_text(encoding="utf-8")
    packed = text.partition('id="data">')[2].partition("<")[0]
    inside = json.loads(zlib.decompress(base64.b64decode(packed)))
    assert inside == json.loads((report.parent / "verdicts.json").read_text(encoding="utf-8"))
    assert Page(text).open == []
