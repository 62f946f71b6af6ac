"""A quantity tends to a value along orbits, which may themselves come to no limit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import sympy as sp

from edgestab.theory.conclusions.conclusion import Conclusion, Field, Words, needed


@dataclass(frozen=True)
class Tends(Conclusion):
    """`quantity`, in the model's own coordinates, tends to `limit`: a number, infinity or minus infinity."""

    quantity: sp.Expr
    limit: sp.Expr

    kind = "tends"
    fields: ClassVar[tuple[Field, ...]] = (Field("quantity", "quantity"), Field("limit", "value"))

    @classmethod
    def of(cls, entries: Mapping[str, Any], constants: Mapping[sp.Symbol, sp.Expr]) -> Self:
        """Return it for a quantity and where it tends.

        Examples
        --------
        >>> x = sp.Symbol("x")
        >>> Tends.of({"quantity": x**2, "limit": sp.oo}, {})
        Tends(quantity=x**2, limit=oo)
        """
        wanted = 'tends needs a quantity and its limit, for example quantity = "loss", limit = "0"'
        quantity, limit = needed(entries, ("quantity", "limit"), wanted)
        return cls(quantity.subs(constants), limit.subs(constants))

    @property
    def words(self) -> Words:
        """What is claimed of an orbit."""
        return (self.quantity, " tends to ", self.limit)

    def with_constants(self, values: Mapping[sp.Symbol, sp.Expr]) -> Self:
        """Return it with constants replaced."""
        return replace(self, quantity=self.quantity.subs(values), limit=self.limit.subs(values))
