"""Every refutation again, in ball arithmetic: a counterexample is reported only when its failure is enclosed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import flint
import sympy as sp

from edgestab.numerics.printers.ball import ball
from edgestab.numerics.rigorous.balls import BallMap, Point, TooImprecise, at_rising_precision, values
from edgestab.numerics.rigorous.limits import Limit, attracting_cycle, limit_on_set, rigorous_sharpness
from edgestab.theory.models.base import Coordinates
from edgestab.theory.models.product import P, structure_of
from edgestab.theory.relations import compare
from edgestab.theory.statement import Along, Converges, Diverges, FinalSharpness, Monotone, OrbitStatement
from edgestab.theory.symbols import ETA, symbol
from edgestab.verify.evidence.evidence import Counterexample

FAR = flint.arb(10) ** 40
"""An iterate beyond this has left every bounded set that matters."""


ISOLATED = "an isolated minimum"


class NotConfirmed(ArithmeticError):
    """Ball arithmetic does not confirm the failure seen in floating point; the reason is the message."""


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
    """

    eta: Fraction
    variables: dict[sp.Symbol, Fraction]
    steps: int
    period: int = 0


def confirm(statement: OrbitStatement, suspect: Suspect, seconds: float) -> Counterexample:
    """Return the counterexample that a suspected point is.

    Raises
    ------
    NotConfirmed
        When the start does not satisfy the hypotheses exactly, or the failure cannot be enclosed in time.
    """
    deadline = time.monotonic() + seconds
    try:
        detail = at_rising_precision(lambda: _attempt(statement, suspect, deadline))
    except TooImprecise as error:
        raise NotConfirmed(str(error)) from error
    point = {"eta": str(suspect.eta), **{str(s): str(v) for s, v in suspect.variables.items()}}
    return Counterexample(point, detail)


def _attempt(statement: OrbitStatement, suspect: Suspect, deadline: float) -> str:
    start, named = _exact_start(statement, suspect)
    conclusion = statement.conclusion
    where = statement.model.own if isinstance(conclusion, Along | Monotone) else statement.model.provable
    if where.chart is not None:
        at = {**named, **dict(zip(where.chart.source, start, strict=True))}
        start = tuple(values(list(where.chart.forward), at))
    orbit = BallMap(where.step, dict.fromkeys(where.step.parameters, suspect.eta))
    walk = _Walk(orbit, start, deadline, where)
    if isinstance(conclusion, Along):
        return _along(conclusion, walk, suspect.steps)
    if isinstance(conclusion, Monotone):
        return _monotone(conclusion, walk, suspect.steps)
    if statement.interruption is not None:
        raise NotConfirmed("a perturbed orbit is not followed in ball arithmetic")
    return _limit(statement, suspect, walk, named)


def _exact_start(statement: OrbitStatement, suspect: Suspect) -> tuple[Point, dict[sp.Symbol, flint.arb]]:
    region = statement.region
    named = {ETA: ball(suspect.eta), **{s: ball(v) for s, v in suspect.variables.items()}}
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


class _Walk:
    """An orbit in ball arithmetic, with a deadline."""

    def __init__(self, orbit: BallMap, start: Point, deadline: float, where: Coordinates) -> None:
        self.orbit, self.start, self.deadline, self.where = orbit, start, deadline, where

    def __iter__(self) -> Iterator[tuple[int, Point]]:
        for step, point in enumerate(self.orbit.orbit(self.start)):
            if step % 256 == 0 and time.monotonic() > self.deadline:
                raise NotConfirmed(f"the time for ball arithmetic ended after {step} steps at {flint.ctx.prec} bits")
            yield step, point

    def named(self, point: Point) -> dict[sp.Symbol, flint.arb]:
        at = dict(zip(self.orbit.step.state, point, strict=True))
        return {**at, **{p: ball(v) for p, v in self.orbit.parameters.items()}}


def _along(conclusion: Along, walk: _Walk, steps: int) -> str:
    for step, point in walk:
        if step > steps:
            raise NotConfirmed(f"in ball arithmetic the inequality holds for all {steps} steps")
        margin = values([conclusion.margin], walk.named(point))[0]
        if margin < 0 or (conclusion.strict and margin <= 0):
            return f"the margin is {_digits(margin)} at step {step} ({flint.ctx.prec} bits)"
        if not margin.is_finite():
            raise TooImprecise("the margin is not enclosed")
    raise AssertionError("an orbit does not end")


