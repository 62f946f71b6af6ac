"""Starts drawn from a statement's hypotheses, and the margin by which its conclusion holds at each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import sympy as sp
import xarray as xr
from numpy.typing import NDArray

from numerics.coordinates import evaluate
from numerics.status import Status
from numerics.sweep import Progress, Rules, advance_then, sweep
from theory.models.base import Coordinates
from theory.relations import compare
from theory.statement import Along, Converges, Diverges, FinalSharpness, Monotone, OrbitStatement
from theory.stepmap import Observer
from theory.symbols import ETA, symbol

Array = NDArray[np.float64]

WATCH = symbol("watched")
"""The state variable that carries an observer."""


@dataclass(frozen=True)
class Sample:
    """Starts inside the hypotheses.

    Parameters
    ----------
    unit : ndarray, shape (n, dimension)
        Where in the unit cube each was drawn.
    eta : ndarray, shape (n,)
        Step sizes.
    variables : dict
        The region's variables, each of shape (n,).
    start : ndarray, shape (n_state, n)
        The model's own coordinates.
    excluded : int
        Points drawn that do not satisfy the hypotheses.
    """

    unit: Array
    eta: Array
    variables: dict[sp.Symbol, Array]
    start: Array
    excluded: int

    @property
    def count(self) -> int:
        """How many starts."""
        return int(self.eta.size)


def dimension(statement: OrbitStatement) -> int:
    """Return how many numbers choose a start: one for each variable with an interval, one for the step size."""
    free = [pair for pair in statement.region.bounds if pair[0] != pair[1]]
    return len(free) + (len(statement.step_sizes.values) != 1)


def draw(statement: OrbitStatement, unit: Array) -> Sample:
    """Map points of the unit cube into the hypotheses; those outside are dropped and counted.

    Raises
    ------
    ValueError
        When the statement still has an unspecified constant.
    """
    if statement.region.constants:
        names = ", ".join(sorted(str(s) for s in statement.region.constants))
        raise ValueError(f"no value is given for {names}")
    columns = iter(unit.T)
    eta = _step_sizes(statement, columns, len(unit))
    known: dict[sp.Symbol, Array] = {ETA: eta}
    valid = np.ones(len(unit), dtype=bool)
    for variable, (low, high) in zip(statement.region.variables, statement.region.bounds, strict=True):
        a, b = evaluate([low, high], known)
        if low == high:
            known[variable] = a
            continue
        valid &= np.isfinite(a) & np.isfinite(b) & (a < b)
        known[variable] = a + next(columns) * (b - a)
        valid &= (known[variable] > a) & (known[variable] < b)
    start = np.array(evaluate(statement.region.start, known))
    valid &= np.isfinite(start).all(axis=0)
    named = {**known, **dict(zip(statement.model.own.step.state, start, strict=True))}
    for relation in statement.region.where:
        valid &= compare(relation, *evaluate([relation.lhs, relation.rhs], named))
    return Sample(
        unit[valid],
        eta[valid],
        {v: known[v][valid] for v in statement.region.variables},
        np.ascontiguousarray(start[:, valid]),
        int((~valid).sum()),
    )


def _step_sizes(statement: OrbitStatement, columns: Iterator[Array], count: int) -> Array:
    sizes = statement.step_sizes
    if len(sizes.values) == 1:
        return np.full(count, float(sizes.values[0]))
    u = next(columns)
    if sizes.values:
        values = np.array([float(v) for v in sizes.values])
        return np.asarray(values[np.minimum((u * len(values)).astype(int), len(values) - 1)])
    low, high = float(sizes.low), float(sizes.high)
    return np.asarray(np.clip(low * (high / low) ** u, low, high))


@dataclass(frozen=True)
class Measured:
    """Margins and outcomes of a sample.

    Parameters
    ----------
    margin : ndarray, shape (n,)
        At least zero where the conclusion holds, below where it fails, NaN where it could not be decided.
    outcomes : Dataset
        What became of each orbit.
    """

    margin: Array
    outcomes: xr.Dataset


def measure(
    statement: OrbitStatement,
    sample: Sample,
    rules: Rules | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Measured:
    """Follow every orbit of a sample and return the margins of the conclusion."""
    model, conclusion = statement.model, statement.conclusion
    coordinates, observers = _watching(statement)
    parameters = {ETA: sample.eta}
    start = sample.start
    if statement.interruption is not None:
        start = advance_then(model, start, parameters, statement.interruption)
    if ETA not in coordinates.step.parameters:
        parameters = dict.fromkeys(coordinates.step.parameters, sample.eta)
    ds = sweep(
        model,
        start,
        parameters,
        coordinates=coordinates,
        observers=observers,
        rules=rules,
        threads=threads,
        progress=progress,
    )
    status = ds["status"].values
    if isinstance(conclusion, Converges):
        return Measured(_convergence(statement, conclusion, ds), ds)
    if isinstance(conclusion, Diverges):
        gone = np.isin(status, [Status.DIVERGED, Status.NONFINITE])
        return Measured(np.where(gone, 1.0, np.where(status == Status.UNDECIDED, np.nan, -1.0)), ds)
    if isinstance(conclusion, FinalSharpness):
        return Measured(_window(statement, conclusion, sample, ds), ds)
    watched = ds[f"final_{WATCH}"].values
    if isinstance(conclusion, Along):
        return Measured(np.where(np.abs(watched) < 1e-12, 0.0, watched), ds)
    named = {ETA: sample.eta, **dict(zip(model.own.step.state, sample.start, strict=True))}
    size = np.abs(evaluate([conclusion.quantity], named)[0])
    excess = watched if conclusion.direction == "nonincreasing" else -watched
    # Rounding makes a constant quantity jitter by some units in the last place.
    return Measured(np.where(np.abs(excess) <= 1e-13 * size, 0.0, -excess), ds)


def _watching(statement: OrbitStatement) -> tuple[Coordinates, tuple[Observer, ...]]:
    conclusion, own = statement.conclusion, statement.model.own
    if isinstance(conclusion, Along):
        return own, (Observer(WATCH, conclusion.margin, sp.Min),)
    if isinstance(conclusion, Monotone):
        extremum = sp.Max if conclusion.direction == "nonincreasing" else sp.Min
        return own, (Observer(WATCH, conclusion.quantity, extremum, conclusion.quantity),)
    return statement.model.best, ()


def _convergence(statement: OrbitStatement, conclusion: Converges, ds: xr.Dataset) -> Array:
    status = ds["status"].values
    good = (status == Status.CONVERGED) & _arrived(statement, conclusion.to, ds)
    slow = np.log10(1.0 + ds["steps"].values) / 16  # the slower, the nearer to failing
    return np.where(good, 1.0 - slow, np.where(status == Status.UNDECIDED, np.nan, -1.0))


def _arrived(statement: OrbitStatement, to: str | None, ds: xr.Dataset) -> NDArray[np.bool_]:
    """Where the limit lies on the named set of minima; everywhere when none is named."""
    if to is None:
        return np.ones(ds.sizes["orbit"], dtype=bool)
    wanted = [s.name for s in statement.model.minima].index(to)
    return np.asarray(ds["limit"].values == wanted)


def _window(statement: OrbitStatement, conclusion: FinalSharpness, sample: Sample, ds: xr.Dataset) -> Array:
    status, steep = ds["status"].values, ds["sharpness"].values
    own = statement.model.own.step.state
    named = {ETA: sample.eta, **sample.variables}
    named |= {symbol(f"{s}_final"): ds[f"final_{s}"].values for s in own}
    low, high = evaluate([conclusion.low, conclusion.high], {**named, symbol("sharpness"): steep})
    with np.errstate(invalid="ignore"):
        width = np.where(np.isfinite(high - low), np.abs(high - low), np.abs(np.where(np.isfinite(high), high, low)))
        margin = np.minimum(steep - low, high - steep) / width
        blurred = np.abs(margin) * width <= ds["sharpness_error"].values
    good = (status == Status.CONVERGED) & _arrived(statement, conclusion.to, ds)
    margin = np.where(good, np.where(blurred, np.nan, margin), -1.0)
    return np.where(status == Status.UNDECIDED, np.nan, margin)
