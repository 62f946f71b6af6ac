"""Judging orbits that are claimed to diverge."""

from __future__ import annotations

import numpy as np
import xarray as xr

from edgestab.numerics.orbits.status import Status
from edgestab.numerics.rigorous.limits import Limit
from edgestab.theory.conclusions.diverges import Diverges
from edgestab.verify.conclusions.ending import EndingJudge
from edgestab.verify.orbits.recurrence import returning
from edgestab.verify.orbits.starts import Array, Sample
from edgestab.verify.orbits.walk import HoldsAsStated, Walk


class DivergesJudge(EndingJudge[Diverges]):
    """1 where an orbit left the ball of the sweep, which does not show that it stays away."""

    holds_only_in_balls = True

    def margins(self, _sample: Sample, outcomes: xr.Dataset) -> Array:
        """Return 1 where an orbit left the ball, -1 where it did not."""
        status = outcomes["status"].values
        gone, lost = status == Status.DIVERGED, np.isin(status, [Status.UNDECIDED, Status.NONFINITE])
        return np.where(gone, 1.0, np.where(lost, np.nan, -1.0))

    def fails_at(self, _walk: Walk, limit: Limit) -> str:
        """Return the limit: any is a failure."""
        return f"the orbit is bounded: it converges to {limit.name}"

    on_steps_of_one_length = False

    @property
    def on_a_cycle(self) -> str:
        """What makes an attracting cycle a failure."""
        return "the orbit is bounded"

    def fails_when_returning(self, period: int) -> str:
        """Return how it returns: any return is a failure."""
        return f"the orbit is bounded: {returning(period)}"

    def escaped(self, _detail: str) -> str:
        """Refuse: an escape is what is claimed."""
        raise HoldsAsStated("in ball arithmetic the orbit diverges as stated")
