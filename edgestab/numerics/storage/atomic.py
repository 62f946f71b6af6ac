"""Files that are complete or not there, and content that is on the disk when it is said to be."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

PARTIAL = ".partial"
"""How the name ends of a file that is being written."""


@contextmanager
def replacing(file: Path, *, durable: bool = False) -> Iterator[BinaryIO]:
    """Yield what to write into: afterwards the file holds it, or, after an error, what it held before.

    Parameters
    ----------
    file : Path
        The file; its folder is there.
    durable : bool
        Whether its content is to be on the disk before it has its name.

    Raises
    ------
    OSError
        When it cannot be written.
    """
    partial = file.with_name(f"{file.name}{PARTIAL}")
    try:
        with partial.open("wb") as out:
            yield out
            if durable:
                out.flush()
                os.fsync(out.fileno())
        partial.replace(file)
    except BaseException:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise


def content_of(file: Path) -> bytes | None:
    """Return what stands in a file; None where there is none that can be read."""
    try:
        return file.read_bytes()
    except OSError:
        return None


def synchronise(path: Path) -> None:
    """Return when a file, or the entries of a folder, are on the disk."""
    folder = path.is_dir()
    if folder and sys.platform == "win32":
        return  # there a folder cannot be opened, and its entries are written with the files
    handle = os.open(path, os.O_RDONLY if folder else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
