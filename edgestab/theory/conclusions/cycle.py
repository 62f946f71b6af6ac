"""Orbits settle on an attracting cycle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import sympy as sp

from edgestab.errors import InputError
from edgestab.theory.conclusions.conclusion import Conclusion, Field, Words


@dataclass(frozen=True)
class Cycles(Conclusion):
    """Every orbit settles on a cycle of two points or more, attracting or neutral, of the least period `period`.

    Where a margin is given, it is >= 0 at every point of the cycle; > 0 when `strict`. A period of 0 is any.
    """

    period: int = 0
    margin: sp.Expr = sp.S.One
    strict: bool = False

    kind = "cycle"
    fields = (Field("period", "whole"), Field("inequality", "relation"))

    @classmethod
    def of(cls, entries: Mapping[str, Any], constants: Mapping[sp.Symbol, sp.Expr]) -> Self:
        """Return it for a period, if one is given, and the difference of an inequality's two sides.

        Examples
        --------
        >>> Cycles.of({"period": 2}, {})
        Cycles(period=2, margin=1, strict=False)
        """
        period, relation = entries.get("period", 0), entries.get("inequality")
        if "period" in entries and period < 2:
            raise InputError(f"a cycle has a period of at least 2, got {period}: an orbit that converges has none")
        if relation is None:
            return cls(period)
        if not isinstance(relation, sp.Gt | sp.Ge | sp.Lt | sp.Le):
            raise InputError("cycle takes a single inequality with <, <=, > or >=")
        return cls(period, (relation.gts - relation.lts).subs(constants), relation.rel_op in ("<", ">"))

    @property
    def words(self) -> Words:
        """What is claimed of an orbit."""
        period = f" of period {self.period}" if self.period else ""
        if self.margin == 1:
            return (f"settles on a cycle{period}",)
        return (
            f"settles on a cycle{period}, with ",
            self.margin,
            f" {'>' if self.strict else '≥'} 0 at all its points",
        )

    def with_constants(self, values: Mapping[sp.Symbol, sp.Expr]) -> Self:
        """Return it with constants replaced in the margin."""
        return replace(self, margin=self.margin.subs(values))
