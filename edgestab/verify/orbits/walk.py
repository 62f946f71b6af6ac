"""One orbit of a statement in ball arithmetic, from a start that satisfies the hypotheses for certain."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import flint
import sympy as sp

from edgestab.numerics.orbits.domain import guards_of, is_broken
from edgestab.numerics.printers.ball import ball
from edgestab.numerics.programs.program import jacobian_program, step_program
from edgestab.numerics.rigorous.balls import BallMap, Point, TooImprecise, values
from edgestab.theory.models.base import Coordinates, LimitSet
from edgestab.theory.relations import compare
from edgestab.theory.statement import OrbitStatement
from edgestab.theory.symbols import ETA


class NotConfirmed(ArithmeticError):
    """Ball arithmetic does not confirm the failure seen in floating point; the reason is the message."""


class HoldsAsStated(NotConfirmed):
    """In ball arithmetic the conclusion holds."""


class HoldsSoFar(NotConfirmed):
    """In ball arithmetic the conclusion holds for as many steps as the orbit was followed in floating point."""


class OutOfWork(NotConfirmed):
    """The budget for ball arithmetic ended; so far the orbit is enclosed.

    Parameters
    ----------
    steps, bits : int
        How far it was followed, and at which precision.
    """

    def __init__(self, steps: int, bits: int) -> None:
        super().__init__(f"the budget for ball arithmetic ended after {steps} steps at {bits} bits")
        self.steps, self.bits = steps, bits


class Work:
    """What may still be computed in ball arithmetic, in its operations: no verdict depends on how busy a machine is.

    Parameters
    ----------
    limit : float
        Operations at up to some hundred bits; one of more bits counts for several.
    """

    def __init__(self, limit: float) -> None:
        self.left = limit

    def spend(self, operations: float) -> None:
        """Count operations at the precision of the context."""
        # As measured: at 2048 bits half as much again, at 65536 thirty times as much.
        self.left -= operations * (1 + flint.ctx.prec / 4096) ** 1.25


class LeftDomain(ArithmeticError):
    """In ball arithmetic an iterate lies outside the domain of the loss; the message says which."""


SPREAD = flint.arb(0, 2.0**-60)
"""How far around a point all starts are followed at once, relative to it: less than doubles tell apart."""


@dataclass(frozen=True)
class Suspect:
    """A point at which the conclusion failed in floating point.

    Parameters
    ----------
    eta : Fraction
        The exact step size.
    variables : dict
        The exact values of the region's variables.
    steps : int
        How long the orbit was in floating point.
    period : int
        The period of the cycle it settled on, 0 for none.
    spread : bool
        Whether all starts near the point are followed at once, so that what is shown holds on an open set.
    """

    eta: Fraction
    variables: dict[sp.Symbol, Fraction]
    steps: int
    period: int = 0
    spread: bool = False


@dataclass(frozen=True)
class Walk:
    """An orbit in ball arithmetic, with a budget.

    Parameters
    ----------
    statement : OrbitStatement
        What is claimed of it.
    suspect : Suspect
        The orbit in floating point.
    where : Coordinates
        The coordinates it is followed in.
    orbit : BallMap
        The step in them.
    start : tuple of arb
        In these coordinates.
    named : dict
        The step size and the region's variables.
    work : Work
        What may be spent on it.
    """

    statement: OrbitStatement
    suspect: Suspect
    where: Coordinates
    orbit: BallMap
    start: Point
    named: dict[sp.Symbol, flint.arb]
    work: Work

    def __iter__(self) -> Iterator[tuple[int, Point]]:
        """Step numbers and iterates, without end.

        Raises
        ------
        OutOfWork
            When the budget has ended.
        LeftDomain
            When the next iterate does not exist.
        """
        guards, operations = guards_of(self.where.step), self.operations
        for step, point in enumerate(self.orbit.orbit(self.start)):
            self.work.spend(operations)
            if self.work.left < 0:
                raise OutOfWork(step, flint.ctx.prec)
            yield step, point
            # This iterate exists; whether there is a next one is asked when it is wanted.
            if guards:
                self._require_inside(guards, step, point)

    def spend(self, steps: int) -> None:
        """Count work worth so many steps."""
        self.work.spend(steps * self.operations)

    @cached_property
    def operations(self) -> int:
        """About how many operations a step takes, with its Jacobian, their product, and what is done around them."""
        step = self.orbit.step
        jacobian = jacobian_program(step)
        return step_program(step).operations + (jacobian.operations if jacobian else 0) + 3 * len(step.state) ** 3 + 40

    def _require_inside(self, guards: Sequence[sp.Expr], step: int, point: Point) -> None:
        found = values([g.args[0] for g in guards], self.at(point))
        for condition, value in zip(guards, found, strict=True):
            if is_broken(condition, value):
                raise LeftDomain(
                    f"the orbit leaves the domain of the loss at step {step}: {condition.args[0]} = {digits(value)} "
                    f"({flint.ctx.prec} bits)"
                )

    def at(self, point: Point) -> dict[sp.Symbol, flint.arb]:
        """Return the values of state and parameters at an iterate."""
        state = dict(zip(self.orbit.step.state, point, strict=True))
        return {**state, **{p: ball(v) for p, v in self.orbit.parameters.items()}}

    @property
    def minima(self) -> tuple[LimitSet, ...]:
        """The model's sets of minima, in these coordinates where they are known in them."""
        return self.where.minima or self.statement.model.minima


