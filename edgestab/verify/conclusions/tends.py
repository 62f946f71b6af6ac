"""Judging orbits along which a quantity is claimed to tend to a value."""

from __future__ import annotations

import flint
import numpy as np
import sympy as sp
import xarray as xr

from edgestab.numerics.orbits.coordinates import evaluate
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.rigorous.balls import values
from edgestab.numerics.rigorous.limits import Cycle, Limit
from edgestab.theory.conclusions.tends import Tends
from edgestab.theory.symbols import ETA
from edgestab.verify.conclusions.ending import EndingJudge, InOwnCoordinates, period_in_words
from edgestab.verify.conclusions.watched import ROUNDING
from edgestab.verify.orbits.rest import still_to_go
from edgestab.verify.orbits.starts import Array, Sample
from edgestab.verify.orbits.walk import NotConfirmed, Walk, digits

NEARER, LARGER = 0.9, 1.02
"""What twice as many steps make of the distance from a finite limit, at most, and of a quantity that goes to infinity,
at least: t^-0.16 and log t beyond 10^15 do so little."""


class TendsJudge(InOwnCoordinates, EndingJudge[Tends]):
    """Whether orbits end where the quantity is as claimed, or, as far as they were followed, go there."""

    watches = True
    calm = ", in the second half of which the quantity went on towards its limit"
    on_steps_of_one_length = False

    def margins(self, sample: Sample, outcomes: xr.Dataset) -> Array:
        """Return 1 where an orbit converges to where the quantity is as claimed, -1 where it ends elsewhere."""
        status = outcomes["status"].values
        found = np.full(status.shape, np.nan)
        found[status == Status.PERIODIC] = -1.0
        quantity, error = self._at_the_end(sample, outcomes)
        with np.errstate(invalid="ignore"):
            near = np.abs(quantity - self._limit(sample)) <= error
        converged = status == Status.CONVERGED
        found[converged] = np.where(near, 1.0, -1.0)[converged]
        return found

    def so_far(self, sample: Sample, outcomes: xr.Dataset, halfway: xr.Dataset) -> Array:
        """Return how much nearer the quantity came in the second half of the steps, NaN where that is too little."""
        late, early = (self._at_the_end(sample, of)[0] for of in (outcomes, halfway))
        with np.errstate(all="ignore"):
            if self.conclusion.limit.is_infinite:
                sign = 1.0 if self.conclusion.limit == sp.oo else -1.0
                goes = (sign * early > 0) & (sign * late >= LARGER * sign * early)
                return np.where(goes, late / early - 1.0, np.nan)
            limit = self._limit(sample)
            ratio = np.abs(late - limit) / np.abs(early - limit)
            return np.where((ratio <= NEARER) | (late == limit), 1.0 - np.nan_to_num(ratio), np.nan)

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
