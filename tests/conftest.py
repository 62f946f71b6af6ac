"""What every test shares: Hypothesis profiles, and one kernel cache for all workers of all runs."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("dev", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("deep", deadline=None, max_examples=2000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ci" if os.environ.get("CI") else "dev")

# Set on import, before any test module can import numerics; workers and subprocesses inherit it. Kernels are
# found by the hash of their source, so keeping them from run to run cannot make a test see an old one.
os.environ.setdefault("EDGESTAB_CACHE_DIR", str(Path(__file__).parents[1] / ".pytest_kernels"))


CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


# Not for the session: while it runs, Playwright can be started nowhere else in the process.
@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Headless Chromium."""
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: no page is opened")
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed, nor named by CHROMIUM: no page is opened")
    with playwright.sync_playwright() as running:
        found = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()
