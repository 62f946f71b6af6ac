"""Sweeps: many orbits of a model from many starts at many step sizes, in parallel over tiles."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

import numpy as np
import sympy as sp
import xarray as xr
from numpy.typing import NDArray

from edgestab.errors import InputError
from edgestab.numerics.orbits.classify import labelled
from edgestab.numerics.orbits.coordinates import evaluate, to_coordinates, to_own
from edgestab.numerics.orbits.lanes import LaneKernel, Orbits
from edgestab.numerics.programs.program import program_of, step_program
from edgestab.theory.models.base import Coordinates, Model
from edgestab.theory.statement import Interruption
from edgestab.theory.stepmap import Observer
from edgestab.theory.symbols import ETA

Array = NDArray[np.float64]
Progress = Callable[[int, int], None]

TILE = 2048
"""Orbits in one tile: the unit of parallel work. Results do not depend on it."""


@dataclass(frozen=True)
class Rules:
    """When an orbit is followed no further.

    Parameters
    ----------
    budget : float
        Steps allowed, in units of eta**-2: near the edge orbits converge in 25 to 45 of them.
    least, most : int
        Bounds on the number of steps whatever eta is.
    radius : float
        An orbit with a coordinate beyond it has diverged.
    """

    budget: float = 200.0
    least: int = 20_000
    most: int = 200_000_000
    radius: float = 1e8

    @property
    def words(self) -> str:
        """The rules in one line."""
        return f"budget {self.budget:g}/eta^2 steps within [{self.least}, {self.most}], radius {self.radius:g}"

    def steps(self, eta: Array) -> NDArray[np.int64]:
        """Return the budget of each orbit."""
        with np.errstate(divide="ignore"):
            return np.clip(self.budget / eta**2, self.least, self.most).astype(np.int64)


@functools.lru_cache(maxsize=256)
def kernel_of(coordinates: Coordinates, observers: tuple[Observer, ...], shared: bool) -> LaneKernel:
    """Return the kernel of some coordinates; `shared` says that all orbits have the same parameters."""
    step = coordinates.step
    for observer in observers:
        step = step.observing(observer)
    inputs = (*step.state, *step.parameters)
    residual = program_of([coordinates.residual], inputs)
    own = tuple(not shared for _ in step.parameters)
    return LaneKernel(step_program(step), residual, len(step.state), own, len(observers))


def sweep(
    model: Model,
    starts: Array,
    parameters: Mapping[sp.Symbol, Array | float],
    *,
    coordinates: Coordinates | None = None,
    observers: tuple[Observer, ...] = (),
    rules: Rules | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Follow the orbit of every start to its outcome.

    Parameters
    ----------
    model : Model
        The loss, its step and its minima.
    starts : ndarray, shape (n_state, n)
        Starts in the model's own coordinates.
    parameters : mapping
        The value, or an array of n values, of each parameter of the step.
    coordinates : Coordinates, optional
        The coordinates to compute in; the model's best by default.
    observers : tuple of Observer
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
    """
    where = coordinates or model.best
    rules = rules or Rules()
    count = starts.shape[1]
    missing = [str(p) for p in where.step.parameters if p not in parameters]
    if missing:
        raise InputError(f"no value is given for {', '.join(missing)}")
    values = {p: np.broadcast_to(np.asarray(parameters[p], dtype=np.float64), count) for p in where.step.parameters}
    state = to_coordinates(model, where, starts, values)
    eta = np.asarray(values[ETA]) if ETA in values else np.ones(count)
    shared = all(v.size == 0 or (v == v[0]).all() for v in values.values())
    kernel = kernel_of(where, observers, shared)
    tolerance = evaluate([where.tolerance], {**values, sp.Symbol("_"): np.zeros(count)})[0]
    budget = rules.steps(eta)
    first = _initial_observations(where, observers, state, values)
    full = np.vstack([state, *first]) if first else state

    def tile(low: int) -> tuple[int, Orbits]:
        part = slice(low, min(low + TILE, count))
        arguments = [v[0] if shared else v[part] for v in values.values()]
        result = kernel.drive(full[:, part], arguments, tolerance[part], budget[part], radius=rules.radius)
        return low, result

    done: dict[int, Orbits] = {}
    with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        futures = [pool.submit(tile, low) for low in range(0, count, TILE)]
        try:
            for future in as_completed(futures):
                low, result = future.result()
                done[low] = result
                if progress is not None:
                    progress(sum(r.status.size for r in done.values()), count)
        except BaseException:
            for future in futures:
                future.cancel()
            raise
    orbits = _joined([done[low] for low in sorted(done)], full.shape[0])
    return labelled(model, where, kernel.step.digest, orbits, starts, values, observers, rules.words)


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
