"""How soon the explorer shows its first picture, and the whole one: ``python -m benchmarks.explorer [SIDE]``.

The quartic at eta = 0.2 over [0.01, 4]^2 in headless Chromium, from the request for the page on; a new browser each.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from edgestab.explorer.explorer import explore

REPEATS = 5


def measured(page_file: Path, side: int) -> tuple[float, float]:
    """Seconds until something is shown, and until every pixel is."""
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        began = time.perf_counter()
        page.goto(f"{page_file.as_uri()}#size={side},{side}")
        first = 0.0
        while True:
            words = page.evaluate("document.getElementById('state').textContent")
            now = time.perf_counter() - began
            if "computed" in words and not words.startswith("0 %") and not first:
                first = now
            if words.startswith("All"):
                return first, now
            time.sleep(0.02)


def main() -> None:
    side = int(sys.argv[1]) if len(sys.argv) > 1 else 1024
    with tempfile.TemporaryDirectory() as folder:
        page = explore("quartic", eta=0.2, x=(0.01, 4), y=(0.01, 4)).save(Path(folder) / "quartic.html")
        found = [measured(page, side) for _ in range(REPEATS)]
    for name, seconds in zip(("first picture", f"all of {side} x {side}"), zip(*found, strict=True), strict=True):
        low, middle, high = sorted(seconds)[0], sorted(seconds)[REPEATS // 2], sorted(seconds)[-1]
        print(f"{name}: {middle:.2f} s, the middle of {REPEATS} from {low:.2f} to {high:.2f}")


if __name__ == "__main__":
    main()
