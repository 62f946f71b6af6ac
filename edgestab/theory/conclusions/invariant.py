"""A step leads from the region into the region."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import sympy as sp

from edgestab.errors import InputError
from edgestab.theory.conclusions.along import Along
from edgestab.theory.conclusions.conclusion import Field, Words

if TYPE_CHECKING:
    from edgestab.theory.region import Region
    from edgestab.theory.stepmap import StepMap


@dataclass(frozen=True)
class Invariant(Along):
    """One step leads into the region or its boundary: `margin` is the least margin of all that bounds the region.

    Orbits that begin in such a region, closed, stay in it.
    """

    kind = "invariant"
    fields: ClassVar[tuple[Field, ...]] = ()

    @classmethod
    def of(cls, _entries: Mapping[str, Any], _constants: Mapping[sp.Symbol, sp.Expr]) -> Self:
        """Return it before the region is known."""
        return cls(sp.nan, begin=1, until=1)

    @property
    def words(self) -> Words:
        """What is claimed of an orbit."""
        return ("comes at its first step into the region or its boundary",)

    def within(self, region: Region, step: StepMap) -> Self:
        """Return it for a region of starts.

        Raises
        ------
        InputError
            When the region says nothing of a state variable, or is given by equations.
        """
        free = [str(s) for s in step.state if s not in region.variables and s != step.clock]
        if free:
            raise InputError(f"an invariant region bounds all that a step changes: give an interval for {free[0]}")
        if any(isinstance(r, sp.Eq) for r in region.where) or any(a == b for a, b in region.bounds):
            raise InputError("an invariant region is given by intervals and inequalities, not by equations")
        bounded = [
            r for r in region.where if not isinstance(r, sp.Ne)
        ]  # a region without some points has the same edge
        margins = [m for s, (a, b) in zip(region.variables, region.bounds, strict=True) for m in (s - a, b - s)]
        margins += [r.gts - r.lts for r in bounded]
        return replace(self, margin=sp.Min(*(m for m in margins if not m.is_infinite)))
