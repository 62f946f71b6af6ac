"""Orbits diverge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import sympy as sp

from edgestab.theory.conclusions.conclusion import Conclusion, Words


@dataclass(frozen=True)
class Diverges(Conclusion):
    """Every orbit leaves every bounded set.

    Examples
    --------
    >>> Diverges().words
    ('leaves every bounded set',)
    """

    kind = "diverges"

    @classmethod
    def of(cls, _entries: Mapping[str, Any], _constants: Mapping[sp.Symbol, sp.Expr]) -> Self:
        """Return it: there is nothing to say about it."""
        return cls()

    @property
    def words(self) -> Words:
        """What is claimed of an orbit."""
        return ("leaves every bounded set",)
