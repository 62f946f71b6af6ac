"""Vectors and matrices in a text: written out, entry by entry, while the text is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from edgestab.theory.text.tokens import refuse

if TYPE_CHECKING:
    from edgestab.theory.text.parser import Parser, Value

MAX_ENTRIES = 64
"""Of a vector or a matrix."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A matrix of values; a vector is a matrix of one column."""

    rows: tuple[tuple[Value, ...], ...]
    start: int
    stop: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.rows), len(self.rows[0])

    @property
    def words(self) -> str:
        """What it is, for messages."""
        rows, columns = self.shape
        return f"a {rows} x {columns} matrix" if columns > 1 else f"a vector of {rows}"

    @property
    def entries(self) -> list[Value]:
        """All entries, row by row."""
        return [v for row in self.rows for v in row]

    def mapped(self, function: Callable[[Value], Value]) -> Grid:
        """Return the grid of the values of a function of its entries."""
        return Grid(tuple(tuple(function(v) for v in row) for row in self.rows), self.start, self.stop)


GRID_FUNCTIONS = ("transpose", "trace", "norm", "dot", "sumsq")
"""What is called on vectors and matrices: norm is Frobenius's, sumsq its square, dot the sum of products of entries."""


def combined(parser: Parser, operator: str, left: Value | Grid, right: Value | Grid) -> Grid:
    """Apply a binary operator of which one side at least is a grid."""
    if operator in "+-":
        if not isinstance(left, Grid) or not isinstance(right, Grid) or left.shape != right.shape:
            return _misfit(operator, left, right)
        pairs = (zip(a, b, strict=True) for a, b in zip(left.rows, right.rows, strict=True))
        rows = tuple(tuple(parser.combine(operator, x, y) for x, y in row) for row in pairs)
        return Grid(rows, left.start, right.stop)
    if isinstance(left, Grid) and isinstance(right, Grid):  # a matrix product
        if operator != "*" or left.shape[1] != right.shape[0]:
            _misfit(operator, left, right)
        if left.shape[0] * right.shape[1] > MAX_ENTRIES:
            refuse(f"a matrix of more than {MAX_ENTRIES} entries; use smaller ones", left.start)
        columns = list(zip(*right.rows, strict=True))
        rows = tuple(tuple(_total(parser, row, column) for column in columns) for row in left.rows)
        return Grid(rows, left.start, right.stop)
    if operator == "*" and isinstance(right, Grid):
        return right.mapped(lambda v: parser.combine("*", left, v))  # type: ignore[arg-type]  # left is no grid here
    if operator in "*/" and isinstance(left, Grid):
        return left.mapped(lambda v: parser.combine(operator, v, right))  # type: ignore[arg-type]  # nor right here
    return _misfit(operator, left, right)


def _total(parser: Parser, row: tuple[Value, ...], column: tuple[Value, ...]) -> Value:
    """The sum of the products of two lists of values."""
    products = [parser.combine("*", a, b) for a, b in zip(row, column, strict=True)]
    return reduce(lambda a, b: parser.combine("+", a, b), products)


def applied(parser: Parser, name: str, arguments: list[Value | Grid], at: int) -> Value | Grid:
    """Call a function on arguments one of which at least is a grid."""
    first = arguments[0]
    wanted = 2 if name == "dot" else 1
    if name not in GRID_FUNCTIONS:
        if len(arguments) == 1 and isinstance(first, Grid):
            return first.mapped(lambda v: parser.apply(name, [v], at))
        return refuse(f"{name} takes numbers, not vectors or matrices", at)
    grids = [a for a in arguments if isinstance(a, Grid)]
    if len(arguments) != wanted or len(grids) != wanted:
        return refuse(f"{name} takes {wanted} vector{'s' * (wanted > 1)} or matri{'ces' if wanted > 1 else 'x'}", at)
    (grid, *others) = grids
    if name == "transpose":
        return Grid(tuple(zip(*grid.rows, strict=True)), grid.start, grid.stop)
    if name == "trace":
        if grid.shape[0] != grid.shape[1]:
            return refuse(f"trace takes a square matrix, got {grid.words}", at)
        return reduce(lambda a, b: parser.combine("+", a, b), [row[i] for i, row in enumerate(grid.rows)])
    other = others[0] if others else grid
    if other.shape != grid.shape:
        return refuse(f"dot takes two of one shape, got {grid.words} and {other.words}", at)
    total = _total(parser, tuple(grid.entries), tuple(other.entries))
    return parser.apply("sqrt", [total], at) if name == "norm" else total


def _misfit(operator: str, left: Value | Grid, right: Value | Grid) -> Grid:
    words = [v.words if isinstance(v, Grid) else "a number" for v in (left, right)]
    return refuse(f"{words[0]} {operator} {words[1]} does not fit: change one of them", left.start)
