"""TOML files: text on disk becomes a typed value in one pass."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from edgestab.errors import InputError

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


def decoder(kind: type[T]) -> Callable[[Tables], T]:
    """Return the function that turns tables into a `msgspec.Struct`.

    It raises an `InputError` when an entry is missing, unknown or wrong.

    Examples
    --------
    >>> class Point(msgspec.Struct):
    ...     x: float
    >>> decoder(Point)({"x": 1.5})
    Point(x=1.5)
    >>> decoder(Point)({"x": "a"})
    Traceback (most recent call last):
    ...
    edgestab.errors.InputError: Expected `float`, got `str` - at `$.x`
    """

    def decode(tables: Tables) -> T:
        try:
            return msgspec.convert(tables, kind)
        except msgspec.ValidationError as error:
            raise InputError(str(error)) from error

    return decode