def walk_from(statement: OrbitStatement, suspect: Suspect, where: Coordinates, work: Work) -> Walk:
    """Return the orbit of a suspected point in some coordinates, at the precision of the context.

    Raises
    ------
    NotConfirmed
        When the start does not satisfy the hypotheses for certain.
    """
    start, named = _exact_start(statement, suspect)
    if where.chart is not None:
        at = {**named, **dict(zip(where.chart.source, start, strict=True))}
        start = tuple(values(list(where.chart.forward), at))
    orbit = BallMap(where.step, dict.fromkeys(where.step.parameters, suspect.eta))
    return Walk(statement, suspect, where, orbit, start, named, work)


def _exact_start(statement: OrbitStatement, suspect: Suspect) -> tuple[Point, dict[sp.Symbol, flint.arb]]:
    region = statement.region
    near = SPREAD if suspect.spread else flint.arb(0)
    named = {ETA: ball(suspect.eta), **{s: ball(v) + abs(ball(v)) * near for s, v in suspect.variables.items()}}
    sizes = statement.step_sizes
    if not sizes.values and not sizes.low <= sp.Rational(suspect.eta.numerator, suspect.eta.denominator) <= sizes.high:
        raise NotConfirmed("the step size lies outside the stated range")
    for variable, (low, high) in zip(region.variables, region.bounds, strict=True):
        a, b = values([low, high], named)
        x = named[variable]
        if low == high:
            named[variable] = a  # the stated value itself, of which the sample holds the nearest double
        elif not (a < x and x < b):
            raise NotConfirmed(f"{variable} is not strictly inside its interval")
    start = tuple(values(list(region.start), named))
    everything = {**named, **dict(zip(statement.model.own.step.state, start, strict=True))}
    for relation in region.where:
        if not compare(relation, *values([relation.lhs, relation.rhs], everything)):
            raise NotConfirmed(f"the hypothesis {relation} is not certain at this start")
    return start, named


MOST_BITS = 1024
"""The precision at which what is still open is given up."""


def undecided(what: str) -> ArithmeticError:
    """Return the error of a quantity whose sign is left open: more bits are asked for, but not for ever."""
    if flint.ctx.prec >= MOST_BITS:
        return NotConfirmed(f"{flint.ctx.prec} bits do not decide {what}")
    return TooImprecise(f"{flint.ctx.prec} bits do not decide {what}")


def digits(x: flint.arb) -> str:
    """Return the midpoint to as many digits as the radius leaves meaning in, and the radius."""
    middle, radius = float(x.mid()), float(x.rad())
    if not (math.isfinite(middle) and math.isfinite(radius)):
        return str(x.str(9, radius=False))
    return f"{middle:.12g}" if radius < 1e-12 * abs(middle) else f"{middle:.9g} +- {radius:.1g}"
