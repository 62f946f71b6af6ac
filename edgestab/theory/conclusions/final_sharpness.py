"""Orbits converge to a minimum of a certain sharpness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import sympy as sp

from edgestab.errors import InputError
from edgestab.theory.conclusions.conclusion import Conclusion, Ending, Field, Words
from edgestab.theory.symbols import ETA


@dataclass(frozen=True)
class FinalSharpness(Conclusion):
    """Every orbit converges to a minimum whose sharpness lies in the open interval (low, high).

    The ends are expressions in eta, constants, the start's variables, and the final state, whose own
    coordinates are written with the suffix ``_final``. When a set of minima is named, to that set.
    """

    low: sp.Expr
    high: sp.Expr
    to: str | None = None

    kind = "final-sharpness"
    fields = (Field("low", "end"), Field("high", "end"), Field("to", "minima"))

    @classmethod
    def of(cls, entries: Mapping[str, Any], constants: Mapping[sp.Symbol, sp.Expr]) -> Self:
        """Return the window between the ends given; an end that is left out is infinite."""
        low, high = entries.get("low"), entries.get("high")
        if low is None and high is None:
            raise InputError("final-sharpness needs low, high or both")
        window = cls(-sp.oo if low is None else low, sp.oo if high is None else high, entries.get("to"))
        return window.with_constants(constants)

    @property
    def words(self) -> Words:
        """What is claimed of an orbit."""
        where = (f", on the set {self.to}",) if self.to else ()
        return ("converges to a minimum of sharpness ", sp.Symbol("S_oo"), " ∈ ", (self.low, self.high), *where)

    @property
    def ending(self) -> Ending:
        """At a minimum whose sharpness is in the window."""
        return Ending(self.to, (self.low, self.high))

    def with_constants(self, values: Mapping[sp.Symbol, sp.Expr]) -> Self:
        """Return the window with constants replaced in its ends."""
        return replace(self, low=self.low.subs(values), high=self.high.subs(values))

    def require_possible(self, step_sizes: Sequence[sp.Rational]) -> None:
        """Refuse a window whose ends are not real, or in the wrong order, at a step size it is claimed for.

        Examples
        --------
        >>> FinalSharpness(2 / ETA, 1 / ETA).require_possible([sp.S(1)])
        Traceback (most recent call last):
        edgestab.errors.InputError: the window 2/eta .. 1/eta is empty at eta = 1: write the smaller end first
        """
        for eta in step_sizes:
            low, high = (e.subs(ETA, eta) for e in (self.low, self.high))
            if low.is_number and high.is_number and not (low.is_extended_real and high.is_extended_real):
                raise InputError(f"the window {self.low} .. {self.high} is not real at eta = {eta}")
            if low.is_number and high.is_number and low >= high:
                raise InputError(
                    f"the window {self.low} .. {self.high} is empty at eta = {eta}: write the smaller end first"
                )
