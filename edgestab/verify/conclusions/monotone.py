"""Judging orbits along which a quantity is claimed to be monotone."""

from __future__ import annotations

import flint
import numpy as np
import sympy as sp
import xarray as xr

from edgestab.numerics.orbits.status import Status
from edgestab.numerics.rigorous.balls import values
from edgestab.theory.conclusions.monotone import Monotone
from edgestab.theory.stepmap import Observer
from edgestab.verify.conclusions.watched import WATCH, WatchedJudge
from edgestab.verify.orbits.starts import Array, Sample
from edgestab.verify.orbits.walk import HoldsSoFar, Walk, digits, undecided


class MonotoneJudge(WatchedJudge[Monotone]):
    """The largest increment in the wrong direction."""

    @property
    def watched(self) -> sp.Expr:
        """The quantity."""
        return self.conclusion.quantity

    @property
    def extremum(self) -> Observer:
        """The extreme increment so far."""
        extremum = sp.Max if self.conclusion.direction == "nonincreasing" else sp.Min
        return Observer(WATCH, self.conclusion.quantity, extremum, self.conclusion.quantity)

    def margin_of(self, extremum: Array, _rounding: Array, _sample: Sample, _outcomes: xr.Dataset) -> Array:
        """Return minus the largest increments in the wrong direction."""
        return -extremum if self.conclusion.direction == "nonincreasing" else extremum

    calm = ", at each of which the quantity moved as claimed"

    def so_far(self, sample: Sample, outcomes: xr.Dataset, *_earlier: xr.Dataset) -> Array:
        """Return the margins of orbits that do not settle: on the way to a limit the increments shrink for ever."""
        margin = self._seen(sample, outcomes)
        going = np.isin(outcomes["status"].values, [Status.UNDECIDED, Status.BOUNDED])
        within = self._is_within_rounding(margin, outcomes)
        return np.where(going & within, 0.0, np.where(going & (margin > 0), margin, np.nan))

    def failure(self, walk: Walk) -> str:
        """Return the step at which the quantity moves the wrong way."""
        before: flint.arb | None = None
        sign = 1 if self.conclusion.direction == "nonincreasing" else -1
        for step, point in walk:
            if step > walk.suspect.steps:
                raise HoldsSoFar(f"in ball arithmetic the quantity is monotone for all {walk.suspect.steps} steps")
            now = values([self.conclusion.quantity], walk.at(point))[0]
            if not now.is_finite():
                raise undecided(f"the quantity at step {step}")
            if before is not None and sign * (now - before) > 0:
                moved = f"the quantity goes from {digits(before)} to {digits(now)}, by {digits(now - before)},"
                return f"{moved} at step {step} ({flint.ctx.prec} bits)"
            if before is not None and not sign * (now - before) <= 0:
                raise undecided(f"the change of the quantity at step {step}")
            before = now
        raise AssertionError("an orbit does not end")
