"""What an argument that proves a statement consists of, and what it asks of the statement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint
import sympy as sp

from edgestab.numerics.printers.ball import ball
from edgestab.theory.optimizers.gradient_descent import is_gradient_descent
from edgestab.theory.statement import OrbitStatement

Box = tuple[tuple[sp.Rational, sp.Rational], ...]


@dataclass(frozen=True)
class Argument:
    """A proof of a statement from every start of its region, at all its step sizes.

    Parameters
    ----------
    method : str
        By what it is proved, in a few words.
    ingredients : tuple of str
        What was shown, one sentence each.
    certificate : mapping or str
        What the file holds with which the independent checker proves it again; or why there is none.
    cells : int
        On how many cells something was shown in ball arithmetic.
    """

    method: str
    ingredients: tuple[str, ...]
    certificate: Mapping[str, Any] | str
    cells: int = 0


class NoArgument(Exception):
    """An argument does not fit a statement; the message says which ingredient is missing."""


def region_box(statement: OrbitStatement, clock: sp.Symbol | None = None) -> Box:
    """Return the closed box of rational ends that the starts lie in, in the model's own coordinates but for a clock.

    Raises
    ------
    NoArgument
        When the region is written in other coordinates, or its ends are no rational numbers.
    """
    region, own = statement.region, statement.model.own.step.state
    state = tuple(s for s in own if s != clock)
    bounds = dict(zip(region.variables, region.bounds, strict=True))
    begun = tuple(e for s, e in zip(own, region.start, strict=True) if s != clock)
    if set(region.variables) != set(state) or begun != state:
        raise NoArgument("the region is not a box in the model's own coordinates")
    if not all(end.is_Rational for pair in bounds.values() for end in pair):
        raise NoArgument("an end of the region is no rational number")
    return tuple(bounds[s] for s in state)


def step_sizes(statement: OrbitStatement) -> list[tuple[sp.Rational, sp.Rational]]:
    """Return the closed intervals that the step sizes fill; of single ones both ends agree."""
    sizes = statement.step_sizes
    return [(v, v) for v in sizes.values] or [(sizes.low, sizes.high)]


def require_plain(statement: OrbitStatement) -> None:
    """Refuse a statement about another step than gradient descent on a loss without constants.

    Raises
    ------
    NoArgument
        Always, but for plain gradient descent.
    """
    loss = statement.model.loss
    if loss is None or loss.constants or not is_gradient_descent(statement.model.own.step, loss):
        raise NoArgument("the step is not plain gradient descent on a loss without constants")


def require_every_start(statement: OrbitStatement) -> None:
    """Refuse a perturbed statement, or one about some starts only: arguments here are about every start.

    Raises
    ------
    NoArgument
        For those.
    """
    if statement.interruption is not None or statement.quantifier == "some" or statement.region.constants:
        raise NoArgument("the statement is perturbed, about some start, or has a constant without a value")


def over(ends: tuple[sp.Rational, sp.Rational]) -> flint.arb:
    """Return the ball of an interval with rational ends."""
    low, high = (flint.arb(flint.fmpq(int(e.p), int(e.q))) for e in ends)
    return low if ends[0] == ends[1] else low.union(high)


def exactly(x: sp.Rational) -> flint.arb:
    """Return the ball of a rational number."""
    return ball(Fraction(int(x.p), int(x.q)))
