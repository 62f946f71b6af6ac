"""A statement about orbits with an unspecified constant."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from edgestab.theory.part import Part
from edgestab.theory.statement import OrbitStatement


@dataclass(frozen=True)
class StatementFamily(Part):
    """A statement with an unspecified constant: checked for stated values, the smallest survivor searched for.

    Parameters
    ----------
    name : str
        What it says.
    constant : Symbol
        The constant, such as K, "large enough" in the text.
    values : tuple of Rational
        The values it is checked for, increasing; the claim is judged by the largest.
    statement : OrbitStatement
        The statement, with the constant in it.
    search : tuple of Rational
        Between which values the smallest survivor is searched; the lower one must fail.
    printed_step_size : Expr
        The upper end of the step sizes in the text, in the constant. It may lie out of reach.

    Examples
    --------
    >>> from edgestab.theory.claims.catalogue import find
    >>> family = next(c for c in find("zhu2023.cor3.1").checks if isinstance(c, StatementFamily))
    >>> family.constant, family.values
    (K, (3, 4, 6))
    """

    constant: sp.Symbol
    values: tuple[sp.Rational, ...]
    statement: OrbitStatement
    search: tuple[sp.Rational, sp.Rational]
    printed_step_size: sp.Expr
