"""One spelling of every symbol, so that expressions from different files can be compared.

SymPy tells two symbols of one name apart when their assumptions differ. Everything in this package is
real, and the step size is positive; asking here for a symbol is what keeps that so.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sympy as sp

from edgestab.errors import InputError

_POSITIVE = frozenset({"eta", "eps", "k", "K"})


def symbol(name: str) -> sp.Symbol:
    """Return the real symbol called `name`; ``eta``, ``eps``, ``k`` and ``K`` are positive besides.

    Examples
    --------
    >>> symbol("x") == symbol("x"), symbol("eta").is_positive
    (True, True)
    """
    return sp.Symbol(name, positive=True) if name in _POSITIVE else sp.Symbol(name, real=True)


def symbols(names: str) -> tuple[sp.Symbol, ...]:
    """Return the symbols called by the words of `names`.

    Examples
    --------
    >>> symbols("x y")
    (x, y)
    """
    return tuple(symbol(name) for name in names.replace(",", " ").split())


def ours(expression: Any) -> Any:
    """Return an expression with each of its symbols replaced by this package's symbol of that name.

    Examples
    --------
    >>> ours(1 / sp.Symbol("eta")) == 1 / ETA
    True
    """
    # Nothing is replaced by itself: SymPy would build, and perhaps rewrite, what need not change.
    return expression.xreplace({s: symbol(s.name) for s in expression.free_symbols if s != symbol(s.name)})


def among(key: str | sp.Symbol, known: Iterable[sp.Symbol], what: str) -> sp.Symbol:
    """Return the one of the known symbols that is called as `key`, a name or a symbol.

    Parameters
    ----------
    key : str or Symbol
        What was given.
    known : iterable of Symbol
        What there is.
    what : str
        What it is called in a message, with its article.

    Raises
    ------
    InputError
        When there is none.

    Examples
    --------
    >>> among("eta", [ETA], "a parameter") is ETA
    True
    >>> among("zeta", [ETA], "a parameter")
    Traceback (most recent call last):
    ...
    edgestab.errors.InputError: 'zeta' is not a parameter; there is eta
    """
    names = {s.name: s for s in known}
    name = key.name if isinstance(key, sp.Symbol) else key
    if not isinstance(name, str) or name not in names:
        there = f"there is {', '.join(names)}" if names else "there is none"
        raise InputError(f"{str(name)[:40]!r} is not {what}; {there}")
    return names[name]


ETA = symbol("eta")
"""The step size of an update rule."""
