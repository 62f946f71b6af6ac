"""Relations between values of any kind: floats, arrays, balls."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import sympy as sp
from sympy.core.relational import Relational

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


def mapped(relation: Relational, function: Callable[[sp.Expr], sp.Expr]) -> Relational:
    """Return a relation with a function applied to both sides: one still, also where SymPy knows that it is true.

    Examples
    --------
    >>> x, c = sp.symbols("x c", real=True)
    >>> mapped(sp.Ge(1 + x**2, c), lambda side: side.subs(c, 1))
    x**2 + 1 >= 1
    """
    return type(relation)(*map(function, relation.args), evaluate=False)


def compare(relation: Relational, left: Any, right: Any) -> Any:
    """Compare the values of a relation's two sides.

    On balls the answer is true only when it is certain.

    Examples
    --------
    >>> x = sp.Symbol("x")
    >>> compare(x <= 2, 1.5, 2.0), compare(sp.Ne(x, 0), 0.0, 0.0)
    (True, False)
    """
    return _OPERATORS[relation.rel_op](left, right)
