"""Conclusions about every iterate: a running extremum is carried along the orbit."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np
import sympy as sp
import xarray as xr

from edgestab.numerics.orbits.coordinates import evaluate
from edgestab.numerics.orbits.status import Status
from edgestab.theory.models.base import Coordinates
from edgestab.theory.symbols import ETA, symbol
from edgestab.verify.conclusions.judge import C, OrbitJudge
from edgestab.verify.orbits.starts import Array, Sample

WATCH = symbol("watched")
"""The state variable that carries an observer."""


class WatchedJudge(OrbitJudge[C]):
    """The judge of a conclusion about every iterate, in the model's own coordinates."""

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

    @abstractmethod
    def margin_of(self, extremum: Array, rounding: Array, named: dict[sp.Symbol, Array], outcomes: xr.Dataset) -> Array:
        """Return the margins that the extrema make.

        Parameters
        ----------
        extremum : ndarray, shape (n,)
            What was carried along.
        rounding : ndarray, shape (n,)
            How far it may be from the exact one.
        named : dict
            Starts, step sizes and parameters.
        outcomes : Dataset
            What became of the orbits.
        """

    def margins(self, sample: Sample, outcomes: xr.Dataset) -> Array:
        """Return the margins along the orbits, up to the rounding of the watched expression's terms."""
        own = self.statement.model.own.step
        named = {**dict.fromkeys(own.parameters, sample.eta), ETA: sample.eta}
        named |= dict(zip(own.state, sample.start, strict=True))
        size = np.sum([np.abs(v) for v in evaluate(sp.Add.make_args(self.watched), named)], axis=0)
        margin = self.margin_of(outcomes[f"final_{WATCH}"].values, 1e-13 * size, named, outcomes)
        # What an orbit does after it was given up is not known: it may still fail, it cannot be said to hold.
        status = outcomes["status"].values
        ended = np.isin(status, [Status.CONVERGED, Status.PERIODIC]) | (outcomes["residual"].values == 0)
        return np.where(ended | (margin < 0), margin, np.nan)