def _monotone(conclusion: Monotone, walk: _Walk, steps: int) -> str:
    before: flint.arb | None = None
    sign = 1 if conclusion.direction == "nonincreasing" else -1
    for step, point in walk:
        if step > steps:
            raise NotConfirmed(f"in ball arithmetic the quantity is monotone for all {steps} steps")
        now = values([conclusion.quantity], walk.named(point))[0]
        if not now.is_finite():
            raise TooImprecise("the quantity is not enclosed")
        if before is not None and sign * (now - before) > 0:
            return f"the quantity goes from {_digits(before)} to {_digits(now)} at step {step} ({flint.ctx.prec} bits)"
        before = now
    raise AssertionError("an orbit does not end")


def _limit(statement: OrbitStatement, suspect: Suspect, walk: _Walk, named: dict[sp.Symbol, flint.arb]) -> str:
    minima = walk.where.minima or statement.model.minima
    next_try = 0
    for step, point in walk:
        if any(abs(x) > FAR for x in point):
            detail = _escaped(statement, walk, step, point)
            if detail:
                return detail
            if _size(point) > 1e6:
                raise NotConfirmed("the orbit is far away, and that it stays away is not shown")
        if step < next_try:
            continue
        next_try = step + max(16, step // 50)
        distances = [abs(values([s.residual], walk.named(point))[0]) for s in minima]
        for limit_set, distance in zip(minima, distances, strict=True):
            if not distance < flint.arb("1e-3"):
                continue
            limit = limit_on_set(walk.orbit, limit_set, point)
            if limit is None:
                continue
            detail = _judge(statement, walk, limit, named)
            if detail:
                return f"{detail} (contraction proved at step {step}, {flint.ctx.prec} bits)"
        if step > suspect.steps // 2 and (suspect.period or step > 200):
            detail = _settled(statement, walk, point, suspect, named)
            if detail:
                return f"{detail} (attraction proved at step {step}, {flint.ctx.prec} bits)"
    raise AssertionError("an orbit does not end")


def _settled(
    statement: OrbitStatement, walk: _Walk, point: Point, suspect: Suspect, named: dict[sp.Symbol, flint.arb]
) -> str:
    """What an attracting cycle or isolated minimum near the point makes of the conclusion; empty for none."""
    cycle = attracting_cycle(walk.orbit, point, suspect.period or 1)
    if cycle is None:
        return ""
    sets = walk.where.minima or statement.model.minima
    minima = [values([s.residual], walk.named(box))[0] for box in cycle.boxes for s in sets]
    if len(cycle.boxes) == 1:
        return _judge(statement, walk, Limit(ISOLATED, cycle.boxes[0]), named)
    fixed = all(a.overlaps(b) for a, b in zip(cycle.boxes[0], cycle.boxes[1 % len(cycle.boxes)], strict=True))
    if fixed or any(r.contains(0) for r in minima):
        return ""
    if isinstance(statement.conclusion, Diverges):
        return f"the orbit is bounded: it settles on a cycle of period {len(cycle.boxes)}"
    return f"the orbit does not converge to a minimum: it settles on a cycle of period {len(cycle.boxes)}"


def _judge(statement: OrbitStatement, walk: _Walk, limit: Limit, named: dict[sp.Symbol, flint.arb]) -> str:
    """What makes the limit a failure of the conclusion; empty when nothing does for certain."""
    conclusion, model = statement.conclusion, statement.model
    if isinstance(conclusion, Diverges):
        return f"the orbit is bounded: it converges to {limit.name}"
    if isinstance(conclusion, Converges | FinalSharpness) and conclusion.to not in (None, limit.name):
        wanted = [s.residual for s in walk.where.minima or model.minima if s.name == conclusion.to]
        away = all(not values([r], walk.named(limit.point))[0].contains(0) for r in wanted)
        return f"the orbit converges to {limit.name}" if away else ""
    if isinstance(conclusion, Converges):
        return _agrees(limit)
    if isinstance(conclusion, FinalSharpness):
        steep = rigorous_sharpness(model, walk.orbit, limit, walk.where)
        final = {symbol(f"{s}_final"): x for s, x in zip(walk.where.step.state, limit.point, strict=True)}
        low, high = values([conclusion.low, conclusion.high], {**named, **final, symbol("sharpness"): steep})
        if steep < low:
            return f"the sharpness ends at {_digits(steep)}, below {_digits(low)}"
        if steep > high:
            return f"the sharpness ends at {_digits(steep)}, above {_digits(high)}"
        if steep > low and steep < high:
            return _agrees(limit)
    return ""


def _agrees(limit: Limit) -> str:
    raise NotConfirmed(f"in ball arithmetic the orbit converges to {limit.name} as stated")


def _escaped(statement: OrbitStatement, walk: _Walk, step: int, point: Point) -> str:
    if _never_returns(statement, walk, point):
        proof = "the growth persists by the escape criterion"
    elif _expands(statement, walk, point):
        proof = "the step is linear and expands its own displacement"
    elif _size(point) > 1000 and _grows(walk, point):
        proof = "the step is polynomial and the orbit grows"
    else:
        return ""
    if isinstance(statement.conclusion, Diverges):
        raise NotConfirmed(ESCAPES)
    return f"the orbit diverges: beyond 10^{_size(point):.0f} at step {step}, {proof} ({flint.ctx.prec} bits)"


ESCAPES = "in ball arithmetic the orbit diverges as stated"


def _grows(walk: _Walk, point: Point) -> bool:
    """Whether a polynomial step takes the point further out: an observation, not a proof that it stays away."""
    update = list(walk.orbit.step.closed_form())
    if not all(u.is_polynomial(*walk.orbit.step.state) for u in update):
        return False
    return _size(tuple(values(update, walk.named(point)))) > _size(point)


def _size(point: Point) -> float:
    """The decimal logarithm of the largest coordinate."""
    return max((float(abs(x).log().mid()) for x in point if abs(x) > 0), default=0.0) / 2.302585


def _expands(statement: OrbitStatement, walk: _Walk, point: Point) -> bool:
    """Whether gradient descent on a quadratic loss moves away for ever.

    Its displacement w obeys w' = (I - eta H) w with a constant symmetric matrix; |w'| > |w| means that w has a part
    in an eigenspace that expands.
    """
    step, loss = walk.orbit.step, statement.model.loss
    if loss is None or step.state != loss.parameters or loss.hessian.free_symbols or loss.constants:
        return False
    update = list(step.closed_form())
    first = values(update, walk.named(point))
    second = values(update, walk.named(tuple(first)))
    before = sum(((a - b) ** 2 for a, b in zip(first, point, strict=True)), start=flint.arb(0))
    after = sum(((a - b) ** 2 for a, b in zip(second, first, strict=True)), start=flint.arb(0))
    return bool(after > before)


def _never_returns(statement: OrbitStatement, walk: _Walk, point: Point) -> bool:
    r"""Whether escape is certain for a loss l(xy).

    With :math:`z = \eta l'(d)`, :math:`r = 2\eta d/s`, :math:`\tau = 2z/(1+z^2)` a step is
    :math:`r' = (r-\tau)/(1-\tau r)`, :math:`s' = s(1+z^2)(1-\tau r)`. Once :math:`|z| \ge 32`, :math:`|r| \ge 1/2`
    and :math:`|d|` is beyond every scale of l', s grows by a factor over 900 a step, :math:`|d| = |r|s/2\eta` with
    it, z faster still, and the changes of r sum to less than 1/8.
    """
    loss = statement.model.loss
    outer = structure_of(loss) if loss is not None else None
    if outer is None or len(point) != 2:
        return False
    x, y = point
    eta = walk.orbit.parameters[ETA]
    d, s = x * y, ball(eta) * (x**2 + y**2)
    z = ball(eta) * values([sp.diff(outer, P)], {P: d})[0]
    coefficients = sp.Poly(outer, P).all_coeffs()
    if not all(c.is_Rational for c in coefficients):
        return False
    scale = 100 * sum(abs(c) for c in coefficients) / abs(coefficients[0])
    return bool(abs(z) > 32 and 4 * ball(eta) * abs(d) > s and abs(d) > ball(Fraction(str(sp.Rational(scale)))))


def _digits(x: flint.arb) -> str:
    """The midpoint to as many digits as the radius leaves meaning in, and the radius."""
    radius = float(x.rad())
    return f"{float(x.mid()):.12g}" if radius < 1e-12 * abs(float(x.mid())) else f"{float(x.mid()):.9g} +- {radius:.1g}"
