"""The window of a 2-cycle of a map of the line."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from edgestab.theory.part import Part
from edgestab.theory.stepmap import StepMap


@dataclass(frozen=True)
class TwoCycleWindow(Part):
    """A map of the line has one 2-cycle for every value of its parameter, which attracts up to one flip.

    Parameters
    ----------
    name : str
        What is proved.
    step : StepMap
        A polynomial map.
    parameter : Symbol
        Its parameter.
    values : (Rational, Rational)
        The values of the parameter.
    points : (Rational, Rational)
        Where exactly one point of the cycle lies.
    flip : (Rational, Rational)
        Between which values of the parameter the multiplier passes -1.
    """

    step: StepMap
    parameter: sp.Symbol
    values: tuple[sp.Rational, sp.Rational]
    points: tuple[sp.Rational, sp.Rational]
    flip: tuple[sp.Rational, sp.Rational]
