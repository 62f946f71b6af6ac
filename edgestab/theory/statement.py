"""A statement about orbits as data: from every start of a region, at every step size, something holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import sympy as sp

from edgestab.errors import InputError
from edgestab.theory.chart import Chart
from edgestab.theory.conclusions.conclusion import Conclusion
from edgestab.theory.exact import Number, rational
from edgestab.theory.models.base import Model
from edgestab.theory.part import Part
from edgestab.theory.region import Region
from edgestab.theory.symbols import ETA


@dataclass(frozen=True)
class StepSizes:
    """The step sizes of a statement: a closed interval, or single values when both ends agree.

    Parameters
    ----------
    values : tuple of Rational
        Single values; empty when an interval is meant.
    low, high : Rational
        The interval.
    """

    values: tuple[sp.Rational, ...] = ()
    low: sp.Rational = sp.S.Zero
    high: sp.Rational = sp.S.Zero

    def __post_init__(self) -> None:
        values = self.values if isinstance(self.values, tuple | list) else (self.values,)
        object.__setattr__(self, "values", tuple(_positive(v) for v in values))
        if values:
            return
        object.__setattr__(self, "low", _positive(self.low))
        object.__setattr__(self, "high", _positive(self.high))
        if self.low >= self.high:
            raise InputError(f"the range of step sizes {self.low} .. {self.high} is empty: write the smaller end first")

    @classmethod
    def of(cls, *values: Number) -> StepSizes:
        """Return single step sizes; a float stands for the decimal that was written.

        Examples
        --------
        >>> StepSizes.of("0.1", 0.2).values
        (1/10, 1/5)
        """
        return cls(values)

    @classmethod
    def between(cls, low: Number, high: Number) -> StepSizes:
        """Return an interval of step sizes."""
        return cls((), low, high)

    @property
    def largest(self) -> sp.Rational:
        """The largest step size."""
        return max(self.values) if self.values else self.high


def _positive(value: Number) -> sp.Rational:
    wanted = "positive and finite"
    size = rational(value, "step size", wanted=wanted)
    if size <= 0:
        raise InputError(f"step size must be {wanted}, got {size}")
    return size


@dataclass(frozen=True)
class Interruption:
    """A change made to the state once, after a number of steps, as in Theorem 3.2.

    Parameters
    ----------
    after : int
        How many steps go before it.
    update : tuple of Expr
        The new state in terms of the old, in the coordinates that are computed in.

    Examples
    --------
    >>> x, y = sp.symbols("x y")
    >>> Interruption(10, (x / 2, y)).update[0]
    x/2
    """

    after: int
    update: tuple[sp.Expr, ...]


Quantifier = Literal["every", "almost every", "some"]


@dataclass(frozen=True)
class OrbitStatement(Part):
    """For every step size and every start of the region, the conclusion holds.

    Parameters
    ----------
    name : str
        What this part of a claim says, in a few words.
    model : Model
        Loss, step and minima.
    step_sizes : StepSizes
        Over which eta ranges.
    region : Region
        The starts.
    conclusion : Conclusion
        What is claimed of each orbit.
    at_least : Rational
        The fraction of the starts for which it is claimed: 1 for a theorem, less for a statement with high
        probability over the region's uniform distribution.
    interruption : Interruption, optional
        A perturbation on the way.
    quantifier : str
        From which starts of the region: "every"; "almost every", all but a set of measure zero; or "some".
    """

    model: Model
    step_sizes: StepSizes
    region: Region
    conclusion: Conclusion
    at_least: sp.Rational = sp.S.One
    interruption: Interruption | None = None
    quantifier: Quantifier = "every"

    @property
    def written(self) -> Mapping[sp.Symbol, sp.Expr]:
        """How texts write the variables of the region: coordinates of charts by what mathematics calls them."""
        return dict(entry for chart in self._charts for entry in chart.written)

    @property
    def defined(self) -> tuple[tuple[sp.Symbol, sp.Expr], ...]:
        """The other symbols of those texts, in the model's own coordinates."""
        return tuple(entry for chart in self._charts for entry in chart.defined)

    @property
    def sets_step_size(self) -> bool:
        """Whether the state sets the step size, so that there is none to name: eta is 1 and occurs nowhere."""
        step = self.model.own.step
        return ETA in step.parameters and not step.uses(ETA)

    @property
    def _charts(self) -> list[Chart]:
        variables = set(self.region.variables) - set(self.model.own.step.state)
        return [c for c in self.model.all_charts if variables & {coordinate for coordinate, _ in c.written}]

    def with_constants(self, values: Mapping[sp.Symbol, sp.Expr]) -> OrbitStatement:
        """Return the statement with constants such as K replaced by numbers."""
        interruption = self.interruption
        if interruption is not None:
            interruption = replace(interruption, update=tuple(u.subs(values) for u in interruption.update))
        region = self.region.with_constants(values)
        conclusion = self.conclusion.with_constants(values)
        return replace(self, region=region, conclusion=conclusion, interruption=interruption)
