"""The margins by which a conclusion holds along the orbits of a sample."""

from __future__ import annotations

from dataclasses import dataclass

import xarray as xr

from edgestab.numerics.orbits.follow import Rules
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.orbits.sweep import Progress, advance_then, sweep
from edgestab.theory.statement import OrbitStatement
from edgestab.theory.symbols import ETA
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
    """

    margin: Array
    outcomes: xr.Dataset
    doubt: Array


def measure(
    statement: OrbitStatement,
    sample: Sample,
    rules: Rules | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Margins:
    """Follow every orbit of a sample and return the margins of the conclusion."""
    model, judge = statement.model, judge_of(statement)
    coordinates = judge.coordinates
    parameters = {ETA: sample.eta}
    start = sample.start
    if statement.interruption is not None:
        start = advance_then(model, start, parameters, statement.interruption)
    if ETA not in coordinates.step.parameters:
        parameters = dict.fromkeys(coordinates.step.parameters, sample.eta)
    outcomes = sweep(
        model,
        start,
        parameters,
        coordinates=coordinates,
        observers=judge.observers,
        rules=rules,
        threads=threads,
        progress=progress,
    )
    margin = judge.margins(sample, outcomes)
    # Where there is no next iterate, nothing that is claimed of an orbit is true of it.
    margin[outcomes["status"].values == Status.LEFT_DOMAIN] = -1.0
    return Margins(margin, outcomes, judge.in_doubt(sample, outcomes))
