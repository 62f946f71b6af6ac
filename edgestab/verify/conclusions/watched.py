"""Conclusions about every iterate: a running extremum is carried along the orbit."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np
import sympy as sp
import xarray as xr
from numpy.typing import NDArray

from edgestab.numerics.orbits.lanes import CHECK_EVERY
from edgestab.numerics.orbits.status import Status
from edgestab.theory.models.base import Coordinates
from edgestab.theory.stepmap import Observer
from edgestab.theory.symbols import ETA, symbol
from edgestab.verify.conclusions.judge import C, OrbitJudge
from edgestab.verify.orbits.rest import is_at_rest
from edgestab.verify.orbits.starts import Array, Sample

WATCH = symbol("watched")
"""The state variable that carries an observer."""

TERMS = symbol("watched_terms")
"""That which carries the size of the watched expression's terms."""

ROUNDING = 1e-13
"""The rounding of a sum of terms, relative to their size: some hundred units in the last place, since a term such as a
root may lose some itself. What is within it is looked at in ball arithmetic."""


def is_unmoved(outcomes: xr.Dataset, halfway: xr.Dataset) -> NDArray[np.bool_]:
    """Return whether what is watched had no new extremum in the second half of the steps of orbits that go on."""
    same = outcomes[f"final_{WATCH}"].values == halfway[f"final_{WATCH}"].values
    # An orbit that was stopped at a small residual was so both times, at the same step.
    half, whole = halfway["steps"].values, outcomes["steps"].values
    same &= (half < whole) & (2 * half <= whole + 2 * CHECK_EVERY)
    return np.asarray(same & np.isin(halfway["status"].values, [Status.UNDECIDED, Status.BOUNDED]))


class WatchedJudge(OrbitJudge[C]):
    """The judge of a conclusion about every iterate, in the model's own coordinates."""

    watches = True

    @property
    def coordinates(self) -> Coordinates:
        """The model's own."""
        return self.statement.model.own

    @property
    def provable(self) -> Coordinates:
        """The model's own."""
        return self.statement.model.own

    @property
    @abstractmethod
    def watched(self) -> sp.Expr:
        """The expression whose extremum is carried along."""

    @property
    def is_strict(self) -> bool:
        """Whether a margin of exactly 0 is a failure."""
        return False

    @property
    @abstractmethod
    def extremum(self) -> Observer:
        """What carries it."""

    @property
    def observers(self) -> tuple[Observer, ...]:
        """The extremum, and how large the terms of the watched expression were."""
        return self.extremum, Observer(TERMS, self.size, sp.Max)

    @property
    def size(self) -> sp.Expr:
        """The size of the terms of the watched expression."""
        return sp.Add(*(sp.Abs(t) for t in sp.Add.make_args(self.watched)))

    @abstractmethod
    def margin_of(self, extremum: Array, rounding: Array, sample: Sample, outcomes: xr.Dataset) -> Array:
        """Return the margins that the extrema make.

        Parameters
        ----------
        extremum : ndarray, shape (n,)
            What was carried along.
        rounding : ndarray, shape (n,)
            How far it may be from the exact one.
        sample : Sample
            The starts.
        outcomes : Dataset
            What became of the orbits.
        """

    def margins(self, sample: Sample, outcomes: xr.Dataset) -> Array:
        """Return the margins along the orbits; 0 for those within the rounding of the watched expression's terms.

        Of a strict inequality those that are not positive are open, NaN, until ball arithmetic has looked.
        """
        margin = self._margin(sample, outcomes)
        within = np.where(self.is_strict & (margin <= 0), np.nan, 0.0)
        return np.where(self._is_within_rounding(margin, outcomes) & np.isfinite(margin), within, margin)

    def in_doubt(self, sample: Sample, outcomes: xr.Dataset) -> Array:
        """Return the margins that are within rounding, of orbits that were given up as well."""
        margin = self._seen(sample, outcomes)
        return np.where(self._is_within_rounding(margin, outcomes), margin, np.nan)

    def so_far(self, sample: Sample, outcomes: xr.Dataset, *earlier: xr.Dataset) -> Array:
        """Return the margins of orbits that do not settle where the second half of them had no smaller one."""
        margin = self._seen(sample, outcomes)
        clear = is_unmoved(outcomes, earlier[0]) & (margin > 0) & ~self._is_within_rounding(margin, outcomes)
        return np.where(clear, margin, np.nan)

    def _seen(self, sample: Sample, outcomes: xr.Dataset) -> Array:
        """The margins as far as the orbits were followed."""
        rounding = ROUNDING * outcomes[f"final_{TERMS}"].values
        return self.margin_of(outcomes[f"final_{WATCH}"].values, rounding, sample, outcomes)

    def named(self, sample: Sample) -> dict[sp.Symbol, Array]:
        """Return starts, step sizes and parameters by name."""
        own = self.statement.model.own.step
        return {**sample.parameters(own), ETA: sample.eta, **dict(zip(own.state, sample.start, strict=True))}

    def _margin(self, sample: Sample, outcomes: xr.Dataset) -> Array:
        margin = self._seen(sample, outcomes)
        # What an orbit does after it was given up is not known: it may still fail, it cannot be said to hold.
        status = outcomes["status"].values
        ended = (self.ended(sample, outcomes) & (status != Status.NONFINITE)) | ~self.goes_on(outcomes)
        failed = (margin < 0) & ~self._is_within_rounding(margin, outcomes)
        # Beyond all doubles nothing is known of what is watched; ball arithmetic tells.
        lost = (np.isnan(margin) | self.claims_more(outcomes)) & (status == Status.DIVERGED) & ~failed
        margin, failed = np.where(lost, -1.0, np.maximum(margin, -np.finfo(float).max)), failed | lost
        return np.where(ended | failed, margin, np.nan)

    def ended(self, sample: Sample, outcomes: xr.Dataset) -> NDArray[np.bool_]:
        """Return where what comes later does not matter: orbits that have settled."""
        settled = np.isin(outcomes["status"].values, [Status.CONVERGED, Status.PERIODIC])
        return np.asarray(settled | is_at_rest(self.statement, sample, outcomes))

    def claims_more(self, outcomes: xr.Dataset) -> NDArray[np.bool_]:
        """Return where something is claimed of certain later iterates, whatever was seen before."""
        return np.zeros(outcomes.sizes["orbit"], bool)

    def _is_within_rounding(self, margin: Array, outcomes: xr.Dataset) -> NDArray[np.bool_]:
        rounding = ROUNDING * outcomes[f"final_{TERMS}"].values
        return np.asarray(np.isfinite(margin) & (np.abs(margin) <= rounding))
