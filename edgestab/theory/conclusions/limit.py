"""Orbits converge, and an inequality holds at the limit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import sympy as sp

from edgestab.errors import InputError
from edgestab.theory.conclusions.conclusion import Conclusion, Ending, Field, Words, needed


@dataclass(frozen=True)
class AtTheLimit(Conclusion):
    """Every orbit converges to a linearly stable minimum at which `margin` >= 0; > 0 when `strict`.

    The margin is an expression in eta, the start's variables, and the final state, whose coordinates are written with
    the suffix ``_final``. When a set of minima is named, the limit lies on that set.
    """

    margin: sp.Expr
    strict: bool = False
    to: str | None = None

    kind = "limit"
    fields = (Field("inequality", "final relation"), Field("to", "minima"))

    @classmethod
    def of(cls, entries: Mapping[str, Any], constants: Mapping[sp.Symbol, sp.Expr]) -> Self:
        """Return it for the difference of an inequality's two sides.

        Examples
        --------
        >>> x = sp.Symbol("x_final")
        >>> AtTheLimit.of({"inequality": x < 2}, {})
        AtTheLimit(margin=2 - x_final, strict=True, to=None)
        """
        (relation,) = needed(
            entries, ("inequality",), 'limit needs an inequality, for example inequality = "x_final > y_final"'
        )
        if not isinstance(relation, sp.Gt | sp.Ge | sp.Lt | sp.Le):
            raise InputError("limit needs a single inequality with <, <=, > or >=")
        margin = (relation.gts - relation.lts).subs(constants)
        return cls(margin, relation.rel_op in ("<", ">"), entries.get("to"))

    @property
    def words(self) -> Words:
        """What is claimed of an orbit."""
        where = (f" of the set {self.to}",) if self.to else ()
        sign = ">" if self.strict else "≥"
        return ("converges to a linearly stable minimum", *where, ", at which ", self.margin, f" {sign} 0")

    @property
    def ending(self) -> Ending:
        """At a minimum, of any sharpness."""
        return Ending(self.to)

    def with_constants(self, values: Mapping[sp.Symbol, sp.Expr]) -> Self:
        """Return it with constants replaced in the margin."""
        return replace(self, margin=self.margin.subs(values))
