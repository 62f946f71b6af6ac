"""The names of a claim file that stand for more than a number: columns of data, vectors and matrices, formulas."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path

import sympy as sp

from edgestab.errors import InputError
from edgestab.theory.exact import exact
from edgestab.theory.symbols import symbol
from edgestab.theory.text.bounds import MAX_ROWS
from edgestab.theory.text.grids import MAX_ENTRIES
from edgestab.theory.text.meanings import Array, Column
from edgestab.theory.text.names import names_of
from edgestab.theory.text.vocabulary import Vocabulary
from edgestab.verify.claim_files.entries import Entries, Rows, Written

LARGEST_DATA = 1 << 20
"""Bytes of the largest file of data."""

_SHAPE = re.compile(r"(\d{1,2})(?:\s*x\s*(\d{1,2}))?")

Names = tuple[tuple[str, ...], ...]
"""The names of a matrix's entries, row by row."""


def vocabulary_of(entries: Entries, folder: Path) -> Vocabulary:
    """Return what the texts of a file may use besides symbols; paths of data are relative to its folder.

    Raises
    ------
    InputError
        When a shape is none, a matrix is not of one, or data cannot be read.
    """
    variables = {n: Array(tuple(tuple(map(symbol, row)) for row in rows)) for n, rows in shapes_of(entries).items()}
    constants = {n: _matrix(n, v) for n, v in entries.constants.items() if isinstance(v, list)}
    data = _data(entries, folder)
    # Rows without names are the vectors a.
    rows = {ROW: Array((tuple(Column(values) for values in data.values()),))} if _has_vectors(entries) else {}
    return Vocabulary(entries.formulas, data, {**variables, **constants, **rows})


def parameters_of(entries: Entries) -> str | None:
    """Return the names of all parameters, with those of the entries of vectors and matrices.

    Raises
    ------
    InputError
        When a shape is none.
    """
    if not isinstance(entries.parameters, dict):
        return entries.parameters
    shapes = shapes_of(entries)
    flat = [" ".join(n for row in shapes[name] for n in row) if name in shapes else name for name in entries.parameters]
    return " ".join(flat)


def shapes_of(entries: Entries) -> dict[str, Names]:
    """Return the names of the entries of each parameter that is a vector or a matrix: ``u_1``, ``W_1_2``.

    Raises
    ------
    InputError
        When a shape is none.
    """
    if not isinstance(entries.parameters, dict):
        return {}
    found = {}
    for name, shape in entries.parameters.items():
        names_of(name)
        match = _SHAPE.fullmatch(str(shape).strip())
        rows, columns = (int(k or 1) for k in match.groups()) if match else (0, 0)
        if not 1 <= rows * columns <= MAX_ENTRIES:
            raise InputError(
                f'parameters.{name} is "1", a length such as "3" or a shape such as "2x2", of at most {MAX_ENTRIES} '
                f"entries, got {str(shape)[:20]!r}"
            )
        if match is not None and (match.group(2) or rows > 1):
            wide = match.group(2) is not None
            found[name] = tuple(
                tuple(f"{name}_{i + 1}_{j + 1}" if wide else f"{name}_{i + 1}" for j in range(columns))
                for i in range(rows)
            )
    return found


def spread(region: dict[str, Written | list[Written]], shapes: dict[str, Names]) -> dict[str, Written | list[Written]]:
    """Return a region with the interval of a matrix's name given to each entry that has none of its own."""
    whole = {entry: region[n] for n, rows in shapes.items() if n in region for row in rows for entry in row}
    return {**whole, **{n: ends for n, ends in region.items() if n not in shapes}}


ROW = "a"
"""What a row of data without names is called."""


def _has_vectors(entries: Entries) -> bool:
    """Whether data are rows of several numbers, without names."""
    return isinstance(entries.data, list) and any(isinstance(r, list) and len(r) > 1 for r in entries.data)


def _matrix(name: str, rows: Sequence[Written | Rows]) -> Array:
    """A constant matrix; a list of numbers is a vector."""
    listed = [row if isinstance(row, list) else [row] for row in rows]
    return Array(tuple(tuple(exact(v, f"constants.{name}") for v in row) for row in listed))


def _data(entries: Entries, folder: Path) -> dict[str, tuple[sp.Expr, ...]]:
    """The columns of data."""
    if isinstance(entries.data, list):
        rows = [list(map(str, row)) if isinstance(row, list) else [str(row)] for row in entries.data]
        if not rows or len({len(row) for row in rows}) != 1 or not rows[0]:
            raise InputError("the rows of data are lists of numbers of one length")
        names = [f"{ROW}_{i + 1}" for i in range(len(rows[0]))] if _has_vectors(entries) else [ROW]
        columns = dict(zip(names, zip(*rows, strict=True), strict=True))
    elif isinstance(entries.data, str):
        columns = _columns(folder / entries.data)
    else:
        columns = {
            n: _columns(folder / v).get(n, ()) if isinstance(v, str) else tuple(map(str, v))
            for n, v in entries.data.items()
        }
        missing = [n for n, v in entries.data.items() if isinstance(v, str) and not columns[n]]
        if missing:
            raise InputError(f"data.{missing[0]}: the file has no column of that name; its first line names them")
    return {n: tuple(exact(v, f"data.{n}") for v in values) for n, values in columns.items()}


def _columns(path: Path) -> dict[str, tuple[str, ...]]:
    """The columns of a file of comma-separated numbers whose first line names them."""
    try:
        if path.stat().st_size > LARGEST_DATA:
            raise InputError(f"{path} is larger than {LARGEST_DATA >> 20} MiB")
        rows = list(csv.reader(path.read_text("utf-8").splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"cannot read the data {path}: {getattr(error, 'strerror', None) or error}") from error
    rows = [[cell.strip() for cell in row] for row in rows if row]
    if not 2 <= len(rows) <= MAX_ROWS + 1 or len({len(row) for row in rows}) != 1:
        raise InputError(f"{path} has a line of names and 1 to {MAX_ROWS} lines of as many numbers")
    return dict(zip(rows[0], zip(*rows[1:], strict=True), strict=True))
