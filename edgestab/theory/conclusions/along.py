"""An inequality holds along orbits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import sympy as sp

from edgestab.errors import InputError
from edgestab.theory.conclusions.conclusion import Conclusion, Field, Words, needed


@dataclass(frozen=True)
class Along(Conclusion):
    """`margin` >= 0 at every iterate, the start included; an expression in the model's own coordinates.

    When `strict`, `margin` > 0.
    """

    margin: sp.Expr
    strict: bool = False

    kind = "along"
    fields = (Field("inequality", "relation"),)

    @classmethod
    def of(cls, entries: Mapping[str, Any], constants: Mapping[sp.Symbol, sp.Expr]) -> Self:
        """Return it for the difference of an inequality's two sides.

        Examples
        --------
        >>> x, y = sp.symbols("x y")
        >>> Along.of({"inequality": x * y < 2}, {})
        Along(margin=-x*y + 2, strict=True)
        """
        (relation,) = needed(entries, ("inequality",), 'along needs an inequality, for example inequality = "x*y <= 2"')
        if not isinstance(relation, sp.Gt | sp.Ge | sp.Lt | sp.Le):
            raise InputError("along needs a single inequality with <, <=, > or >=")
        return cls((relation.gts - relation.lts).subs(constants), relation.rel_op in ("<", ">"))

    @property
    def words(self) -> Words:
        """What is claimed of an orbit."""
        return (self.margin, f" {'>' if self.strict else '≥'} 0 at every iterate")

    def with_constants(self, values: Mapping[sp.Symbol, sp.Expr]) -> Self:
        """Return it with constants replaced in the margin."""
        return replace(self, margin=self.margin.subs(values))
