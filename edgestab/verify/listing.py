"""The list of the catalogue, kept in the cache folder: building all claims to print their titles takes seconds."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from edgestab.numerics.programs.modules import cache_folder
from edgestab.verify.catalogue import THEOREMS, find, ids, require_paper


@dataclass(frozen=True)
class Listed:
    """What of a claim is plain text.

    Parameters
    ----------
    id, title, kind, source, words : str
        As in `edgestab.theory.claim.Claim`.
    """

    id: str
    title: str
    kind: str
    source: str
    words: str


def listing(paper: str | None = None) -> tuple[Listed, ...]:
    """Return the claims of a paper, or of all, as plain text in the order of the catalogue.

    Raises
    ------
    InputError
        When there is no such paper.

    Examples
    --------
    >>> [c.title for c in listing("zhu2023")][0]
    'coupled starts stay coupled'
    """
    require_paper(paper)
    file = cache_folder() / f"claims-{_digest()}.json"
    found = tuple(_stored(file))
    if not found:
        found = tuple(Listed(c.id, c.title, c.kind, c.source, c.words) for c in map(find, ids()))
        _store(file, json.dumps([asdict(c) for c in found]))
    return tuple(c for c in found if paper is None or c.id.partition(".")[0] == paper)


def _digest() -> str:
    """The SHA-256 of what claims are made of: the sources of theory, files with what reads them, and SymPy."""
    total = hashlib.sha256(version("sympy").encode())
    top = Path(__file__).parents[1]
    sources = (top / "theory").rglob("*.py"), (top / "verify" / "claim_files").glob("*.py"), THEOREMS.glob("*.toml")
    for file in sorted(itertools.chain(*sources, [top / "verify" / "catalogue.py"])):
        total.update(file.relative_to(top).as_posix().encode())
        total.update(file.read_bytes())
    return total.hexdigest()[:24]


def _stored(file: Path) -> Iterator[Listed]:
    """What a file holds; nothing where it is not there or was damaged."""
    with suppress(OSError, ValueError, TypeError):
        yield from [Listed(**row) for row in json.loads(file.read_text(encoding="utf-8"))]


def _store(file: Path, text: str) -> None:
    with suppress(OSError):  # a full disk costs a second next time, and nothing else
        handle, temporary = tempfile.mkstemp(dir=file.parent, suffix=".tmp")
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(temporary).replace(file)
