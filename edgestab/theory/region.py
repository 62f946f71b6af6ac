"""A region of starts: named variables with bounds, exclusions, and how a start is made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import sympy as sp
from sympy.core.relational import Relational

from edgestab.errors import InputError
from edgestab.theory.exact import Number, exact
from edgestab.theory.models.base import Model
from edgestab.theory.relations import mapped
from edgestab.theory.symbols import ETA, ours

Interval: TypeAlias = Number | Sequence[Number]
"""Two ends, or a single value."""


def interval(ends: Interval, name: str, symbols: Mapping[str, sp.Symbol]) -> tuple[sp.Expr, sp.Expr]:
    """Return the two ends of an interval, in the given symbols; those of a single value are equal.

    Raises
    ------
    InputError
        When there are not two ends, or one is no exact number or expression in the symbols.
    """
    pair = ends if isinstance(ends, list | tuple) else (ends, ends)
    if len(pair) != 2:
        raise InputError(f"region.{name} takes two ends, got {len(pair)}")
    low, high = (exact(e, f"region.{name}", symbols) for e in pair)
    return low, high


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
    >>> region = Region.in_coordinates(model("quartic"), {"x": (3.1, 4), "y": ("0", "1/3")})
    >>> region.start, region.bounds
    ((x, y), ((31/10, 4), (0, 1/3)))
    """

    variables: tuple[sp.Symbol, ...]
    bounds: tuple[tuple[sp.Expr, sp.Expr], ...]
    start: tuple[sp.Expr, ...]
    where: tuple[Relational, ...] = ()

    def __post_init__(self) -> None:
        for variable, (low, high) in zip(self.variables, self.bounds, strict=False):
            if any(e.is_number and e.is_extended_real is False for e in (low, high)):
                raise InputError(f"the interval of {variable} is not real: {low} .. {high}")
            if low.is_number and high.is_number and low > high:
                raise InputError(f"the interval of {variable} is empty: {low} .. {high}; write the smaller end first")

    @classmethod
    def in_coordinates(
        cls,
        model: Model,
        bounds: Mapping[str, Interval] | Mapping[sp.Symbol, Interval],
        where: Relational | Sequence[Relational] = (),
    ) -> Region:
        """Return a region whose variables are the model's own coordinates or those of one of its charts.

        Parameters
        ----------
        model : Model
            Whose coordinates.
        bounds : mapping of str or Symbol to (low, high) or to a single value
            The ends are numbers, where a float means the decimal that was written, texts in eta, or expressions.
        where : Relational or sequence of Relational
            What else must hold.

        Raises
        ------
        InputError
            When the names are the coordinates of no chart, an end is no number, or a condition is no relation.
        """
        conditions = where if isinstance(where, list | tuple) else (where,)
        for condition in conditions:
            if not isinstance(condition, Relational):
                raise InputError(f"a condition of a region is a relation such as x > 1, got {str(condition)[:40]}")
        names = tuple(str(n) for n in bounds)
        ends = tuple(interval(e, n, {"eta": ETA}) for n, e in zip(names, bounds.values(), strict=True))
        return cls.of(model, names, tuple((ours(a), ours(b)) for a, b in ends), tuple(map(ours, conditions)))

    @classmethod
    def of(
        cls,
        model: Model,
        names: tuple[str, ...],
        bounds: tuple[tuple[sp.Expr, sp.Expr], ...],
        where: tuple[Relational, ...] = (),
    ) -> Region:
        """Return a region given by variable names, which must be the coordinates of a chart, in any order.

        What a step carries beside the loss's parameters, as momentum does, may be left out: it begins as the step says.
        """
        if not names:
            raise InputError("the region is empty: give an interval for every coordinate")
        own = model.own.step.state
        systems: dict[frozenset[str], tuple[tuple[sp.Symbol, ...], tuple[sp.Expr, ...]]] = {
            frozenset(s.name for s in own): (own, own)
        }
        begin: dict[sp.Symbol, sp.Expr] = {c.symbol: c.start for c in model.own.step.carried}
        if model.pair is not None:
            # The second orbit begins where the first does.
            twin = model.pair.twin
            begin = {s: e.xreplace({t: f for f, t in twin.items()}) for s, e in begin.items()}
            begin |= {twin[p]: p for p in model.pair.loss.parameters}
        if begin:
            given = tuple(s for s in own if s not in begin)
            systems[frozenset(s.name for s in given)] = (given, tuple(begin.get(s, s) for s in own))
        for chart in model.all_charts:
            if chart.source == own:
                systems.setdefault(frozenset(s.name for s in chart.target), (chart.target, chart.inverse))
        # Constants without a value are further dimensions.
        varied = tuple(p for p in model.own.step.parameters if p != ETA and p.name in names)
        coordinates = frozenset(names) - {p.name for p in varied}
        if coordinates not in systems or len(set(names)) < len(names):
            known = "; ".join(", ".join(str(v) for v in variables) for variables, _ in systems.values())
            raise InputError(f"no coordinates {', '.join(names)} for {model.name}; a region takes one of: {known}")
        symbols_, start = systems[coordinates]
        by_name = {s.name: s for s in (*symbols_, *varied)}
        return cls(tuple(by_name[n] for n in names), bounds, start, where)

    def with_constants(self, values: Mapping[sp.Symbol, sp.Expr]) -> Region:
        """Return the region with constants such as K replaced by numbers."""
        return replace(
            self,
            bounds=tuple((a.subs(values), b.subs(values)) for a, b in self.bounds),
            start=tuple(s.subs(values) for s in self.start),
            where=tuple(mapped(w, lambda side: side.subs(values)) for w in self.where),
        )

    @property
    def constants(self) -> frozenset[sp.Symbol]:
        """Free symbols that are neither variables nor the step size."""
        used = {s for pair in self.bounds for e in pair for s in e.free_symbols}
        used |= {s for e in (*self.start, *self.where) for s in e.free_symbols}
        return frozenset(used - set(self.variables) - {ETA})
