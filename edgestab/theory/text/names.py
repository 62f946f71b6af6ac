"""What a name in a text may mean: a function, a constant, or something that a user names."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

import sympy as sp

from edgestab.errors import InputError
from edgestab.theory.text.bounds import MAX_NAME, MAX_NAMES
from edgestab.theory.text.tokens import check_text, quote, refuse

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def _tangent(argument: Any) -> Any:
    """Return SymPy's tangent, with the cotangent that it makes of some arguments written out."""
    return sp.tan(argument).replace(sp.cot, lambda u: 1 / sp.tan(u))


FUNCTIONS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "sqrt": sp.sqrt,
        "exp": sp.exp,
        "log": sp.log,
        "sin": sp.sin,
        "cos": sp.cos,
        "tan": _tangent,
        "tanh": sp.tanh,
        "sinh": sp.sinh,
        "cosh": sp.cosh,
        "softplus": lambda u: sp.log(1 + sp.exp(u)),
        "sigmoid": lambda u: 1 / (1 + sp.exp(-u)),
        "log1p": lambda u: sp.log(1 + u),
        "expm1": lambda u: sp.exp(u) - 1,
        "logsumexp": lambda *us: sp.log(sp.Add(*map(sp.exp, us))),
        "abs": sp.Abs,
        "sign": sp.sign,
        "min": sp.Min,
        "max": sp.Max,
    }
)
"""The functions a text may call; those of `VARIADIC` take two or more arguments, the others exactly one."""

VARIADIC = frozenset({"min", "max", "logsumexp"})

PIECEWISE = "piecewise"
"""A choice: of what follows a comparison the first where it holds, else the second; where its sides agree the mean."""

OVER_DATA = ("sum", "mean")
"""What runs over the rows of data."""

CONSTANTS: Mapping[str, Any] = MappingProxyType({"pi": sp.pi})


def parse_names(text: str) -> tuple[str, ...]:
    """Parse a list of names, separated by spaces or commas.

    Parameters
    ----------
    text : str
        At most 32 names: a letter, then letters, digits and single underscores, 32 characters at most.

    Returns
    -------
    tuple of str
        The names, in the order written.

    Raises
    ------
    ParseError
        If a name is malformed, repeated, or already means something else.

    Examples
    --------
    >>> parse_names("x, y eta_1")
    ('x', 'y', 'eta_1')
    >>> parse_names("x exp")
    Traceback (most recent call last):
    ...
    edgestab.theory.text.tokens.ParseError: name 'exp' is already a function or a constant; choose another (column 3)
    """
    check_text(text, "x, y")
    names: list[str] = []
    for piece in re.finditer(r"[^, \t\r\n]+", text):
        name, at = piece[0], piece.start()
        if not _NAME.fullmatch(name) or "__" in name:
            refuse(f"{quote(name)} is not a name; use a letter, then letters, digits and single underscores", at)
        if len(name) > MAX_NAME:
            refuse(f"name {quote(name)} is too long; use at most {MAX_NAME} characters", at)
        if name in FUNCTIONS or name in CONSTANTS or name == PIECEWISE:
            refuse(f"name {quote(name)} is already a function or a constant; choose another", at)
        if keyword.iskeyword(name):
            refuse(f"name {quote(name)} is a keyword of Python; choose another, such as {name}_", at)
        if name in names:
            refuse(f"name {quote(name)} is written twice; remove one", at)
        names.append(name)
        if len(names) > MAX_NAMES:
            refuse(f"more than {MAX_NAMES} names; remove some", at)
    if not names:
        refuse("there are no names; write some, such as x, y", 0)
    return tuple(names)


def names_of(given: str | Iterable[str | sp.Symbol]) -> tuple[str, ...]:
    """Return the names that are given as one text, or one by one as texts or symbols.

    Raises
    ------
    InputError
        If there is none, or one is no name as `parse_names` has it.

    Examples
    --------
    >>> names_of("x y"), names_of(["x", sp.Symbol("y")])
    (('x', 'y'), ('x', 'y'))
    """
    if isinstance(given, str):
        return parse_names(given)
    words = [g.name if isinstance(g, sp.Symbol) else g for g in given] if isinstance(given, Iterable) else [given]
    for word in words:
        if not isinstance(word, str):
            raise InputError(f"a name is a text such as 'x', got {str(word)[:40]}")
    return parse_names(", ".join(words))
