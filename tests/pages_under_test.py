"""The blocks of README and of the documentation, as Markdown has them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
SHELL = ("", "sh", "console")
PROGRAMS = ("edgestab", "python", "make", "dask", "pip")


@dataclass(frozen=True)
class Block:
    """A fenced block, with the language that it names, or an indented one."""

    page: Path
    line: int
    language: str
    body: str
    output: str | None = None
    """Of Python: what the page says that it prints, in a block ``text`` right after it."""

    @property
    def name(self) -> str:
        return f"{self.page.relative_to(ROOT).as_posix()}:{self.line}"


@dataclass(frozen=True)
class Line:
    """A line for a shell, and what the page says that it prints: nothing where it says nothing."""

    block: Block
    command: str
    output: str = ""

    @property
    def name(self) -> str:
        return f"{self.block.page.stem}: {self.command}"

    @property
    def words(self) -> list[str]:
        return shlex.split(self.command, comments=True)


def blocks_of(page: Path) -> list[Block]:
    """Every block of a page, in its order."""
    found: list[Block] = []
    after = None
    for token in MarkdownIt().parse(page.read_text(encoding="utf-8")):
        if token.type in ("fence", "code_block") and token.map:
            language = token.info.strip()
            if language == "text" and after == "python":
                found[-1] = replace(found[-1], output=token.content)
            found.append(Block(page, token.map[0] + 1, language, token.content))
            after = language
        else:
            after = None
    return found


def blocks(language: str) -> list[Block]:
    """Every block of a language."""
    return [b for page in PAGES for b in blocks_of(page) if b.language == language]


def lines_of(page: Path) -> list[Line]:
    """Every line for a shell: of a block whose lines begin with a program, or after a prompt."""
    return [line for block in blocks_of(page) if block.language in SHELL for line in _lines(block)]


def _lines(block: Block) -> Iterator[Line]:
    if "$ " in block.body[:2]:
        for part in re.split(r"^\$ ", block.body, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield Line(block, command, output.strip())
        return
    for text in block.body.replace("\\\n", " ").splitlines():
        if text.split(" ")[0] in PROGRAMS:
            yield Line(block, text)


def files_of(page: Path) -> dict[str, str]:
    """The files that a page gives: its TOML blocks whose first line is their name, as ``# claim.toml``."""
    found = (re.match(r"# ([\w-]+\.toml)\n", b.body) and b for b in blocks_of(page) if b.language == "toml")
    return {b.body.split()[1]: b.body for b in found if b}
