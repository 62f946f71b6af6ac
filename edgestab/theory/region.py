"""A region of starts: named variables with bounds, exclusions, and how a start is made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import sympy as sp
from sympy.core.relational import Relational

from edgestab.errors import InputError
from edgestab.theory.models.base import Model
from edgestab.theory.symbols import ETA, symbol

End: TypeAlias = str | int | sp.Expr
"""An end of an interval: an exact decimal text, an integer, or an expression."""


def _exact(end: End) -> sp.Expr:
    return end if isinstance(end, sp.Expr) else sp.Rational(end)


@dataclass(frozen=True)
class Region:
    """An open box in named variables, less exclusions.

    Parameters
    ----------
    variables : tuple of Symbol
        The coordinates the bounds are stated in.
    bounds : tuple of (Expr, Expr)
        For each variable its open interval, in eta, constants, and variables that stand before it.
        Two equal ends are a single value.
    start : tuple of Expr
        The model's own coordinates of the start, in the variables and eta.
    where : tuple of Relational
        What else must hold, in the variables and eta.

    Examples
    --------
    >>> from edgestab.theory.models.catalogue import model
    >>> region = Region.in_coordinates(model("quartic"), {"x": ("3", "4"), "y": ("0", "1/3")})
    >>> region.start
    (x, y)
    """

    variables: tuple[sp.Symbol, ...]
    bounds: tuple[tuple[sp.Expr, sp.Expr], ...]
    start: tuple[sp.Expr, ...]
    where: tuple[Relational, ...] = ()

    @classmethod
    def in_coordinates(
        cls,
        model: Model,
        bounds: Mapping[str, tuple[End, End]],
        where: tuple[Relational, ...] = (),
    ) -> Region:
        """Return a region whose variables are the model's own coordinates or those of one of its charts.

        Raises
        ------
        InputError
            When the names are the coordinates of no chart.
        """
        return cls.of(model, tuple(bounds), tuple((_exact(a), _exact(b)) for a, b in bounds.values()), where)

    @classmethod
    def of(
        cls,
        model: Model,
        names: tuple[str, ...],
        bounds: tuple[tuple[sp.Expr, sp.Expr], ...],
        where: tuple[Relational, ...] = (),
    ) -> Region:
        """Return a region given by variable names, which must be the coordinates of a chart, in any order.

        With momentum the names of the iterate alone will do: its orbits start at rest.
        """
        own = model.own.step.state
        systems: dict[frozenset[str], tuple[tuple[sp.Symbol, ...], tuple[sp.Expr, ...]]] = {
            frozenset(s.name for s in own): (own, own)
        }
        # Momentum starts at rest, unless the previous iterate is given: it is the start itself.
        at_rest = tuple(symbol(s.name.removesuffix("_prev")) for s in own)
        if at_rest != own and set(at_rest) <= set(own):
            systems[frozenset(s.name for s in at_rest)] = (tuple(dict.fromkeys(at_rest)), at_rest)
        for chart in model.all_charts:
            if chart.source == own:
                systems.setdefault(frozenset(s.name for s in chart.target), (chart.target, chart.inverse))
        if frozenset(names) not in systems:
            known = "; ".join(", ".join(str(v) for v in variables) for variables, _ in systems.values())
            raise InputError(f"no coordinates {', '.join(names)} for {model.name}; a region takes one of: {known}")
        symbols_, start = systems[frozenset(names)]
        by_name = {s.name: s for s in symbols_}
        return cls(tuple(by_name[n] for n in names), bounds, start, where)

    def with_constants(self, values: Mapping[sp.Symbol, sp.Expr]) -> Region:
        """Return the region with constants such as K replaced by numbers."""
        return replace(
            self,
            bounds=tuple((a.subs(values), b.subs(values)) for a, b in self.bounds),
            start=tuple(s.subs(values) for s in self.start),
            where=tuple(w.subs(values) for w in self.where),
        )

    @property
    def constants(self) -> frozenset[sp.Symbol]:
        """Free symbols that are neither variables nor the step size."""
        used = {s for pair in self.bounds for e in pair for s in e.free_symbols}
        used |= {s for e in (*self.start, *self.where) for s in e.free_symbols}
        return frozenset(used - set(self.variables) - {ETA})
