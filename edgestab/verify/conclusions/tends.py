"""Judging orbits along which a quantity is claimed to tend to a value."""

from __future__ import annotations

import flint
import numpy as np
import sympy as sp
import xarray as xr
from numpy.typing import NDArray

from edgestab.numerics.orbits.coordinates import evaluate
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.printers import reference
from edgestab.numerics.programs.program import step_program
from edgestab.numerics.rigorous.balls import values
from edgestab.numerics.rigorous.limits import Cycle, Limit
from edgestab.theory.conclusions.tends import Tends
from edgestab.theory.symbols import ETA
from edgestab.verify.conclusions.ending import EndingJudge, InOwnCoordinates, period_in_words
from edgestab.verify.conclusions.watched import ROUNDING
from edgestab.verify.orbits.rest import still_to_go
from edgestab.verify.orbits.starts import Array, Sample
from edgestab.verify.orbits.walk import NotConfirmed, Walk, digits

ERROR = 1e-3
"""How much of the way to its limit a quantity may still go, at most, for the limit to be told."""

AGREES = 0.1
"""How nearly the limit that is extrapolated from three doublings of the steps must be the claimed one, in units of what
is left of the way."""

SHARP = 1e-9
"""How nearly the quantity has its value on a cycle that is recognised, relative to its way; or at a sharp limit."""

LARGEST = 1e6
"""Of a quantity that is said to go to infinity: beyond, nothing is said of where an orbit converges."""


