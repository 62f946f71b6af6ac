"""A claim or a sweep as a user specifies it, every text of it read: expressions, a model, a region, step sizes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sympy as sp

from edgestab.errors import InputError
from edgestab.theory.claim import Claim
from edgestab.theory.conclusions.conclusion import Conclusion
from edgestab.theory.models.base import Model
from edgestab.theory.part import Part
from edgestab.theory.parts.argued import Argued
from edgestab.theory.parts.some_step import SomeStepSize
from edgestab.theory.region import Region
from edgestab.theory.statement import Quantifier, StepSizes


@dataclass(frozen=True)
class Specification:
    """What a claim file says.

    Parameters
    ----------
    name : str
        Of the claim or sweep.
    words : str
        The claim in words.
    model : Model
        Loss, step and minima.
    step_sizes : StepSizes
        Over which eta ranges.
    region : Region
        The starts.
    conclusion : Conclusion or None
        What is claimed; nothing by a file that only asks for a sweep.
    at_least : Rational
        Of what fraction of the starts, in the uniform distribution over the region.
    quantifier : str
        From which starts of the region.
    some_step : bool
        Whether it is claimed at some step size, and not at each.
    points : int
        How many starts a sweep follows.
    grid : mapping of str to int
        Instead of `points`, cells along each free variable.
    tile : int
        Orbits in a tile of a sweep.
    """

    name: str
    words: str
    model: Model
    step_sizes: StepSizes
    region: Region
    conclusion: Conclusion | None
    at_least: sp.Rational
    quantifier: Quantifier
    some_step: bool
    points: int
    grid: Mapping[str, int]
    tile: int


def claim_of(specification: Specification) -> Claim:
    """Return the claim that a specification states.

    Raises
    ------
    InputError
        When it has no conclusion.
    """
    s = specification
    if s.conclusion is None:
        raise InputError('there is no [conclusion] table: say what is claimed, for example kind = "converges"')
    statement = Argued(s.name, s.model, s.step_sizes, s.region, s.conclusion, s.at_least, None, s.quantifier)
    part: Part = SomeStepSize(s.name, statement) if s.some_step else statement
    return Claim(f"user.{s.name}", "given by the user", s.name, s.words, (part,), kind="user")
