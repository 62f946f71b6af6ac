"""Judging orbits that are claimed to end at a minimum of a certain sharpness."""

from __future__ import annotations

import numpy as np
import xarray as xr

from edgestab.numerics.orbits.coordinates import evaluate
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.rigorous.balls import values
from edgestab.numerics.rigorous.limits import Limit, rigorous_sharpness
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
        status, steep = outcomes["status"].values, outcomes["sharpness"].values
        own = self.statement.model.own.step.state
        named = {ETA: sample.eta, **sample.variables}
        named |= {symbol(f"{s}_final"): outcomes[f"final_{s}"].values for s in own}
        low, high = evaluate([self.conclusion.low, self.conclusion.high], {**named, SHARPNESS: steep})
        with np.errstate(invalid="ignore"):
            width = np.where(
                np.isfinite(high - low), np.abs(high - low), np.abs(np.where(np.isfinite(high), high, low))
            )
            margin = np.minimum(steep - low, high - steep) / width
            blurred = np.abs(margin) * width <= outcomes["sharpness_error"].values
        margin = np.where(self.arrived(outcomes), np.where(blurred, np.nan, margin), -1.0)
        return np.where(np.isin(status, [Status.UNDECIDED, Status.NONFINITE]), np.nan, margin)

    def fails_on_the_set(self, walk: Walk, limit: Limit) -> str:
        """Return on which side of the window the enclosed sharpness lies; empty when the two overlap."""
        steep = rigorous_sharpness(self.statement.model, walk.orbit, limit, walk.where)
        final = {symbol(f"{s}_final"): x for s, x in zip(walk.where.step.state, limit.point, strict=True)}
        ends = [self.conclusion.low, self.conclusion.high]
        low, high = values(ends, {**walk.named, **final, SHARPNESS: steep})
        if steep < low:
            return f"the sharpness ends at {digits(steep)}, below {digits(low)}"
        if steep > high:
            return f"the sharpness ends at {digits(steep)}, above {digits(high)}"
        if steep > low and steep < high:
            raise agrees(limit)
        return ""
