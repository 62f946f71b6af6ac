"""An inequality holds along orbits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import sympy as sp

from edgestab.errors import InputError
from edgestab.theory.conclusions.conclusion import Conclusion, Field, Words, needed
from edgestab.theory.stepmap import T

LONGEST = 100_000_000
"""The most steps that an inequality is claimed for."""


@dataclass(frozen=True)
class Along(Conclusion):
    """`margin` >= 0 at every iterate, the start included; an expression in the model's own coordinates.

    When `strict`, `margin` > 0. It is claimed from the step `begin` on, and where `until` is given up to that one. The
    margin may depend on the number t of the step then.
    """

    margin: sp.Expr
    strict: bool = False
    begin: int = 0
    until: int | None = None

    kind = "along"
    fields: ClassVar[tuple[Field, ...]] = (
        Field("inequality", "relation"),
        Field("from", "whole"),
        Field("until", "whole"),
    )

    @classmethod
    def of(cls, entries: Mapping[str, Any], constants: Mapping[sp.Symbol, sp.Expr]) -> Self:
        """Return it for the difference of an inequality's two sides.

        Examples
        --------
        >>> x, y = sp.symbols("x y")
        >>> Along.of({"inequality": x * y < 2}, {})
        Along(margin=-x*y + 2, strict=True, begin=0, until=None)
        """
        (relation,) = needed(entries, ("inequality",), 'along needs an inequality, for example inequality = "x*y <= 2"')
        if not isinstance(relation, sp.Gt | sp.Ge | sp.Lt | sp.Le):
            raise InputError("along needs a single inequality with <, <=, > or >=")
        begin, until = entries.get("from", 0), entries.get("until")
        if begin < 0 or (until is not None and not begin <= until <= LONGEST):
            raise InputError(f"along goes from = 0 or more until = at least that and at most {LONGEST}")
        margin = (relation.gts - relation.lts).subs(constants)
        if T in margin.free_symbols and until is None:
            raise InputError("an inequality in t is claimed up to some step: give until, for example until = 10000")
        return cls(margin, relation.rel_op in ("<", ">"), begin, until)

    @property
    def words(self) -> Words:
        """What is claimed of an orbit."""
        last = f" to {self.until}" if self.until is not None else " on" if self.begin else ""
        where = f" from step {self.begin}{last}" if self.begin or self.until is not None else ""
        return (self.margin, f" {'>' if self.strict else '≥'} 0 at every iterate{where}")

    @property
    def counts(self) -> bool:
        """Whether the number of the step matters."""
        return bool(self.begin) or self.until is not None

    def with_constants(self, values: Mapping[sp.Symbol, sp.Expr]) -> Self:
        """Return it with constants replaced in the margin."""
        return replace(self, margin=self.margin.subs(values))
