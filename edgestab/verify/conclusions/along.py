"""Judging orbits along which an inequality is claimed."""

from __future__ import annotations

import flint
import numpy as np
import sympy as sp
import xarray as xr

from edgestab.numerics.orbits.coordinates import evaluate
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.rigorous.balls import TooImprecise, values
from edgestab.theory.conclusions.along import Along
from edgestab.theory.stepmap import Observer
from edgestab.verify.conclusions.watched import WATCH, WatchedJudge
from edgestab.verify.orbits.starts import Array
from edgestab.verify.orbits.walk import HoldsSoFar, Walk, digits


class AlongJudge(WatchedJudge[Along]):
    """The least margin of the inequality."""

    @property
    def watched(self) -> sp.Expr:
        """The margin."""
        return self.conclusion.margin

    @property
    def extremum(self) -> Observer:
        """The least margin so far."""
        return Observer(WATCH, self.conclusion.margin, sp.Min)

    def margin_of(self, extremum: Array, rounding: Array, named: dict[sp.Symbol, Array], outcomes: xr.Dataset) -> Array:
        """Return the least margins; where an orbit converges, one that is still falling to its limit is no margin."""
        last = {s: outcomes[f"final_{s}"].values for s in self.statement.model.own.step.state}
        final = evaluate([self.conclusion.margin], {**named, **last})[0]
        to_come = 16 * np.abs(outcomes["residual"].values)
        resting = final - to_come >= 0.5 * np.minimum(extremum, final)
        resting |= outcomes["status"].values != Status.CONVERGED
        return np.where((extremum <= rounding) | resting, extremum, np.nan)

    def failure(self, walk: Walk) -> str:
        """Return the step at which the margin is negative."""
        for step, point in walk:
            if step > walk.suspect.steps:
                raise HoldsSoFar(f"in ball arithmetic the inequality holds for all {walk.suspect.steps} steps")
            margin = values([self.conclusion.margin], walk.at(point))[0]
            if margin < 0 or (self.conclusion.strict and margin <= 0):
                return f"the margin is {digits(margin)} at step {step} ({flint.ctx.prec} bits)"
            if not margin.is_finite():
                raise TooImprecise("the margin is not enclosed")
        raise AssertionError("an orbit does not end")
