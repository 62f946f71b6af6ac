"""One spelling of every symbol, so that expressions from different files can be compared.

SymPy tells two symbols of one name apart when their assumptions differ. Everything in this package is
real, and the step size is positive; asking here for a symbol is what keeps that so.
"""

from __future__ import annotations

import sympy as sp

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


ETA = symbol("eta")
"""The step size of an update rule."""
