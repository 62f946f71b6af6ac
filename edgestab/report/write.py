"""The report as files."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from edgestab.data import as_data
from edgestab.report.page import TITLE, Progress, render
from edgestab.verify.verdict import Verdict


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
    with _replacing(out / "report.html") as page, _replacing(out / "verdicts.json") as data:
        page.write(render(verdicts, effort=effort, title=title, progress=progress))
        json.dump(as_data(verdicts, effort=effort), data, indent=1, ensure_ascii=False, allow_nan=False)
        data.write("\n")
    return out / "report.html"


@contextlib.contextmanager
def _replacing(path: Path) -> Iterator[IO[str]]:
    """A temporary file beside `path` that takes its place when the block ends well."""
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", newline="\n", dir=path.parent, prefix=f".{path.name}.", suffix=".part", delete=False
    ) as file:
        temporary = Path(file.name)
        try:
            yield file
        except BaseException:
            file.close()
            temporary.unlink(missing_ok=True)
            raise
    temporary.chmod(0o644)
    temporary.replace(path)
