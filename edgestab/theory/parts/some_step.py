"""A statement about orbits at some step size."""

from __future__ import annotations

from dataclasses import dataclass, replace

import sympy as sp

from edgestab.theory.part import Part
from edgestab.theory.parts.argued import Argued
from edgestab.theory.statement import StepSizes

TRIED = 9
"""How many step sizes of a range are tried: its ends and between them, at equal distances."""


@dataclass(frozen=True)
class SomeStepSize(Part):
    """A statement that is claimed at one at least of its step sizes.

    Parameters
    ----------
    name : str
        What it says.
    statement : Argued
        The statement; its step sizes are those of which one will do.
    """

    statement: Argued

    @property
    def is_exhaustive(self) -> bool:
        """Whether all its step sizes are tried."""
        return bool(self.statement.step_sizes.values)

    @property
    def members(self) -> tuple[tuple[sp.Rational, Argued], ...]:
        """The statement at each step size that is tried.

        Examples
        --------
        >>> from edgestab.theory.conclusions.bounded import Bounded
        >>> from edgestab.theory.models.catalogue import model
        >>> from edgestab.theory.region import Region
        >>> of = model("balanced:2")
        >>> region = Region.in_coordinates(of, {"rho": (0, 1)})
        >>> statement = Argued("", of, StepSizes.between("0.1", "0.9"), region, Bounded())
        >>> [str(eta) for eta, _ in SomeStepSize("", statement).members][:3]
        ['1/10', '1/5', '3/10']
        """
        sizes = self.statement.step_sizes
        steps = range(TRIED)
        values = sizes.values or [sizes.low + (sizes.high - sizes.low) * sp.Rational(k, TRIED - 1) for k in steps]
        return tuple((v, replace(self.statement, step_sizes=StepSizes((v,)))) for v in values)