class TendsJudge(InOwnCoordinates, EndingJudge[Tends]):
    """Whether orbits end where the quantity is as claimed, or, as far as they were followed, go there."""

    watches = True
    extrapolates = True
    calm = ", from three doublings of which the limit is extrapolated"
    on_steps_of_one_length = False

    def margins(self, sample: Sample, outcomes: xr.Dataset) -> Array:
        """Return 1 where an orbit ends where the quantity is as claimed, -1 where it ends elsewhere."""
        status = outcomes["status"].values
        found = np.full(status.shape, np.nan)
        quantity, error = self._at_the_end(sample, outcomes)
        limit = self._limit(sample)
        converged, cycles = status == Status.CONVERGED, status == Status.PERIODIC
        with np.errstate(invalid="ignore"):
            if self.conclusion.limit.is_infinite:
                found[converged & (np.abs(quantity) < LARGEST)] = -1.0
                found[cycles] = -1.0
                return found
            way = np.abs(self._at_the_start(sample) - limit)
            told = error <= np.maximum(ERROR * np.maximum(way, np.abs(quantity - limit)), SHARP * np.abs(limit))
            told &= converged
            found[told] = np.where(np.abs(quantity - limit) <= error, 1.0, -1.0)[told]
        found[cycles] = self._on_cycles(sample, outcomes, cycles)[cycles]
        return found

    def so_far(self, sample: Sample, outcomes: xr.Dataset, *earlier: xr.Dataset) -> Array:
        """Return 1 where three doublings of the steps lead to the limit, by extrapolation; NaN elsewhere.

        The increments of two doublings, c and d, go on as those of a power of the number of steps: the quantity tends
        to its last value plus :math:`d^2/(c - d)`. It goes to infinity where d is not less than c.
        """
        late, half, early = (self._at_the_end(sample, of)[0] for of in (outcomes, *earlier))
        with np.errstate(all="ignore"):
            if self.conclusion.limit.is_infinite:
                sign = 1.0 if self.conclusion.limit == sp.oo else -1.0
                first, second = sign * (half - early), sign * (late - half)
                return np.where((first > 0) & (second >= first * (1 - 1e-9)), 1.0, np.nan)
            limit = self._limit(sample)
            first, second = half - early, late - half
            extrapolated = late + second**2 / (first - second)
            agrees = np.abs(extrapolated - limit) <= AGREES * np.abs(late - limit)
            nearer = (np.abs(second) < np.abs(first)) & (np.abs(late - limit) < np.abs(half - limit))
            return np.where((agrees & nearer) | ((late == limit) & (half == limit)), 1.0, np.nan)

    def _at_the_start(self, sample: Sample) -> Array:
        named = {ETA: sample.eta, **sample.variables}
        named |= dict(zip(self.statement.model.own.step.state, sample.start, strict=True))
        return np.broadcast_to(evaluate([self.conclusion.quantity], named)[0], sample.eta.shape)

    def _on_cycles(self, sample: Sample, outcomes: xr.Dataset, cycles: NDArray[np.bool_]) -> Array:
        """1 where the quantity is as claimed at every point of a cycle, -1 where it is not at one; NaN in between."""
        step, limit = self.statement.model.own.step, self._limit(sample)
        state = [outcomes[f"final_{s}"].values for s in step.state]
        parameters = sample.parameters(step)
        period = outcomes["period"].values
        far: Array = np.zeros(sample.count)
        for number in range(int(period[cycles].max(initial=0))):
            named = {ETA: sample.eta, **sample.variables, **parameters, **dict(zip(step.state, state, strict=True))}
            away = np.abs(np.broadcast_to(evaluate([self.conclusion.quantity], named)[0], far.shape) - limit)
            far = np.where(number < period, np.maximum(far, away), far)
            state = reference.evaluate(step_program(step), [*state, *parameters.values()])
        size = np.abs(limit) + np.abs(self._at_the_start(sample) - limit)
        return np.where(far <= SHARP * size, 1.0, np.where(far > ERROR * size, -1.0, np.nan))

    def fails_at(self, walk: Walk, limit: Limit) -> str:
        """Return the quantity at an enclosed limit where it is another."""
        (quantity,) = values([self.conclusion.quantity], {**walk.named, **walk.at(limit.point)})
        ends = f"the orbit converges to {limit.name}, and the quantity to {digits(quantity)}"
        return ends if self._is_other(walk, quantity) else ""

    def fails_on_cycle(self, walk: Walk, cycle: Cycle) -> str:
        """Return the quantity at a point of a cycle where it is another."""
        for box in cycle.boxes:
            (quantity,) = values([self.conclusion.quantity], {**walk.named, **walk.at(box)})
            if self._is_other(walk, quantity):
                where = f"the orbit settles on a cycle {period_in_words(cycle.boxes)}"
                return f"{where}, at a point of which the quantity is {digits(quantity)}"
        return ""

    def fails_when_returning(self, _period: int, _walk: Walk) -> str:
        """Return nothing: the quantity may be as claimed on an exact cycle."""
        return ""

    def escaped(self, detail: str) -> str:
        """Refuse: where the quantity goes with an orbit that leaves is not shown.

        Raises
        ------
        NotConfirmed
            Always.
        """
        raise NotConfirmed(f"{detail}; where the quantity goes is not shown")

    def _is_other(self, walk: Walk, quantity: flint.arb) -> bool:
        if not quantity.is_finite():
            return False
        if self.conclusion.limit.is_infinite:
            return True
        (limit,) = values([self.conclusion.limit], walk.named)
        return not (quantity - limit).contains(0)

    def _limit(self, sample: Sample) -> Array:
        if self.conclusion.limit.is_infinite:
            return np.full(sample.eta.shape, np.inf)
        (limit,) = evaluate([self.conclusion.limit], {ETA: sample.eta, **sample.variables})
        return np.broadcast_to(limit, sample.eta.shape)

    def _at_the_end(self, sample: Sample, outcomes: xr.Dataset) -> tuple[Array, Array]:
        """The quantity at the last iterates, and how far it may still go where they converge."""
        quantity, own = self.conclusion.quantity, self.statement.model.own.step.state
        final = {s: outcomes[f"final_{s}"].values for s in own}
        slopes = [sp.diff(quantity, s) for s in own]
        smooth = all(not s.has(sp.Derivative, sp.Subs, sp.DiracDelta) for s in slopes)
        terms = sp.Add(*(sp.Abs(t) for t in sp.Add.make_args(quantity)))
        found = evaluate([quantity, terms, *(slopes if smooth else ())], {ETA: sample.eta, **sample.variables, **final})
        at, size, *steep = (np.broadcast_to(v, sample.eta.shape) for v in found)
        change = np.sum(np.abs(steep), axis=0) if steep else np.ones(at.shape)
        with np.errstate(all="ignore"):
            return at, 16 * still_to_go(self.statement, sample, outcomes) * change + 16 * ROUNDING * size
