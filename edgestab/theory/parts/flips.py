"""Where cycles of a map of the line have the multiplier -1."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from edgestab.theory.part import Part
from edgestab.theory.stepmap import StepMap


@dataclass(frozen=True)
class Flip:
    """A cycle and where it flips.

    Parameters
    ----------
    period : int
        Its least period.
    low, high : Rational
        Between which values of the parameter its multiplier is -1.
    """

    period: int
    low: sp.Rational
    high: sp.Rational


@dataclass(frozen=True)
class Flips(Part):
    """The successive flips of a period-doubling cascade.

    Parameters
    ----------
    name : str
        What is proved.
    step : StepMap
        A polynomial map of one variable.
    parameter : Symbol
        Its parameter.
    start : (Rational, Rational)
        A guess of the point, and of the parameter, where the first flip is.
    flips : tuple of Flip
        What is claimed, in the order of the cascade.
    where : str
        What the parameter stands for, in words.
    """

    step: StepMap
    parameter: sp.Symbol
    start: tuple[sp.Rational, sp.Rational]
    flips: tuple[Flip, ...]
    where: str = ""
