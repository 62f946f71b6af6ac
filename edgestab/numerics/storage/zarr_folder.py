"""The folder of a Zarr store: who may write into it, what it says of itself, and how a refusal is worded."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from filelock import FileLock, Timeout

from edgestab.errors import InputError
from edgestab.numerics.storage.atomic import PARTIAL, content_of, replacing

ROOT = "zarr.json"
"""The file that is written last: without it, a store was never finished being made."""

LOCK = ".lock"
"""The file by which one process keeps the others out."""


class StoreError(InputError):
    """A store that cannot be used; the message says what to do."""


@contextmanager
def held(path: Path, check: Callable[[], None]) -> Iterator[None]:
    """Make a folder, where there is none, and hold it for the length of a ``with`` block.

    Parameters
    ----------
    path : Path
        The folder. What was being written when another process died is removed from it.
    check : callable
        Raises a `StoreError` when the folder is not to be written into: called before anything is, and again once no
        other process can come first.

    Raises
    ------
    StoreError
        When another process holds it.
    OSError
        When it cannot be made or written.
    """
    check()
    path.mkdir(parents=True, exist_ok=True)
    with locked(path):
        check()
        for left in path.rglob(f"*{PARTIAL}"):
            left.unlink()
        yield


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a folder for the length of a ``with`` block; another process that asks for it meanwhile gets an error."""
    lock = FileLock(path / LOCK)
    try:
        lock.acquire(blocking=False)
    except Timeout as error:
        raise StoreError(f"another process is writing to {path}: wait for it, or name another folder") from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def naming(path: Path, kept: str) -> Iterator[None]:
    """Say in every error of the system which store it befell and what is left; a full disk names no file by itself."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, f"{error.strerror or error}; {kept}", str(path)) from error


def write_missing(path: Path, files: Mapping[str, bytes]) -> None:
    """Write the files that a folder lacks or has otherwise, in order, each in one atomic step.

    Raises
    ------
    OSError
        When one cannot be written.
    """
    for name, content in files.items():
        file = path / name
        if content_of(file) != content:
            file.parent.mkdir(parents=True, exist_ok=True)
            with replacing(file) as out:
                out.write(content)


def attributes_of(path: Path) -> dict[str, Any] | None:
    """Return the attributes of a store that was finished being made; None where there is none."""
    try:
        return dict(json.loads((path / ROOT).read_bytes())["attributes"])
    except (OSError, ValueError, TypeError, LookupError):
        return None


def require_empty(path: Path) -> None:
    """Raise a `StoreError` where there is something already."""
    if path.exists() and (not path.is_dir() or any(p.name != LOCK for p in path.iterdir())):
        raise StoreError(f"{path} exists: continue it with --resume, or name another folder")


def is_folder(path: Path) -> bool:
    """Whether there is a folder; a `StoreError` where there is a file instead."""
    if path.exists() and not path.is_dir():
        raise StoreError(f"{path} is a file: name the store's folder")
    return path.exists()


def other_version(path: Path) -> StoreError:
    """Return the error for a store that was made by other code."""
    return StoreError(
        f"{path} was made by another version of edgestab, or of the libraries it computes with: name another folder"
    )


class Difference(NamedTuple):
    """Where two values of JSON differ, such as ``optimizer.eta``, and how: ``0.2 there and 0.1 here``."""

    where: str
    words: str


def first_difference(found: Any, wanted: Any, where: str = "") -> Difference | None:
    """Return where two values of JSON differ first; None where they are equal.

    Examples
    --------
    >>> first_difference({"a": 1, "b": {"c": [2]}}, {"a": 1, "b": {"c": [3]}})
    Difference(where='b.c', words='[2] there and [3] here')
    """
    if isinstance(found, dict) and isinstance(wanted, dict):
        for key in dict.fromkeys(itertools.chain(wanted, found)):
            differ = first_difference(found.get(key), wanted.get(key), f"{where}.{key}".lstrip("."))
            if differ is not None:
                return differ
        return None
    return None if found == wanted else Difference(where, f"{_short(found)} there and {_short(wanted)} here")


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else text[:37] + "..."
