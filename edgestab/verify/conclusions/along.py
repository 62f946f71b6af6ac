"""Judging orbits along which an inequality is claimed."""

from __future__ import annotations

import flint
import numpy as np
import sympy as sp
import xarray as xr

from edgestab.numerics.orbits.coordinates import evaluate
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.rigorous.balls import values
from edgestab.theory.conclusions.along import Along
from edgestab.theory.stepmap import Observer
from edgestab.theory.symbols import ETA
from edgestab.verify.conclusions.watched import WATCH, WatchedJudge
from edgestab.verify.orbits.starts import Array
from edgestab.verify.orbits.walk import HoldsSoFar, Walk, digits, undecided


class AlongJudge(WatchedJudge[Along]):
    """The least margin of the inequality."""

    @property
    def watched(self) -> sp.Expr:
        """The margin."""
        return self.conclusion.margin

    @property
    def is_strict(self) -> bool:
        """That of the inequality."""
        return self.conclusion.strict

    @property
    def extremum(self) -> Observer:
        """The least margin so far."""
        return Observer(WATCH, self.conclusion.margin, sp.Min)

    def margin_of(self, extremum: Array, rounding: Array, named: dict[sp.Symbol, Array], outcomes: xr.Dataset) -> Array:
        """Return the least margins; where an orbit converges, one that is still falling to its limit is no margin."""
        last = {s: outcomes[f"final_{s}"].values for s in self.statement.model.own.step.state}
        final = evaluate([self.conclusion.margin], {**named, **last})[0]
        # The way to the limit is the step size times the sum of all gradients to come.
        still = np.maximum(outcomes["residual"].values, named[ETA] * outcomes["residual_tail"].values)
        to_come = 16 * np.abs(still) * self._slope(named, last)
        resting = final - to_come >= 0.5 * np.minimum(extremum, final)
        resting |= outcomes["status"].values != Status.CONVERGED
        return np.where((extremum <= rounding) | resting, extremum, np.nan)

    def _slope(self, named: dict[sp.Symbol, Array], last: dict[sp.Symbol, Array]) -> Array:
        """How fast the margin changes with the state at the end, 1 at least; of polynomials alone."""
        margin, state = self.conclusion.margin, self.statement.model.own.step.state
        size = len(next(iter(last.values())))
        if not margin.is_polynomial(*state):
            return np.ones(size)
        slopes = evaluate([sp.diff(margin, s) for s in state], {**named, **last})
        return np.asarray(np.maximum(1.0, np.sum([np.abs(np.broadcast_to(v, size)) for v in slopes], axis=0)))

    def failure(self, walk: Walk) -> str:
        """Return the step at which the margin is negative."""
        strict = self.conclusion.strict
        for step, point in walk:
            if step > walk.suspect.steps:
                raise HoldsSoFar(f"in ball arithmetic the inequality holds for all {walk.suspect.steps} steps")
            margin = values([self.conclusion.margin], walk.at(point))[0]
            if margin < 0 or (strict and margin <= 0):
                return f"the margin is {digits(margin)} at step {step} ({flint.ctx.prec} bits)"
            if not (margin > 0 if strict else margin >= 0):
                raise undecided(f"the margin at step {step}")
        raise AssertionError("an orbit does not end")
