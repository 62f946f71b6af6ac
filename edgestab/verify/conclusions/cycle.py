"""Judging orbits that are claimed to settle on a cycle."""

from __future__ import annotations

import numpy as np
import xarray as xr

from edgestab.numerics.orbits.coordinates import evaluate
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.printers import reference
from edgestab.numerics.programs.program import step_program
from edgestab.numerics.rigorous.balls import values
from edgestab.numerics.rigorous.limits import Cycle, Limit
from edgestab.theory.conclusions.cycle import Cycles
from edgestab.theory.symbols import ETA
from edgestab.verify.conclusions.ending import EndingJudge, InOwnCoordinates, has_least_period, period_in_words
from edgestab.verify.orbits.rest import is_at_rest
from edgestab.verify.orbits.starts import Array, Sample
from edgestab.verify.orbits.walk import HoldsAsStated, Walk, digits


class CyclesJudge(InOwnCoordinates, EndingJudge[Cycles]):
    """The least margin at the points of the cycle; 1 where nothing is claimed of them."""

    on_steps_of_one_length = False

    def margins(self, sample: Sample, outcomes: xr.Dataset) -> Array:
        """Return the margins; -1 where an orbit ends otherwise or on a cycle of another period."""
        status, period = outcomes["status"].values, outcomes["period"].values
        cycles = status == Status.PERIODIC
        if self.conclusion.period:
            cycles &= period == self.conclusion.period
        margin = np.where(np.isin(status, [Status.UNDECIDED, Status.BOUNDED, Status.NONFINITE]), np.nan, -1.0)
        margin[is_at_rest(self.statement, sample, outcomes)] = -1.0
        margin[cycles] = self._along(sample, outcomes, cycles)[cycles]
        return margin

    def _along(self, sample: Sample, outcomes: xr.Dataset, cycles: np.ndarray) -> Array:
        """The least margin at as many iterates as the period has, from the last."""
        step, margin = self.statement.model.own.step, self.conclusion.margin
        state = [outcomes[f"final_{s}"].values for s in step.state]
        parameters = sample.parameters(step)
        least: Array = np.full(sample.count, np.inf)
        period = outcomes["period"].values
        for number in range(int(period[cycles].max(initial=1)) if margin != 1 else 1):
            named = {ETA: sample.eta, **sample.variables, **parameters, **dict(zip(step.state, state, strict=True))}
            here = np.broadcast_to(evaluate([margin], named)[0], least.shape)
            least = np.where(number < period, np.minimum(least, here), least)
            state = reference.evaluate(step_program(step), [*state, *parameters.values()])
        return least

    def fails_at(self, _walk: Walk, limit: Limit) -> str:
        """Return the limit: any is a failure."""
        return f"the orbit settles on no cycle: it converges to {limit.name}"

    def fails_on_cycle(self, walk: Walk, cycle: Cycle) -> str:
        """Return what of an enclosed cycle is not as claimed; empty when that is open."""
        wanted = self.conclusion.period
        least = has_least_period(cycle.boxes)
        if wanted and len(cycle.boxes) % wanted and least:
            return f"it settles on a cycle {period_in_words(cycle.boxes)}"
        if wanted and wanted != len(cycle.boxes):
            return f"it settles on a cycle of period {len(cycle.boxes)}" if least else ""
        margins = [values([self.conclusion.margin], {**walk.named, **walk.at(box)})[0] for box in cycle.boxes]
        for margin in margins:
            if margin < 0 or (self.conclusion.strict and margin <= 0):
                return f"the margin at a point of its cycle {period_in_words(cycle.boxes)} is {digits(margin)}"
        if least and all(m > 0 if self.conclusion.strict else m >= 0 for m in margins):
            raise HoldsAsStated(f"in ball arithmetic the orbit settles on a cycle {period_in_words(cycle.boxes)}")
        return ""

    def fails_when_returning(self, period: int, _walk: Walk) -> str:
        """Return the rest, if it is one: an exact cycle is no failure of itself."""
        return "the orbit is on no cycle: it comes to rest" if period == 1 else ""
