"""A statement about orbits that interval arithmetic proves."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from edgestab.theory.part import Part
from edgestab.theory.statement import OrbitStatement


@dataclass(frozen=True)
class Certified(Part):
    """A statement that interval arithmetic proves on cells (docs/certificates.md).

    Parameters
    ----------
    name : str
        What is proved.
    statement : OrbitStatement
        Convergence, or a window of the final sharpness.
    down_to_zero : bool
        Whether it is proved for every smaller step size as well.
    core : tuple of Rational, optional
        For almost every start of a trapping region: between which x the starts are certified first.
    timed : bool
        Whether the number of steps is bounded as well.
    """

    statement: OrbitStatement
    down_to_zero: bool = False
    core: tuple[sp.Rational, sp.Rational] | None = None
    timed: bool = False
