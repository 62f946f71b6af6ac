"""Judging orbits that are claimed to diverge."""

from __future__ import annotations

import numpy as np
import xarray as xr

from edgestab.numerics.orbits.status import Status
from edgestab.numerics.rigorous.limits import Limit
from edgestab.theory.conclusions.diverges import Diverges
from edgestab.verify.conclusions.ending import EndingJudge
from edgestab.verify.orbits.recurrence import returning
from edgestab.verify.orbits.rest import is_at_rest
from edgestab.verify.orbits.starts import Array, Sample
from edgestab.verify.orbits.walk import HoldsAsStated, Walk
from edgestab.verify.proofs.trapping import sides, trapped_in


class DivergesJudge(EndingJudge[Diverges]):
    """1 where an orbit left the ball of the sweep, which does not show that it stays away."""

    holds_only_in_balls = True

    def margins(self, sample: Sample, outcomes: xr.Dataset) -> Array:
        """Return 1 where an orbit left the ball, -1 where it did not."""
        status = outcomes["status"].values
        gone, lost = status == Status.DIVERGED, np.isin(status, [Status.UNDECIDED, Status.NONFINITE])
        margin = np.where(gone, 1.0, np.where(lost, np.nan, -1.0))
        return np.where(is_at_rest(self.statement, sample, outcomes), -1.0, margin)

    def failure(self, walk: Walk) -> str:
        """Return how the orbit ends, or the box that it stays in."""
        box = trapped_in(walk.orbit.step, walk.start, walk.orbit.parameters) if walk.where.chart is None else None
        if box is not None:
            return f"the orbit is bounded: the step carries the box {sides(box)} about the start into itself"
        return super().failure(walk)

    def fails_at(self, _walk: Walk, limit: Limit) -> str:
        """Return the limit: any is a failure."""
        return f"the orbit is bounded: it converges to {limit.name}"

    on_steps_of_one_length = False

    @property
    def on_a_cycle(self) -> str:
        """What makes an attracting cycle a failure."""
        return "the orbit is bounded"

    def fails_when_returning(self, period: int, _walk: Walk) -> str:
        """Return how it returns: any return is a failure."""
        return f"the orbit is bounded: {returning(period)}"

    def escaped(self, _detail: str) -> str:
        """Refuse: an escape is what is claimed."""
        raise HoldsAsStated("in ball arithmetic the orbit diverges as stated")
