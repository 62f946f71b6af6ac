"""TOML files: text on disk becomes a typed value in one pass."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from edgestab.errors import InputError
from edgestab.theory.text.spelling import did_you_mean

LARGEST_FILE = 1 << 20
"""Bytes of the largest file that is read."""

T = TypeVar("T")

Tables = dict[str, Any]
"""What TOML holds: tables, arrays, strings, numbers."""


def read_toml(path: Path, decode: Callable[[Tables], T]) -> T:
    """Read a TOML file and return what its tables stand for.

    Parameters
    ----------
    path : Path
        The file.
    decode : callable
        From the tables to the value, such as ``decoder(Spec)``; the file's name is put before the sentence of an
        `InputError` that it raises.

    Raises
    ------
    InputError
        When the file cannot be read, is larger than 1 MiB, is not UTF-8, is no TOML, or `decode` refuses it.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error
    if len(raw) > LARGEST_FILE:
        raise InputError(f"{path} is larger than {LARGEST_FILE >> 20} MiB")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text: byte {error.start} cannot be decoded") from error
    try:
        return decode(tables_of(text))
    except EntryError as error:
        raise InputError(f"{path}: {error}{_line_of(text, error.key)}") from error
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def tables_of(text: str) -> Tables:
    """Return the tables of a text in TOML.

    Raises
    ------
    InputError
        When it is no TOML.
    """
    try:
        tables: Tables = msgspec.toml.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InputError(f"not valid TOML: {error}") from error
    return tables


class EntryError(InputError):
    """An entry of a file that is unknown, missing or of the wrong type; `key` is its name."""

    def __init__(self, message: str, key: str) -> None:
        super().__init__(message)
        self.key = key


def decoder(kind: type[T]) -> Callable[[Tables], T]:
    """Return the function that turns tables into a `msgspec.Struct`.

    It raises an `EntryError` when an entry is missing, unknown or wrong.

    Examples
    --------
    >>> class Point(msgspec.Struct, forbid_unknown_fields=True):
    ...     x: float
    >>> decoder(Point)({"x": 1.5})
    Point(x=1.5)
    >>> decoder(Point)({"x": "a"})
    Traceback (most recent call last):
    ...
    edgestab.numerics.storage.toml_file.EntryError: x: expected a number, got a text
    >>> decoder(Point)({"y": 1.5})
    Traceback (most recent call last):
    ...
    edgestab.numerics.storage.toml_file.EntryError: unknown entry y; the entries are x
    """

    def decode(tables: Tables) -> T:
        try:
            return msgspec.convert(tables, kind)
        except msgspec.ValidationError as error:
            raise _in_words(str(error), kind) from error

    return decode


_UNKNOWN = re.compile(r"Object contains unknown field `(?P<key>[^`]*)`")
_MISSING = re.compile(r"Object missing required field `(?P<key>[^`]*)`")
_WHERE = re.compile(r" - at `\$\.?(?P<where>[^`]*)`")
_TYPES = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "object": "a table",
    "array": "a list",
    "null": "nothing",
}


def _in_words(message: str, kind: type[Any]) -> EntryError:
    """What msgspec says of an entry, as a sentence that names what there is."""
    found = _WHERE.search(message)
    where = found["where"].replace("[...]", "") if found else ""
    inside = f" in {where}" if where else ""
    unknown, missing = _UNKNOWN.search(message), _MISSING.search(message)
    if unknown:
        key = unknown["key"]
        known = [] if where else [f.encode_name for f in msgspec.structs.fields(kind)]
        meant = did_you_mean(key, known) if len(key) > 3 else ""  # what is shorter is like many
        listed = f"; the entries are {', '.join(known)}" if known else ""
        return EntryError(f"unknown entry {key[:40]}{inside}{meant}{listed}", key)
    if missing:
        return EntryError(f"the entry {missing['key']} is missing{inside}", missing["key"])
    words = re.sub(r"`([^`]*)`", lambda m: " or ".join(_TYPES.get(t.strip(), t) for t in m[1].split("|")), message)
    words = _WHERE.sub("", message) if not found else re.sub(r" - at .*$", "", words)
    return EntryError(f"{where}: {words[:1].lower()}{words[1:]}" if where else words, re.split(r"[.\[]", where)[0])


def _line_of(text: str, key: str) -> str:
    """Where a key stands in a text, in words; empty when it is not found."""
    found = re.search(rf"(?m)^\s*\[?\s*[\"']?{re.escape(key)}[\"']?\s*[=\]]", text) if key else None
    return f" (line {text.count(chr(10), 0, found.end()) + 1})" if found else ""
