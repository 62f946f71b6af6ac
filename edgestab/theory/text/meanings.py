"""What a user's name in a text may stand for, besides a symbol: a formula written elsewhere, or a column of data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import sympy as sp

from edgestab.theory.domain import Condition


@dataclass(frozen=True)
class Defined:
    """A formula that has been read already, and the bounds on it.

    Parameters
    ----------
    expr : Expr
        The formula.
    degree, roots, nodes : int
        What the parser knows of its size.
    conditions : tuple of comparisons with 0
        Where it is defined, as it is written.
    """

    expr: sp.Expr
    degree: int
    roots: int
    nodes: int
    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class Column:
    """What has a value for each row of data, inside ``sum(...)`` and ``mean(...)``: numbers, or formulas of them."""

    values: tuple[sp.Expr, ...] | tuple[Defined, ...]


@dataclass(frozen=True)
class Array:
    """A vector, of one column, or a matrix: its rows, of symbols, numbers, formulas, or columns of data."""

    rows: tuple[tuple[sp.Expr | Defined | Column, ...], ...]


@dataclass(frozen=True)
class Family:
    """What is called with one word or whole number, such as ``eigenvalue(2)``: the symbols by what is written."""

    members: Mapping[str, sp.Symbol]


Meaning: TypeAlias = sp.Symbol | Defined | Column | Array | Family
