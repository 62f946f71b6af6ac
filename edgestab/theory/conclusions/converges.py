"""Orbits converge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import sympy as sp

from edgestab.theory.conclusions.conclusion import Conclusion, Ending, Field, Words


@dataclass(frozen=True)
class Converges(Conclusion):
    """Every orbit converges to a linearly stable minimum; to a named set of minima, if one is named."""

    to: str | None = None

    kind = "converges"
    fields = (Field("to", "minima"),)

    @classmethod
    def of(cls, entries: Mapping[str, Any], _constants: Mapping[sp.Symbol, sp.Expr]) -> Self:
        """Return it to the set of minima named, if any."""
        return cls(entries.get("to"))

    @property
    def words(self) -> Words:
        """What is claimed of an orbit."""
        return ("converges to a linearly stable minimum", *((f" of the set {self.to}",) if self.to else ()))

    @property
    def ending(self) -> Ending:
        """At a minimum, of any sharpness."""
        return Ending(self.to)
