"""The commands that the documentation shows are commands: their options exist, and what they need is there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from edgestab.cli import app

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def commands(text: str) -> list[str]:
    """The lines that begin with edgestab in a block, perhaps after a prompt; a backslash joins a line to the next."""
    joined = re.sub(r"\\\n\s*", " ", text)
    fenced = "\n".join(re.findall(r"(?ms)^```(?:sh|bash|console|text)\n(.*?)^```", joined))
    indented = "\n".join(re.findall(r"(?m)^    .*$", joined))
    return [found.strip() for found in re.findall(r"(?m)^ *(?:\$ )?(edgestab [a-z].*)$", f"{fenced}\n{indented}")]


SHOWN = [(page.name, line) for page in PAGES for line in commands(page.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(("page", "line"), SHOWN, ids=lambda v: v[:60])
def test_a_command_that_is_shown_is_one(page: str, line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    command, bound, _ = app.parse_args(words, exit_on_error=False, print_error=False)
    assert command.__name__ in (words[0], "recheck"), page
    assert bound.signature is not None


def test_lines_are_found_and_wrong_ones_refused() -> None:
    assert len(SHOWN) > 20
    page = (
        "edgestab is a tool.\n\n    edgestab basin quartic \\\n        --eta 1  # c\n\n```sh\n$ edgestab claims\n```\n"
    )
    assert commands(page) == ["edgestab claims", "edgestab basin quartic  --eta 1  # c"]
    with pytest.raises(Exception, match="--executor"):
        app.parse_args(["sweep", "a.toml", "--executor", "dask"], exit_on_error=False, print_error=False)
