"""Judging orbits that are claimed to converge to a minimum at which an inequality holds."""

from __future__ import annotations

import numpy as np
import sympy as sp
import xarray as xr
from numpy.typing import NDArray

from edgestab.numerics.orbits.coordinates import evaluate
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.rigorous.balls import values
from edgestab.numerics.rigorous.isolated import rational_stationary
from edgestab.numerics.rigorous.limits import Limit
from edgestab.theory.conclusions.limit import AtTheLimit
from edgestab.theory.symbols import ETA, symbol
from edgestab.verify.conclusions.ending import InOwnCoordinates, MinimumJudge, agrees
from edgestab.verify.conclusions.watched import ROUNDING
from edgestab.verify.orbits.rest import still_to_go
from edgestab.verify.orbits.starts import Array, Sample
from edgestab.verify.orbits.walk import Walk, digits


class AtTheLimitJudge(InOwnCoordinates, MinimumJudge[AtTheLimit]):
    """The margin at the limit."""

    def margins(self, sample: Sample, outcomes: xr.Dataset) -> Array:
        """Return the margins; NaN within their own error, -1 where an orbit ends elsewhere."""
        margin, blurred = self._at_the_end(sample, outcomes)
        margin = np.where(self.arrived(outcomes), np.where(blurred, np.nan, margin), -1.0)
        return np.where(np.isin(outcomes["status"].values, [Status.UNDECIDED, Status.NONFINITE]), np.nan, margin)

    def in_doubt(self, sample: Sample, outcomes: xr.Dataset) -> Array:
        """Return the margins that are within their own error."""
        margin, blurred = self._at_the_end(sample, outcomes)
        return np.where(self.arrived(outcomes) & blurred, margin, np.nan)

    def _at_the_end(self, sample: Sample, outcomes: xr.Dataset) -> tuple[Array, NDArray[np.bool_]]:
        """The margins at the last iterates, and where the rest of the way may change their sign."""
        margin, own = self.conclusion.margin, self.statement.model.own.step.state
        final = {symbol(f"{s}_final"): outcomes[f"final_{s}"].values for s in own}
        named = {ETA: sample.eta, **sample.variables, **final}
        slopes = [sp.diff(margin, s) for s in final]
        smooth = all(not s.has(sp.Derivative, sp.DiracDelta) for s in slopes)
        terms = sp.Add(*(sp.Abs(t) for t in sp.Add.make_args(margin)))
        found = evaluate([margin, terms, *(slopes if smooth else ())], named)
        at, size, *steep = (np.broadcast_to(v, outcomes.sizes["orbit"]) for v in found)
        still = still_to_go(self.statement, sample, outcomes)
        change = np.sum(np.abs(steep), axis=0) if steep else np.ones(at.shape)
        with np.errstate(invalid="ignore"):
            error = 16 * still * change + ROUNDING * size
            return at, ~(np.abs(at) > error)  # a margin that is not known is one

    def fails_on_the_set(self, walk: Walk, limit: Limit) -> str:
        """Return the margin at the enclosed limit where it is negative; empty when its sign is open."""
        own = self.statement.model.own.step.state
        final = {symbol(f"{s}_final"): x for s, x in zip(own, limit.point, strict=False)}
        margin = values([self.conclusion.margin], {**walk.named, **final})[0]
        if margin < 0 or (self.conclusion.strict and margin <= 0):
            return f"the margin at the limit is {digits(margin)}"
        if margin > 0 if self.conclusion.strict else margin >= 0:
            raise agrees(limit)
        if self.conclusion.strict and self._exactly(walk, limit) == 0:
            return "the margin at the limit is exactly 0"
        return ""

    def _exactly(self, walk: Walk, limit: Limit) -> sp.Expr | None:
        """The margin at a limit with rational coordinates, of a loss whose minimum there is isolated."""
        loss = self.statement.model.loss
        if loss is None or loss.constants or not (limit.isolated or len(loss.parameters) == 1):
            return None
        point = rational_stationary(loss, limit.point[: len(loss.parameters)])
        if point is None:
            return None
        final = {symbol(f"{p}_final"): v for p, v in point.items()}
        given = {ETA: walk.suspect.eta, **walk.suspect.variables}
        known = {s: sp.Rational(v.numerator, v.denominator) for s, v in given.items()}
        return self.conclusion.margin.subs({**known, **final})
