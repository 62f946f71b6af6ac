"""What an update rule is: how a loss makes a map, and which factors it takes beside the step size."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import sympy as sp

from edgestab.errors import InputError
from edgestab.theory.loss import Loss
from edgestab.theory.stepmap import StepMap


@dataclass(frozen=True)
class Factor:
    """A constant of an update rule, beside the step size.

    Parameters
    ----------
    symbol : Symbol
        It in the step.
    title : str
        What it is.
    low, high : Rational
        Its domain, a closed interval.
    example : str
        A usual value.
    default : Rational, optional
        Its value where none is given.
    """

    symbol: sp.Symbol
    title: str
    low: sp.Rational
    high: sp.Rational
    example: str
    default: sp.Rational | None = None

    def among(self, values: Mapping[sp.Symbol, sp.Expr], rule: str) -> sp.Expr:
        """Return its value among those that are given.

        Raises
        ------
        InputError
            When it has none, or one outside its domain.
        """
        value = values.get(self.symbol, self.default)
        if value is None:
            raise InputError(f"{rule} needs its {self.title}: give {self.symbol}, for example {self.example}")
        if not self.low <= value <= self.high:
            domain = f"between {self.low} and {self.high}" if self.high.is_finite else f"at least {self.low}"
            raise InputError(f"{self.symbol}, the {self.title}, is {domain}, got {value}")
        return value


@dataclass(frozen=True)
class UpdateRule:
    """How a loss makes a map.

    Parameters
    ----------
    name : str
        The name that a command line or a claim file uses.
    step : callable
        From a loss to the map, with the factors as parameters.
    reference : str
        Where it is from.
    factors : tuple of Factor
        Its constants, beside the step size.
    """

    name: str
    step: Callable[[Loss], StepMap]
    reference: str
    factors: tuple[Factor, ...] = ()

    def on(self, loss: Loss, values: Mapping[sp.Symbol, sp.Expr], free: Sequence[str] = ()) -> StepMap:
        """Return the step on a loss with its factors replaced by their values, but for those that are free.

        Raises
        ------
        InputError
            When a factor has no value, or one outside its domain.

        Examples
        --------
        >>> from edgestab.theory.optimizers.catalogue import update_rule
        >>> from edgestab.theory.optimizers.momentum import BETA
        >>> update_rule("heavy-ball").on(Loss.parse("x**2/2", "x"), {BETA: sp.Rational(1, 2)}).parameters
        (eta,)
        """
        bound = (f for f in self.factors if f.symbol.name not in free)
        return self.step(loss).substitute({f.symbol: f.among(values, self.name) for f in bound})
