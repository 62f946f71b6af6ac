"""Judging orbits that are claimed to stay bounded."""

from __future__ import annotations

import numpy as np
import sympy as sp
import xarray as xr

from edgestab.numerics.orbits.status import Status
from edgestab.numerics.rigorous.limits import Cycle, Limit
from edgestab.theory.conclusions.bounded import Bounded
from edgestab.theory.stepmap import Observer
from edgestab.verify.conclusions.ending import EndingJudge, InOwnCoordinates
from edgestab.verify.conclusions.watched import WATCH, is_unmoved
from edgestab.verify.orbits.recurrence import returning
from edgestab.verify.orbits.rest import is_at_rest
from edgestab.verify.orbits.starts import Array, Sample
from edgestab.verify.orbits.walk import HoldsAsStated, Walk


class BoundedJudge(InOwnCoordinates, EndingJudge[Bounded]):
    """1 where an orbit settled, or went no farther away in the second half of its steps."""

    watches = True
    calm = ", in the second half of which they went no farther away than before"
    on_steps_of_one_length = False

    @property
    def observers(self) -> tuple[Observer, ...]:
        """How far from the origin the orbit has been."""
        return (Observer(WATCH, sp.Add(*(s**2 for s in self.statement.model.own.step.state)), sp.Max),)

    def margins(self, sample: Sample, outcomes: xr.Dataset) -> Array:
        """Return 1 where an orbit settled, -1 where it left."""
        status = outcomes["status"].values
        settled = np.isin(status, [Status.CONVERGED, Status.PERIODIC])
        settled |= is_at_rest(self.statement, sample, outcomes)
        return np.where(settled, 1.0, np.where(status == Status.DIVERGED, -1.0, np.nan))

    def so_far(self, _sample: Sample, outcomes: xr.Dataset, *earlier: xr.Dataset) -> Array:
        """Return 1 where an orbit that does not settle went no farther away in the second half of its steps."""
        return np.where(is_unmoved(outcomes, earlier[0]), 1.0, np.nan)

    def fails_at(self, _walk: Walk, limit: Limit) -> str:
        """Refuse: an orbit that converges is bounded."""
        raise HoldsAsStated(f"in ball arithmetic the orbit converges to {limit.name}: it is bounded")

    def fails_on_cycle(self, _walk: Walk, _cycle: Cycle) -> str:
        """Refuse: an orbit that settles on a cycle is bounded."""
        raise HoldsAsStated("in ball arithmetic the orbit settles on a cycle: it is bounded")

    def fails_when_returning(self, period: int, _walk: Walk) -> str:
        """Refuse: an orbit that returns is bounded."""
        raise HoldsAsStated(f"the orbit is bounded: {returning(period)}")
