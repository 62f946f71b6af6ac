"""Names for formulas, and columns of data, that the texts after them may use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sympy as sp

from edgestab.theory.text.bounds import (
    MAX_ROWS,
    stack_guarded,
)
from edgestab.theory.text.grids import MAX_ENTRIES, Grid
from edgestab.theory.text.meanings import Array, Column, Defined, Meaning
from edgestab.theory.text.names import OVER_DATA, parse_names
from edgestab.theory.text.parser import Value, read_any
from edgestab.theory.text.tokens import (
    ParseError,
    quote,
    tokenize,
)


def with_columns(known: Mapping[str, Meaning], data: Mapping[str, Sequence[sp.Expr]]) -> dict[str, Meaning]:
    """Return names with those of columns of data added.

    Raises
    ------
    ParseError
        If a column's name is none, or is taken, or the columns are not of one length from 1 to `MAX_ROWS`.
    """
    for name in data:
        if parse_names(name) != (name,) or name in known:
            raise ParseError(f"{quote(name)} is a column of data and a name of something else; call one otherwise")
    lengths = {len(values) for values in data.values()}
    if len(lengths) > 1 or not lengths <= set(range(1, MAX_ROWS + 1)):
        found = ", ".join(f"{len(values)} {name}" for name, values in data.items())
        raise ParseError(f"the columns of data have one length, of at least 1 and at most {MAX_ROWS}: {found}")
    return {**known, **{name: Column(tuple(values)) for name, values in data.items()}}


def with_arrays(known: Mapping[str, Meaning], arrays: Mapping[str, Array]) -> dict[str, Meaning]:
    """Return names with those of vectors and matrices added.

    Raises
    ------
    ParseError
        If one is no name, or is taken, or its rows are not of one length, or are too many.
    """
    for name, array in arrays.items():
        if parse_names(name) != (name,) or name in known:
            raise ParseError(f"{quote(name)} is a vector or a matrix and something else; call one otherwise")
        widths = {len(row) for row in array.rows}
        if len(widths) != 1 or 0 in widths or sum(map(len, array.rows)) > MAX_ENTRIES:
            raise ParseError(f"the rows of {quote(name)} have one length, and at most {MAX_ENTRIES} entries in all")
    return {**known, **arrays}


def define(texts: Mapping[str, str], symbols: Mapping[str, Meaning]) -> dict[str, Meaning]:
    """Return names with those of formulas added, each of which may use those before it.

    Parameters
    ----------
    texts : mapping of str to str
        A formula for each new name.
    symbols : mapping
        The names that may occur besides.

    Raises
    ------
    ParseError
        If a name is none, or is taken, or a formula cannot be read; the message names it.

    Examples
    --------
    >>> from edgestab.theory.text.grammar import parse_expression
    >>> x, y = sp.symbols("x y", real=True)
    >>> names = define({"p": "x*y", "q": "p**2"}, {"x": x, "y": y})
    >>> parse_expression("q - 1", names)
    x**2*y**2 - 1
    """
    known = dict(symbols)
    for name, text in texts.items():
        if parse_names(name) != (name,) or name in known:
            raise ParseError(f"{quote(name)} has a meaning already, or is no name; call the formula otherwise")
        try:
            with stack_guarded():
                rows = _rows_of(text, known)
                found = tuple(_defined(text, known, row) for row in rows or (None,))
            if rows and any(isinstance(f, Array) for f in found):
                raise ParseError("a formula that has a value for each row of data is a number")
        except ParseError as error:
            raise ParseError(f"in {name}: {error}") from None
        known[name] = Column(tuple(f for f in found if isinstance(f, Defined))) if rows else found[0]
    return known


def _defined(text: str, known: Mapping[str, Meaning], row: int | None) -> Defined | Array:
    parser, found = read_any(text, known, row)

    def defined(value: Value) -> Defined:
        return Defined(value.expr, value.degree, value.roots, parser.nodes, tuple(parser.conditions))

    if not isinstance(found, Grid):
        return defined(found)
    return Array(tuple(tuple(map(defined, values)) for values in found.rows))


def _rows_of(text: str, known: Mapping[str, Meaning]) -> range:
    """The rows for each of which a formula has a value: none where it sums over them, or names no column."""
    words = {t.text for t in tokenize(text) if t.kind == "name"}
    named = [m for n, m in known.items() if n in words]
    columns = [m for m in named if isinstance(m, Column)]
    columns += [e for m in named if isinstance(m, Array) for row in m.rows for e in row if isinstance(e, Column)]
    return range(len(columns[0].values) if columns and not words & set(OVER_DATA) else 0)
