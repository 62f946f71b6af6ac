"""Judging orbits that are claimed to end at a minimum of a certain sharpness."""

from __future__ import annotations

import numpy as np
import sympy as sp
import xarray as xr
from numpy.typing import NDArray

from edgestab.numerics.orbits.coordinates import evaluate
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.rigorous.balls import values
from edgestab.numerics.rigorous.isolated import rational_stationary
from edgestab.numerics.rigorous.limits import Limit, rigorous_sharpness
from edgestab.theory.algebra import rational_largest
from edgestab.theory.conclusions.final_sharpness import FinalSharpness
from edgestab.theory.models.base import Coordinates
from edgestab.theory.symbols import ETA, symbol
from edgestab.verify.conclusions.ending import MinimumJudge, agrees
from edgestab.verify.orbits.starts import Array, Sample
from edgestab.verify.orbits.walk import Walk, digits

SHARPNESS = symbol("sharpness")


class FinalSharpnessJudge(MinimumJudge[FinalSharpness]):
    """The distance of the sharpness from the nearer end of the window, as a fraction of its width."""

    @property
    def coordinates(self) -> Coordinates:
        """The model's own where the window asks for the final state, of which charts forget which is x and which y."""
        own = self.statement.model.own
        final = {f"{s}_final" for s in own.step.state}
        named = {s.name for e in (self.conclusion.low, self.conclusion.high) for s in e.free_symbols}
        return own if final & named else self.statement.model.best

    def margins(self, sample: Sample, outcomes: xr.Dataset) -> Array:
        """Return the distances; NaN within the sharpness's own error, -1 where an orbit ends elsewhere."""
        status = outcomes["status"].values
        margin, blurred = self._distance(sample, outcomes)
        margin = np.where(self.arrived(outcomes), np.where(blurred, np.nan, margin), -1.0)
        return np.where(np.isin(status, [Status.UNDECIDED, Status.NONFINITE]), np.nan, margin)

    def in_doubt(self, sample: Sample, outcomes: xr.Dataset) -> Array:
        """Return the distances that are within the sharpness's own error."""
        margin, blurred = self._distance(sample, outcomes)
        return np.where(self.arrived(outcomes) & blurred, margin, np.nan)

    def _distance(self, sample: Sample, outcomes: xr.Dataset) -> tuple[Array, NDArray[np.bool_]]:
        """The distances, and where they are within the sharpness's own error."""
        steep, own = outcomes["sharpness"].values, self.statement.model.own.step.state
        named = {ETA: sample.eta, **sample.variables}
        named |= {symbol(f"{s}_final"): outcomes[f"final_{s}"].values for s in own}
        low, high = evaluate([self.conclusion.low, self.conclusion.high], {**named, SHARPNESS: steep})
        with np.errstate(invalid="ignore"):
            width = np.where(
                np.isfinite(high - low), np.abs(high - low), np.abs(np.where(np.isfinite(high), high, low))
            )
            distance = np.minimum(steep - low, high - steep)
            # A window may be narrower than doubles tell.
            margin = distance / np.where(width > 0, width, 1.0)
            return margin, ~(np.abs(distance) > outcomes["sharpness_error"].values)  # an error that is not known is one

    def fails_on_the_set(self, walk: Walk, limit: Limit) -> str:
        """Return on which side of the window the enclosed sharpness lies; empty when the two overlap."""
        steep = rigorous_sharpness(self.statement.model, walk.orbit, limit, walk.where)
        final = {symbol(f"{s}_final"): x for s, x in zip(walk.where.step.state, limit.point, strict=True)}
        ends = [self.conclusion.low, self.conclusion.high]
        low, high = values(ends, {**walk.named, **final, SHARPNESS: steep})
        if steep < low:
            return f"the sharpness ends at {digits(steep)}, below {digits(low)} by {digits(low - steep)}"
        if steep > high:
            return f"the sharpness ends at {digits(steep)}, above {digits(high)} by {digits(steep - high)}"
        if steep > low and steep < high:
            raise agrees(limit)
        exact = self._exact_sharpness(walk, limit)
        if exact is not None and any(e.subs(ETA, walk.orbit.parameters[ETA]) == exact for e in ends):
            return f"the sharpness is exactly {exact}, an end of the open interval"
        return ""

    def _exact_sharpness(self, walk: Walk, limit: Limit) -> sp.Rational | None:
        """The sharpness of an isolated limit with rational coordinates, where it is rational."""
        loss = self.statement.model.loss
        if loss is None or not limit.isolated or ETA not in walk.orbit.parameters:
            return None
        point = rational_stationary(loss, limit.point)
        return None if point is None else rational_largest(loss.hessian.xreplace(point))
