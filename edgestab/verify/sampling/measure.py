"""The margins by which a conclusion holds along the orbits of a sample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from edgestab.numerics.orbits.follow import Rules
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.orbits.sweep import Progress, advance_then, sweep
from edgestab.theory.statement import OrbitStatement
from edgestab.verify.conclusions.judges import judge_of
from edgestab.verify.orbits.starts import Array, Sample


@dataclass(frozen=True)
class Margins:
    """Margins and outcomes of a sample.

    Parameters
    ----------
    margin : ndarray, shape (n,)
        At least zero where the conclusion holds, below where it fails, NaN where it could not be decided.
    outcomes : Dataset
        What became of each orbit.
    doubt : ndarray, shape (n,)
        The margins that are within their own error, NaN for all others.
    unsettled : ndarray, shape (n,)
        The steps of orbits that do not settle and whose margin is that of so many steps alone; 0 for all others.
    """

    margin: Array
    outcomes: xr.Dataset
    doubt: Array
    unsettled: NDArray[np.int64]


def measure(
    statement: OrbitStatement,
    sample: Sample,
    rules: Rules | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Margins:
    """Follow every orbit of a sample and return the margins of the conclusion."""
    model, judge = statement.model, judge_of(statement)
    coordinates, rules = judge.coordinates, judge.rules or rules
    parameters = sample.parameters(coordinates.step)
    start = sample.start
    if statement.interruption is not None:
        start = advance_then(model, start, parameters, statement.interruption)

    def followed(of: NDArray[np.intp] | slice, rules: Rules | None, progress: Progress | None = None) -> xr.Dataset:
        return sweep(
            model,
            start[:, of],
            {p: v[of] for p, v in parameters.items()},
            coordinates=coordinates,
            observers=judge.observers,
            rules=rules,
            threads=threads,
            progress=progress,
        )

    outcomes = followed(slice(None), rules, progress)
    margin = judge.margins(sample, outcomes)
    unsettled = np.zeros(sample.count, np.int64)
    status = outcomes["status"].values
    on = np.flatnonzero(np.isnan(margin) & np.isin(status, [Status.UNDECIDED, Status.BOUNDED]))
    if judge.watches and on.size:
        fewer = (rules or Rules()).halved
        earlier = [followed(on, r) for r in (fewer, *([fewer.halved] if judge.extrapolates else []))]
        margin[on] = judge.so_far(sample.part(on), outcomes.isel(orbit=on), *earlier)
        held = on[~np.isnan(margin[on])]
        unsettled[held] = outcomes["steps"].values[held]
    # Where there is no next iterate, nothing that is claimed of an orbit is true of it.
    margin[(outcomes["status"].values == Status.LEFT_DOMAIN) & judge.goes_on(outcomes)] = -1.0
    return Margins(margin, outcomes, judge.in_doubt(sample, outcomes), unsettled)
