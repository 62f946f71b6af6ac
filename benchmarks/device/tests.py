"""The tests that a device agrees with the CPU, and which of them passed in the time there was."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.found import Found, figures

ROOT = Path(__file__).parents[2]


class Outcomes:
    """What pytest reports: it is asked to stop when the time is over."""

    def __init__(self, until: float) -> None:
        self.rows: list[tuple[str, str, str]] = []
        self.stopped = False
        self._until = until
        self._session: pytest.Session | None = None

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Keep what can be stopped."""
        self._session = session

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take down the outcome of a test: of its call, or of what failed before or after."""
        if report.when == "call" or report.outcome != "passed":
            self.rows.append((report.nodeid.rpartition("::")[2], report.outcome, figures(report.duration)))
        if time.monotonic() >= self._until and self._session is not None:
            self.stopped = True
            self._session.shouldstop = "the time is over"


def measure(until: float, chosen: str | None = None) -> Iterator[Found]:
    """Run the tests.

    Parameters
    ----------
    until : float
        When to stop, by `time.monotonic`.
    chosen : str, optional
        Which of them, as ``pytest -k`` reads it; all by default.
    """
    files = sorted((ROOT / "tests" / "numerics" / "networks").rglob("test_device.py"))
    outcomes = Outcomes(until)
    words = [*map(str, files), "-q", "-p", "no:cacheprovider", *(("-k", chosen) if chosen else ())]
    status = pytest.main(words, plugins=[outcomes])
    notes = ["The time was over before the last of them."] if outcomes.stopped else []
    record = {name: {"outcome": outcome, "seconds": float(seconds)} for name, outcome, seconds in outcomes.rows}
    yield Found("tests", "The device against the CPU", ("", "outcome", "seconds"), outcomes.rows, notes, record)
    if not outcomes.stopped and status != pytest.ExitCode.OK:
        raise SystemExit(f"pytest ended with {pytest.ExitCode(status).name}")
    if any(outcome == "failed" for _, outcome, _ in outcomes.rows):
        raise SystemExit("a test failed")
