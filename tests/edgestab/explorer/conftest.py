"""A browser, and pages of the explorer in it. Without Playwright or Chromium these tests are skipped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edgestab.explorer.explorer import explore


@pytest.fixture(scope="session")
def quartic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return explore("quartic", eta=0.2).save(tmp_path_factory.mktemp("explorer") / "quartic.html")


@pytest.fixture
def opened(browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens a file in a new window; whatever goes wrong in it fails the test."""
    pages, faults = [], []

    def open_(file: Path, fragment: str = "", **how: Any) -> Any:
        page = browser.new_page(**{"viewport": {"width": 1280, "height": 900}, **how})
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("request", lambda asked: faults.append(asked.url) if asked.url.startswith("http") else None)
        page.goto(file.as_uri() + fragment)
        pages.append(page)
        return page

    yield open_
    for page in pages:
        page.close()
    assert faults == []
