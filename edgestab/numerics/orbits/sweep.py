"""Sweeps: many orbits of a model from many starts at many step sizes, in parallel over tiles."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import sympy as sp
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from edgestab.numerics import inputs
from edgestab.numerics.inputs import Name
from edgestab.numerics.orbits.classify import labelled
from edgestab.numerics.orbits.coordinates import evaluate, is_at_the_edge, to_coordinates, to_own
from edgestab.numerics.orbits.follow import Rules, follow, kernel_of
from edgestab.numerics.orbits.lanes import Orbits
from edgestab.numerics.tiling.pool import map_on_threads
from edgestab.theory.models.base import Coordinates, Model
from edgestab.theory.statement import Interruption
from edgestab.theory.stepmap import Observer

Array = NDArray[np.float64]
Progress = Callable[[int, int], None]

TILE, SMALLEST_TILE = 2048, 64
"""The most and the fewest orbits in one tile, the unit of parallel work. Results do not depend on it."""


def sweep(
    model: Model,
    starts: ArrayLike,
    parameters: Mapping[Name, ArrayLike],
    *,
    coordinates: Coordinates | None = None,
    observers: Sequence[Observer] = (),
    rules: Rules | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Follow the orbit of every start to its outcome.

    Parameters
    ----------
    model : Model
        The loss, its step and its minima.
    starts : array_like, shape (n_state, n) or (n_state,)
        Starts in the model's own coordinates, one a column; a 1-D array is one start. One that is not finite is an
        orbit whose status says so.
    parameters : mapping
        By symbol or name the value, or an array of n values, of each parameter of the step.
    coordinates : Coordinates, optional
        The coordinates to compute in; the model's best by default.
    observers : sequence of Observer
        Running extrema to carry along; the final value of each is in the result as ``final_<symbol>``.
    rules : Rules, optional
        Budget and radius.
    threads : int, optional
        How many tiles to work on at once; all cores by default. The result is the same to the bit.
    progress : callable, optional
        Called with the orbits done and the total after every tile.

    Returns
    -------
    Dataset
        The outcomes, as described in `edgestab.numerics.orbits.outcomes.SCHEMA`.

    Raises
    ------
    InputError
        When there is not one row of starts for each state variable, or a parameter has no value, or one that is not
        finite, or the step size is not positive.

    Examples
    --------
    >>> from edgestab.theory.models.catalogue import model
    >>> found = sweep(model("quartic"), [3.3, 0.3], {"eta": 0.1})
    >>> found["status"].values, found["sharpness"].values.round(2)
    (array([1], dtype=int8), array([19.95]))
    """
    where = coordinates or model.best
    rules = rules or Rules()
    observers = tuple(observers)
    threads = None if threads is None else inputs.whole(threads, "threads", 1)
    starts = inputs.points(model.own.step.state, starts, "starts")
    count = starts.shape[1]
    given = inputs.parameters(where.step.parameters, parameters, count, where.step.name)
    values = {p: np.broadcast_to(v, count) for p, v in given.items()}
    state = to_coordinates(model, where, starts, values)
    shared = all(v.size == 0 or (v == v[0]).all() for v in values.values())
    digest = kernel_of(where, observers, shared).step.digest  # made once, before threads ask for it
    first = _initial_observations(where, observers, state, values)
    full = np.vstack([state, *first]) if first else state

    # So many that there is work for every thread, unless orbits are too few to advance together.
    size = min(TILE, max(SMALLEST_TILE, -(-count // (threads or os.cpu_count() or 1))))

    def tile(low: int) -> Orbits:
        part = slice(low, low + size)
        here = {p: v[part] for p, v in values.items()}
        return follow(where, full[:, part], here, rules, shared=shared, observers=observers)

    done = 0

    def report(part: Orbits) -> None:
        nonlocal done
        done += part.status.size
        if progress is not None:
            progress(done, count)

    parts = map_on_threads(tile, range(0, count, size), threads=threads, done=report)
    orbits = _joined(parts, full.shape[0])
    found = labelled(model, where, digest, orbits, starts, values, observers, rules.words)
    beside = np.flatnonzero(is_at_the_edge(where, starts, values)) if not observers else np.empty(0, np.intp)
    if beside.size:
        own = {p: values.get(p, np.ones(count))[beside] for p in model.own.step.parameters}
        instead = sweep(model, starts[:, beside], own, coordinates=model.own, rules=rules, threads=threads)
        final = np.array([instead[f"final_{s}"].values for s in model.own.step.state])
        there = to_coordinates(model, where, final, {p: v[beside] for p, v in values.items()})
        rows = {str(name): instead[name].values for name in instead.data_vars}
        rows |= {f"final_{s}": row for s, row in zip(where.step.state, there, strict=True)}
        for name, row in rows.items():
            column = found[name].values.copy()
            column[beside] = row
            found[name] = found[name].copy(data=column)
    return found


def _initial_observations(
    where: Coordinates, observers: tuple[Observer, ...], state: Array, values: Mapping[sp.Symbol, Array]
) -> list[Array]:
    named = {**dict(zip(where.step.state, state, strict=True)), **values}
    rows = []
    for observer in observers:
        if observer.before is None:
            rows.append(evaluate([observer.after], named)[0])
        else:
            # An increment: nothing has been observed yet.
            rows.append(np.full(state.shape[1], np.inf if observer.extremum is sp.Min else -np.inf))
    return rows


def _joined(parts: list[Orbits], n_state: int) -> Orbits:
    if not parts:
        return Orbits(np.empty(0, np.int8), np.empty(0, np.int64), np.empty((n_state, 0)), np.empty(0), np.empty(0))
    return Orbits(*(np.concatenate([p[i] for p in parts], axis=-1) for i in range(5)))


def advance_then(
    model: Model, starts: Array, parameters: Mapping[sp.Symbol, Array], interruption: Interruption
) -> Array:
    """Return the states, in the model's own coordinates, after some steps and a change made to them.

    The steps and the change are made in the model's best coordinates.
    """
    where = model.best
    values = {p: np.asarray(parameters[p]) for p in where.step.parameters}
    state = to_coordinates(model, where, starts, values)
    kernel = kernel_of(where, (), shared=False)
    moved = kernel.advance(state, list(values.values()), interruption.after)
    named = {**dict(zip(where.step.state, moved, strict=True)), **values}
    return to_own(where, np.array(evaluate(interruption.update, named)), values, starts)
