"""The report as files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from edgestab.data import as_data
from edgestab.numerics.storage.atomic import replacing
from edgestab.report.page import TITLE, Progress, render
from edgestab.verify.verdict import Verdict

PAGE, DATA = "report.html", "verdicts.json"
"""The files of a report."""


def write_report(
    verdicts: Sequence[Verdict],
    out: Path,
    *,
    effort: str,
    title: str = TITLE,
    progress: Progress | None = None,
) -> Path:
    """Write ``report.html`` and ``verdicts.json`` into a folder, and return the path of the page.

    Parameters
    ----------
    verdicts : sequence of Verdict
        From `edgestab.verify.check.check`, in the order in which they are shown.
    out : Path
        The folder; it is made when it is not there.
    effort : str
        The effort of the checks.
    title : str
        The heading of the page.
    progress : callable, optional
        Called with the verdicts laid out so far and their number.

    Raises
    ------
    OSError
        When the folder cannot be made or written. What is in it stays as it was.
    """
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    # Both files are opened before the work, so that a folder that cannot be written is refused at once.
    with replacing(out / PAGE) as page, replacing(out / DATA) as data:
        page.write(render(verdicts, effort=effort, title=title, progress=progress).encode())
        text = json.dumps(as_data(verdicts, effort=effort), indent=1, ensure_ascii=False, allow_nan=False)
        data.write(f"{text}\n".encode())
    return out / PAGE
