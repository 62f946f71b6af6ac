"""Conclusions about how orbits end: an orbit is followed until its limit, its cycle or its escape is proved."""

from __future__ import annotations

import functools
from abc import abstractmethod
from collections.abc import Sequence

import flint
import numpy as np
import sympy as sp
import xarray as xr
from numpy.typing import NDArray

from edgestab.numerics.orbits.status import Status
from edgestab.numerics.printers.ball import ball
from edgestab.numerics.rigorous.balls import Point, values
from edgestab.numerics.rigorous.isolated import point_in_words, stationary_in
from edgestab.numerics.rigorous.limits import Cycle, Limit, attracting_cycle, limit_on_set
from edgestab.theory.models.base import Coordinates, LimitSet
from edgestab.theory.optimizers.gradient_descent import is_gradient_descent
from edgestab.theory.statement import OrbitStatement
from edgestab.verify.conclusions.judge import C, OrbitJudge
from edgestab.verify.orbits.escape import is_far, proof_of_escape, size
from edgestab.verify.orbits.recurrence import exact_period, no_minimum_at, returning, steps_of_one_length
from edgestab.verify.orbits.walk import HoldsAsStated, NotConfirmed, Walk, undecided

ATTEMPT = 32
"""What an attempt to prove a limit or a cycle of one point costs, in steps."""


SOON = 64
"""The first step at which a cycle is looked for: with multiplier 0.9 an orbit is a thousand times nearer by then."""

PATIENCE = 4
"""How many times as far as in floating point an orbit with an enclosed limit is followed before bits are added."""


class InOwnCoordinates:
    """A judge of what is said in the model's own coordinates: a chart may forget which is x, or be bounded alone."""

    statement: OrbitStatement

    @property
    def coordinates(self) -> Coordinates:
        """The model's own."""
        return self.statement.model.own

    @property
    def provable(self) -> Coordinates:
        """The model's own."""
        return self.statement.model.own


