"""Relations between values of any kind: floats, arrays, balls."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from sympy.core.relational import Relational

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


def compare(relation: Relational, left: Any, right: Any) -> Any:
    """Compare the values of a relation's two sides.

    On balls the answer is true only when it is certain.

    Examples
    --------
    >>> import sympy as sp
    >>> x = sp.Symbol("x")
    >>> compare(x <= 2, 1.5, 2.0), compare(sp.Ne(x, 0), 0.0, 0.0)
    (True, False)
    """
    return _OPERATORS[relation.rel_op](left, right)
