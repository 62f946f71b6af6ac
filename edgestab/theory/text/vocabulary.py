"""What the texts of one file may use besides their symbols: formulas with names, columns of data, matrices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sympy as sp

from edgestab.theory.text.formulas import define, with_arrays, with_columns
from edgestab.theory.text.meanings import Array, Meaning


@dataclass(frozen=True)
class Vocabulary:
    """Names that texts may use besides those of symbols.

    Parameters
    ----------
    formulas : mapping of str to str
        A formula for each name, which may use those before it.
    data : mapping of str to sequence of Expr
        Columns of numbers, over whose rows ``sum(...)`` and ``mean(...)`` run.
    arrays : mapping of str to Array
        Vectors and matrices.
    """

    formulas: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, Sequence[sp.Expr]] = field(default_factory=dict)
    arrays: Mapping[str, Array] = field(default_factory=dict)

    def known(self, symbols: Mapping[str, Meaning]) -> dict[str, Meaning]:
        """Return the names of symbols with all of these.

        Raises
        ------
        ParseError
            When a name is none, or is taken, or a formula cannot be read.

        Examples
        --------
        >>> x, y = sp.symbols("x y", real=True)
        >>> names = Vocabulary({"q": "2*p"}, arrays={"p": Array(((x,), (y,)))}).known({"x": x, "y": y})
        >>> from edgestab.theory.text.grammar import parse_expression
        >>> parse_expression("sumsq(q)", names)
        4*x**2 + 4*y**2
        """
        return define(self.formulas, with_columns(with_arrays(symbols, self.arrays), self.data))


NOTHING_MORE = Vocabulary()
"""No other names."""