class EndingJudge(OrbitJudge[C]):
    """The judge of a conclusion about how orbits end."""

    @property
    def coordinates(self) -> Coordinates:
        """The model's best."""
        return self.statement.model.best

    @property
    def provable(self) -> Coordinates:
        """The model's coordinates in which a limit is proved."""
        return self.statement.model.provable

    @abstractmethod
    def fails_at(self, walk: Walk, limit: Limit) -> str:
        """Return what makes a limit a failure of the conclusion; empty when nothing does for certain."""

    @property
    def on_a_cycle(self) -> str:
        """What makes an attracting cycle a failure."""
        return "the orbit does not converge to a minimum"

    on_steps_of_one_length = True
    """Whether an orbit whose steps are all equally long is a failure."""

    def fails_on_cycle(self, _walk: Walk, cycle: Cycle) -> str:
        """Return what makes an enclosed attracting cycle a failure; empty when nothing does for certain."""
        return f"{self.on_a_cycle}: it settles on a cycle {period_in_words(cycle.boxes)}"

    def fails_when_returning(self, period: int, _walk: Walk) -> str:
        """Return what makes an exact return after so many steps a failure; of 1 step the orbit is at rest."""
        return f"{self.on_a_cycle}: {returning(period)}" if period > 1 else ""

    def escaped(self, detail: str) -> str:
        """Return what makes an escape a failure, given how the orbit escapes."""
        return detail

    def failure(self, walk: Walk) -> str:
        """Return how the orbit ends."""
        if self.statement.interruption is not None:
            raise NotConfirmed("a perturbed orbit is not followed in ball arithmetic")
        period = exact_period(walk)
        detail = self.fails_when_returning(period, walk) if period else ""
        if not detail and self.on_steps_of_one_length and (restless := steps_of_one_length(walk)):
            detail = f"{self.on_a_cycle}: {restless}"
        if detail:
            return detail
        next_try, next_cycle, enclosed = 0, SOON, False
        for step, point in walk:
            if is_far(point):
                proof = proof_of_escape(walk, point)
                if proof:
                    far = f"beyond 10^{size(point):.0f} at step {step}"
                    return self.escaped(f"the orbit diverges: {far}, {proof} ({flint.ctx.prec} bits)")
                if size(point) > 1e6:
                    raise NotConfirmed("the orbit is far away, and that it stays away is not shown")
            if step < next_try:
                continue
            next_try = step + max(16, step // 50)
            # A state that counts its steps comes to no limit.
            sets = [s for s in walk.minima if not s.box and walk.orbit.step.clock is None]
            for limit_set in sets:
                if not _is_near(limit_set, self.provable, walk, point):
                    continue
                walk.spend(ATTEMPT)
                limit = limit_on_set(walk.orbit, limit_set, point)
                if limit is None:
                    continue
                detail = self.fails_at(walk, limit)
                if detail:
                    return f"{detail} (contraction proved at step {step}, {flint.ctx.prec} bits)"
                enclosed = True
            # On a cycle an orbit was long before its steps were spent: it is tried at 64, 128, 256, ...
            late = step > walk.suspect.steps // 2 and step > 200
            if late or (walk.suspect.period and step >= next_cycle):
                next_cycle = 2 * step
                settled, detail = self._settled(walk, point)
                if detail:
                    return f"{detail} (attraction proved at step {step}, {flint.ctx.prec} bits)"
                enclosed |= settled
            if enclosed and step > PATIENCE * (walk.suspect.steps + 500):
                raise undecided("what is claimed, though the limit is enclosed")
        raise AssertionError("an orbit does not end")

    @property
    def _parameters(self) -> int:
        loss = self.statement.model.loss
        return len(self.statement.model.own.step.state if loss is None else loss.parameters)

    def _may_be_stationary(self, point: Point) -> bool:
        """Whether the gradient may vanish in a box: an update rule may rest elsewhere."""
        loss = self.statement.model.loss
        if loss is None or loss.constants:
            return True
        at = dict(zip(loss.parameters, point, strict=False))
        return all(g.contains(0) for g in values(list(loss.gradient), at))

    def _is_minimum(self, walk: Walk, box: Point) -> tuple[bool, str]:
        """Whether it is known what the fixed point in a box is, and what keeps it from being a minimum.

        Gradient descent rests where the gradient vanishes, and is attracted by minima alone. Of another rule it is
        shown that the one stationary point in the box is its fixed point, and what the Hessian is there.
        """
        loss, step = self.statement.model.loss, self.statement.model.own.step
        if loss is None or loss.constants or is_gradient_descent(step, loss):
            return True, ""
        found = stationary_in(loss, box[: len(loss.parameters)])
        if found is None or not step.rests:
            return False, ""
        point, sign = found
        carried = [c.rest for c in step.carried]
        if any(r is None for r in carried):
            return False, ""
        at = dict(zip(loss.parameters, point, strict=True))
        rest = [*point, *values([r for r in carried if r is not None], {**walk.named, **at})]
        if not all(x.contains(z) for x, z in zip(box, rest, strict=True)):
            return False, ""
        if sign > 0:
            return True, ""
        return (True, "the orbit comes to rest at a point that is no minimum of the loss") if sign < 0 else (False, "")

    def _settled(self, walk: Walk, point: Point) -> tuple[bool, str]:
        """Whether an attracting cycle or isolated minimum is near, and what makes it a failure of the conclusion."""
        walk.spend(ATTEMPT * (walk.suspect.period or 1))
        cycle = attracting_cycle(walk.orbit, point, walk.suspect.period or 1)
        if cycle is None:
            return False, ""
        minima = [values([s.residual], walk.at(box))[0] for box in cycle.boxes for s in walk.minima if not s.box]
        if len(cycle.boxes) == 1:
            if not self._may_be_stationary(cycle.boxes[0]):
                return True, "the orbit converges to a point at which the gradient does not vanish"
            known, detail = self._is_minimum(walk, cycle.boxes[0])
            if not known or detail:
                return True, detail
            where = point_in_words(walk.orbit.step.state[: self._parameters], cycle.boxes[0])
            return True, self.fails_at(walk, Limit(f"the isolated minimum near {where}", cycle.boxes[0], isolated=True))
        fixed = all(a.overlaps(b) for a, b in zip(cycle.boxes[0], cycle.boxes[1 % len(cycle.boxes)], strict=True))
        if fixed or any(r.contains(0) for r in minima):
            return True, ""
        return True, self.fails_on_cycle(walk, cycle)


def has_least_period(boxes: Sequence[Point]) -> bool:
    """Return whether disjoint boxes exclude that the period of a cycle is a proper divisor of their number."""
    n = len(boxes)
    divisors = [q for q in range(1, n) if n % q == 0]
    return all(any(not a.overlaps(b) for a, b in zip(boxes[0], boxes[q], strict=True)) for q in divisors)


def period_in_words(boxes: Sequence[Point]) -> str:
    """Return the period of a cycle with these boxes as far as it is proved."""
    return f"of period {len(boxes)}" if has_least_period(boxes) else f"whose period divides {len(boxes)}"


class MinimumJudge(EndingJudge[C]):
    """The judge of a conclusion that sends orbits to a set of minima."""

    def fails_when_returning(self, period: int, walk: Walk) -> str:
        """Return what makes an exact return a failure: a cycle, or rest where there is no minimum."""
        if period > 1:
            return super().fails_when_returning(period, walk)
        why = no_minimum_at(walk)
        return f"{self.on_a_cycle}: {returning(period)} {why}" if why else ""

    @property
    def to(self) -> str | None:
        """The set of minima; None for any."""
        ending = self.conclusion.ending
        return None if ending is None else ending.to

    def arrived(self, outcomes: xr.Dataset) -> NDArray[np.bool_]:
        """Return where the limit lies on the named set of minima: everywhere it converged when none is named."""
        converged = outcomes["status"].values == Status.CONVERGED
        if self.to is None:
            return np.asarray(converged)
        wanted = [s.name for s in self.statement.model.minima].index(self.to)
        return np.asarray(converged & (outcomes["limit"].values == wanted))

    def fails_at(self, walk: Walk, limit: Limit) -> str:
        """Return what makes a limit a failure: it is on another set, or not what is claimed of it."""
        if self.to in (None, limit.name):
            return self.fails_on_the_set(walk, limit)
        wanted = [s for s in walk.minima if s.name == self.to]
        if any(is_at(limit.point, s) for s in wanted):
            return self.fails_on_the_set(walk, limit)
        return f"the orbit converges to {limit.name}" if all(is_off(walk, limit.point, s) for s in wanted) else ""

    @abstractmethod
    def fails_on_the_set(self, walk: Walk, limit: Limit) -> str:
        """Return what makes a limit on the right set of minima a failure; empty when nothing does for certain."""


def is_at(point: Point, minimum: LimitSet) -> bool:
    """Return whether an enclosed stationary point is an isolated minimum: the one in its box."""
    return bool(minimum.box) and all(
        ball(low) < x and x < ball(high) for x, (low, high) in zip(point, minimum.box, strict=False)
    )


def is_off(walk: Walk, point: Point, limit_set: LimitSet) -> bool:
    """Return whether an enclosed point is certainly on no point of a set of minima."""
    if limit_set.box:
        return any(x < ball(low) or x > ball(high) for x, (low, high) in zip(point, limit_set.box, strict=False))
    return not values([limit_set.residual], walk.at(point))[0].contains(0)


def agrees(limit: Limit) -> HoldsAsStated:
    """Return the error that says that the limit is the one claimed."""
    return HoldsAsStated(f"in ball arithmetic the orbit converges to {limit.name} as stated")


NEAR = flint.arb("1e-3")
"""How near a set of minima, in units of the orbit, it is worth asking whether the orbit converges to it."""


def _is_near(limit_set: LimitSet, where: Coordinates, walk: Walk, point: Point) -> bool:
    """Whether each equation of a set is small against what it changes by over the length of the point.

    The coordinates of a chart are numbers without units.
    """
    at = walk.at(point)
    length = max((abs(x).upper() for x in point), key=float) if where.chart is None else None
    for equation, slopes in _with_slopes(limit_set.system, where.step.state):
        off, *changes = values([equation, *slopes], at)
        reach = flint.arb(1) if length is None else sum((abs(c) for c in changes), flint.arb(0)) * length
        if not abs(off) <= NEAR * reach:
            return False
    return True


@functools.lru_cache(maxsize=256)
def _with_slopes(
    equations: tuple[sp.Expr, ...], state: tuple[sp.Symbol, ...]
) -> tuple[tuple[sp.Expr, tuple[sp.Expr, ...]], ...]:
    return tuple((e, tuple(sp.diff(e, s) for s in state)) for e in equations)
