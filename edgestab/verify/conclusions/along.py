"""Judging orbits along which an inequality is claimed."""

from __future__ import annotations

from dataclasses import replace

import flint
import numpy as np
import sympy as sp
import xarray as xr
from numpy.typing import NDArray

from edgestab.numerics.orbits.coordinates import evaluate
from edgestab.numerics.orbits.follow import Rules
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.rigorous.balls import values
from edgestab.theory.conclusions.along import Along
from edgestab.theory.models.base import Coordinates
from edgestab.theory.stepmap import Observer
from edgestab.verify.conclusions.watched import WATCH, WatchedJudge
from edgestab.verify.orbits.rest import still_to_go
from edgestab.verify.orbits.starts import Array, Sample
from edgestab.verify.orbits.walk import HoldsAsStated, HoldsSoFar, Walk, digits, undecided

OUTSIDE = 900
"""Binary logarithm of what is greater than any margin that is looked at."""


class AlongJudge(WatchedJudge[Along]):
    """The least margin of the inequality."""

    @property
    def watched(self) -> sp.Expr:
        """The margin; before the steps for which it is claimed with their first number, since it may be undefined."""
        margin, begin, clock = self.conclusion.margin, self.conclusion.begin, self.statement.model.own.step.clock
        return margin.xreplace({clock: sp.Max(clock, begin)}) if clock is not None and begin else margin

    @property
    def is_strict(self) -> bool:
        """That of the inequality."""
        return self.conclusion.strict

    @property
    def extremum(self) -> Observer:
        """The least margin so far, of the steps for which it is claimed."""
        return Observer(WATCH, sp.Max(self.watched, *self._outside), sp.Min)

    @property
    def size(self) -> sp.Expr:
        """The size of the margin's terms, of the steps for which it is claimed."""
        return sp.Min(super().size, *(-gate for gate in self._outside))

    @property
    def _outside(self) -> list[sp.Expr]:
        """What is greater than any margin at other steps than those it is claimed for, and less than all at these."""
        begin, until, clock = self.conclusion.begin, self.conclusion.until, self.statement.model.own.step.clock
        if clock is None:
            return []
        last = [] if until is None else [clock - until]
        return [2**OUTSIDE * (2 * late - 1) for late in (begin - clock, *last)]

    @property
    def coordinates(self) -> Coordinates:
        """The model's own; where the steps are counted no orbit is stopped before them."""
        own = self.statement.model.own
        return own if self.conclusion.until is None else replace(own, tolerance=-sp.S.One, pace=None)

    @property
    def rules(self) -> Rules | None:
        """As many steps as are claimed, if that is said."""
        return None if self.conclusion.until is None else Rules(plain=max(self.conclusion.until, 1))

    def goes_on(self, outcomes: xr.Dataset) -> NDArray[np.bool_]:
        """Return where the last iterate comes before the last step that something is claimed of."""
        until = self.conclusion.until
        return np.asarray(outcomes["steps"].values < until) if until is not None else super().goes_on(outcomes)

    def claims_more(self, outcomes: xr.Dataset) -> NDArray[np.bool_]:
        """Return where the inequality is claimed of iterates that were not seen."""
        return self.goes_on(outcomes) & self.conclusion.counts

    def ended(self, sample: Sample, outcomes: xr.Dataset) -> NDArray[np.bool_]:
        """Return where what comes later does not matter."""
        return super().ended(sample, outcomes) if self.conclusion.until is None else ~self.goes_on(outcomes)

    def margin_of(self, extremum: Array, rounding: Array, sample: Sample, outcomes: xr.Dataset) -> Array:
        """Return the least margins; where an orbit converges, one that is still falling to its limit is no margin."""
        if self.conclusion.until is not None:
            return extremum
        named = self.named(sample)
        last = {s: outcomes[f"final_{s}"].values for s in self.statement.model.own.step.state}
        final = np.broadcast_to(evaluate([self.conclusion.margin], {**named, **last})[0], extremum.shape)
        # An orbit may come to its limit before the steps that the inequality is claimed for.
        extremum = np.where(extremum >= 2.0**OUTSIDE, final, extremum)
        with np.errstate(over="ignore", invalid="ignore"):  # of orbits that have gone far
            to_come = 16 * still_to_go(self.statement, sample, outcomes) * self._slope(named, last)
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
        strict, begin, until = self.conclusion.strict, self.conclusion.begin, self.conclusion.until
        for step, point in walk:
            if step < begin:
                continue
            if until is None and step > max(walk.suspect.steps, begin):
                raise HoldsSoFar(f"in ball arithmetic the inequality holds for all {walk.suspect.steps} steps")
            margin = values([self.conclusion.margin], walk.at(point))[0]
            if margin < 0 or (strict and margin <= 0):
                return f"the margin is {digits(margin)} at step {step} ({flint.ctx.prec} bits)"
            if not (margin > 0 if strict else margin >= 0):
                raise undecided(f"the margin at step {step}")
            if step == until:
                raise HoldsAsStated(f"in ball arithmetic the inequality holds from step {begin} to {until}")
        raise AssertionError("an orbit does not end")
