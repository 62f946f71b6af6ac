"""Starts drawn from a statement's hypotheses, and the margin by which its conclusion holds at each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import sympy as sp
import xarray as xr
from numpy.typing import NDArray

from edgestab.errors import InputError
from edgestab.numerics.orbits.coordinates import evaluate
from edgestab.numerics.orbits.follow import Rules
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.orbits.sweep import Progress, advance_then, sweep
from edgestab.theory.models.base import Coordinates
from edgestab.theory.relations import compare
from edgestab.theory.statement import Along, Converges, Diverges, FinalSharpness, Monotone, OrbitStatement
from edgestab.theory.stepmap import Observer
from edgestab.theory.symbols import ETA, symbol

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
    InputError
        When the statement still has an unspecified constant.
    """
    placed, valid = place(statement, unit)
    return Sample(
        unit[valid],
        placed.eta[valid],
        {v: values[valid] for v, values in placed.variables.items()},
        np.ascontiguousarray(placed.start[:, valid]),
        int((~valid).sum()),
    )


def place(statement: OrbitStatement, unit: Array) -> tuple[Sample, NDArray[np.bool_]]:
    """Map points of the unit cube into the region's bounds, and tell which of them satisfy all hypotheses.

    Raises
    ------
    InputError
        When the statement still has an unspecified constant.
    """
    if statement.region.constants:
        names = ", ".join(sorted(str(s) for s in statement.region.constants))
        raise InputError(f"no value is given for {names}")
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
        drawn = a + next(columns) * (b - a)
        # Exactly 0 or 1 where that was meant: there lie the exceptional sets, and rounding would miss them.
        known[variable] = np.where(np.abs(drawn - np.round(drawn)) <= 1e-15 * (b - a), np.round(drawn), drawn)
        valid &= (known[variable] > a) & (known[variable] < b)
    start = np.array(evaluate(statement.region.start, known))
    valid &= np.isfinite(start).all(axis=0)
    named = {**known, **dict(zip(statement.model.own.step.state, start, strict=True))}
    for relation in statement.region.where:
        valid &= compare(relation, *evaluate([relation.lhs, relation.rhs], named))
    variables = {v: known[v] for v in statement.region.variables}
    return Sample(unit, eta, variables, start, 0), valid


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
        gone, lost = status == Status.DIVERGED, np.isin(status, [Status.UNDECIDED, Status.NONFINITE])
        return Measured(np.where(gone, 1.0, np.where(lost, np.nan, -1.0)), ds)
    if isinstance(conclusion, FinalSharpness):
        return Measured(_window(statement, conclusion, sample, ds), ds)
    margin = _watched(statement, conclusion, sample, ds)
    # What an orbit does after it was given up is not known: it may still fail, it cannot be said to hold.
    ended = np.isin(status, [Status.CONVERGED, Status.PERIODIC]) | (ds["residual"].values == 0)
    return Measured(np.where(ended | (margin < 0), margin, np.nan), ds)


def _watched(statement: OrbitStatement, conclusion: Along | Monotone, sample: Sample, ds: xr.Dataset) -> Array:
    """The margin of an inequality or a monotone quantity along the orbits, up to the rounding of its terms."""
    watched = ds[f"final_{WATCH}"].values
    expression = conclusion.margin if isinstance(conclusion, Along) else conclusion.quantity
    own = statement.model.own.step
    named = {**dict.fromkeys(own.parameters, sample.eta), ETA: sample.eta}
    named |= dict(zip(own.state, sample.start, strict=True))
    size = np.sum([np.abs(v) for v in evaluate(sp.Add.make_args(expression), named)], axis=0)
    if isinstance(conclusion, Monotone):
        excess = watched if conclusion.direction == "nonincreasing" else -watched
        return np.where(np.abs(excess) <= 1e-13 * size, 0.0, -excess)
    margin = np.where(np.abs(watched) <= 1e-13 * size, 0.0, watched)
    if conclusion.strict:
        margin = np.where(margin == 0, -np.finfo(float).tiny, margin)
    # Where an orbit converges, a margin that is still falling to its limit is no margin.
    last = {s: ds[f"final_{s}"].values for s in own.state}
    final = evaluate([conclusion.margin], {**named, **last})[0]
    to_come = 16 * np.abs(ds["residual"].values)
    resting = (final - to_come >= 0.5 * np.minimum(margin, final)) | (ds["status"].values != Status.CONVERGED)
    return np.where((margin <= 0) | resting, margin, np.nan)


def _watching(statement: OrbitStatement) -> tuple[Coordinates, tuple[Observer, ...]]:
    conclusion, own = statement.conclusion, statement.model.own
    if isinstance(conclusion, Along):
        return own, (Observer(WATCH, conclusion.margin, sp.Min),)
    if isinstance(conclusion, Monotone):
        extremum = sp.Max if conclusion.direction == "nonincreasing" else sp.Min
        return own, (Observer(WATCH, conclusion.quantity, extremum, conclusion.quantity),)
    final = {f"{s}_final" for s in own.step.state}
    named = {s.name for e in _ends(conclusion) for s in e.free_symbols}
    # The charts forget which of x and y is which; a window that asks for the final state needs to know.
    return (own if final & named else statement.model.best), ()


def _ends(conclusion: object) -> tuple[sp.Expr, ...]:
    return (conclusion.low, conclusion.high) if isinstance(conclusion, FinalSharpness) else ()


def _convergence(statement: OrbitStatement, conclusion: Converges, ds: xr.Dataset) -> Array:
    status = ds["status"].values
    good = (status == Status.CONVERGED) & _arrived(statement, conclusion.to, ds)
    slow = np.log10(1.0 + ds["steps"].values) / 16  # the slower, the nearer to failing
    open_ = np.isin(status, [Status.UNDECIDED, Status.NONFINITE])
    return np.where(good, 1.0 - slow, np.where(open_, np.nan, -1.0))


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
    return np.where(np.isin(status, [Status.UNDECIDED, Status.NONFINITE]), np.nan, margin)
