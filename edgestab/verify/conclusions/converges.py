"""Judging orbits that are claimed to converge."""

from __future__ import annotations

import numpy as np
import xarray as xr

from edgestab.numerics.orbits.status import Status
from edgestab.numerics.rigorous.limits import Limit
from edgestab.theory.conclusions.converges import Converges
from edgestab.verify.conclusions.ending import MinimumJudge, agrees
from edgestab.verify.orbits.starts import Array, Sample
from edgestab.verify.orbits.walk import Walk


class ConvergesJudge(MinimumJudge[Converges]):
    """Positive where an orbit converged, the larger the sooner."""

    def margins(self, _sample: Sample, outcomes: xr.Dataset) -> Array:
        """Return 1 less a sixteenth of the decimal logarithm of the steps; -1 where an orbit ends otherwise."""
        status = outcomes["status"].values
        slow = np.log10(1.0 + outcomes["steps"].values) / 16  # the slower, the nearer to failing
        open_ = np.isin(status, [Status.UNDECIDED, Status.NONFINITE])
        return np.where(self.arrived(outcomes), 1.0 - slow, np.where(open_, np.nan, -1.0))

    def fails_on_the_set(self, _walk: Walk, limit: Limit) -> str:
        """Refuse: a limit on the right set is what is claimed."""
        raise agrees(limit)
