"""Sweeps: many orbits of a model from many starts at many step sizes, in parallel over tiles."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

import numpy as np
import sympy as sp
import xarray as xr
from numpy.typing import NDArray

from numerics import outcomes, sharpness
from numerics.lanes import LaneKernel, Orbits
from numerics.printers import reference
from numerics.program import Program, program_of, step_program
from numerics.status import Status
from theory.models.base import Coordinates, Model
from theory.statement import Interruption
from theory.stepmap import Observer
from theory.symbols import ETA

Array = NDArray[np.float64]
Progress = Callable[[int, int], None]

TILE = 2048
"""Orbits in one tile: the unit of parallel work. Results do not depend on it."""

LONGEST_PERIOD = 64
"""The longest cycle an orbit is recognised on."""


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

    def steps(self, eta: Array) -> NDArray[np.int64]:
        """Return the budget of each orbit."""
        return np.clip(self.budget / eta**2, self.least, self.most).astype(np.int64)


@functools.lru_cache(maxsize=256)
def _kernel(coordinates: Coordinates, observers: tuple[Observer, ...], shared_eta: bool) -> LaneKernel:
    step = coordinates.step
    for observer in observers:
        step = step.observing(observer)
    inputs = (*step.state, *step.parameters)
    residual = program_of([coordinates.residual], inputs)
    own = tuple(not shared_eta for _ in step.parameters)
    return LaneKernel(step_program(step), residual, len(step.state), own, len(observers))


@functools.lru_cache(maxsize=512)
def _program(expressions: tuple[sp.Expr, ...], inputs: tuple[sp.Symbol, ...]) -> Program:
    return program_of(expressions, inputs)


def evaluate(
    expressions: Sequence[sp.Expr], values: Mapping[sp.Symbol, Array | float]
) -> list[Array]:
    """Evaluate expressions in float64 on named arrays."""
    finite = tuple(sp.S(0) if e.is_infinite else e for e in expressions)
    used = {s for e in finite for s in e.free_symbols}
    inputs = tuple(s for s in values if s in used) or tuple(values)[:1]
    found = reference.evaluate(_program(finite, inputs), [values[s] for s in inputs])
    shape = np.broadcast_shapes(*(np.shape(v) for v in values.values()))
    # An infinite end of a window is no number a program can hold.
    ends = [float(e) if e.is_infinite else 0.0 for e in expressions]
    return [np.broadcast_to(f + end, shape).copy() for f, end in zip(found, ends, strict=True)]


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
        The outcomes, as described in `numerics.outcomes.SCHEMA`.
    """
    where = coordinates or model.best
    rules = rules or Rules()
    count = starts.shape[1]
    missing = [str(p) for p in where.step.parameters if p not in parameters]
    if missing:
        raise ValueError(f"no value is given for {', '.join(missing)}")
    values = {p: np.broadcast_to(np.asarray(parameters[p], dtype=np.float64), count) for p in where.step.parameters}
    state = to_coordinates(model, where, starts, values)
    eta = np.asarray(values[ETA]) if ETA in values else np.ones(count)
    shared = all(v.size == 0 or (v == v[0]).all() for v in values.values())
    kernel = _kernel(where, observers, shared)
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
    return _labelled(model, where, kernel, orbits, starts, values, observers, rules)


def to_coordinates(
    model: Model, where: Coordinates, starts: Array, values: Mapping[sp.Symbol, Array]
) -> Array:
    """Return starts given in the model's own coordinates, in other coordinates."""
    if where.chart is None:
        return np.array(starts, dtype=np.float64)
    named = {**dict(zip(model.own.step.state, starts, strict=True)), **values}
    return np.array(evaluate(where.chart.forward, named))


def to_own(model: Model, where: Coordinates, state: Array, values: Mapping[sp.Symbol, Array]) -> Array:
    """Return a state given in other coordinates, in the model's own."""
    if where.chart is None:
        return np.array(state)
    return np.array(evaluate(where.chart.inverse, {**dict(zip(where.step.state, state, strict=True)), **values}))


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
        return Orbits(
            np.empty(0, np.int8), np.empty(0, np.int64), np.empty((n_state, 0)), np.empty(0), np.empty(0)
        )
    return Orbits(*(np.concatenate([p[i] for p in parts], axis=-1) for i in range(5)))  # type: ignore[arg-type]


def _labelled(
    model: Model,
    where: Coordinates,
    kernel: LaneKernel,
    orbits: Orbits,
    starts: Array,
    values: Mapping[sp.Symbol, Array],
    observers: tuple[Observer, ...],
    rules: Rules,
) -> xr.Dataset:
    count = starts.shape[1]
    status, n = orbits.status.copy(), len(where.step.state)
    final = orbits.final[:n]
    converged = status == Status.CONVERGED
    own = to_own(model, where, final, values)
    steep, error = _sharpness(model, where, final, own, values, converged)
    tail = np.full(count, np.inf)
    with np.errstate(all="ignore"):
        tail[converged] = (orbits.residual * 64 / np.maximum(1 - orbits.ratio, 1e-6))[converged]
        error = error + np.abs(steep) * orbits.residual * np.where(converged, tail, 0.0)
    if ETA in values and model.loss is not None and where.step.name.startswith("GD"):
        # A start on an unstable minimum stays there: it has not converged to it.
        unstable = converged & (values[ETA] * steep >= 2 * (1 + 1e-12))
        status[unstable] = Status.UNDECIDED
        converged &= ~unstable
    period = _periods(where, final, values, status == Status.UNDECIDED)
    status[period > 0] = Status.PERIODIC
    wandering = (status == Status.UNDECIDED) & (orbits.residual > 1e-3) & (period == 0)
    status[wandering] = Status.BOUNDED
    steep = np.where(converged, steep, np.nan)
    columns = {
        "status": status,
        "steps": orbits.steps,
        "limit": _limits(model, own, values, converged),
        "period": period,
        "residual": orbits.residual,
        "residual_tail": tail,
        "sharpness": steep,
        "sharpness_error": np.where(converged, error, np.nan),
    }
    states = {f"start_{s}": row for s, row in zip(model.own.step.state, starts, strict=True)}
    states |= {f"final_{s}": row for s, row in zip(model.own.step.state, own, strict=True)}
    if where.chart is not None:
        states |= {f"final_{s}": row for s, row in zip(where.step.state, final, strict=True)}
    states |= {f"final_{o.symbol}": row for o, row in zip(observers, orbits.final[n:], strict=True)}
    states |= {str(p): v for p, v in values.items()}
    attributes = {
        "title": f"outcomes of {where.step.name}",
        "model": model.name,
        "coordinates": where.name,
        "program": kernel.step.digest,
        "minima": "; ".join(s.name for s in model.minima),
        "rules": f"budget {rules.budget:g}/eta^2 steps within [{rules.least}, {rules.most}], radius {rules.radius:g}",
        "arithmetic": "IEEE float64 without contraction",
    }
    return outcomes.dataset(columns, states, attributes)


def _sharpness(
    model: Model, where: Coordinates, final: Array, own: Array, values: Mapping[sp.Symbol, Array], converged: NDArray[np.bool_]
) -> tuple[Array, Array]:
    """The sharpness at the final states and the rounding error to expect of it."""
    count = final.shape[1]
    if where.sharpness is not None:
        steep = evaluate([where.sharpness], {**dict(zip(where.step.state, final, strict=True)), **values})[0]
    elif model.loss is not None and not model.loss.constants:
        steep = np.full(count, np.nan)
        at = own[: len(model.loss.parameters)]
        steep[converged] = sharpness.sharpness(model.loss, at[:, converged])
    else:
        steep = np.full(count, np.nan)
    # Rounding of the state accumulates over the eta**-2 steps of the approach, except in the precise chart.
    relative = 1e-14 if where.chart is not None and where is model.best else 1e-15 / np.minimum(values.get(ETA, 1.0), 1.0) ** 2
    return steep, np.abs(steep) * relative


def _limits(
    model: Model, own: Array, values: Mapping[sp.Symbol, Array], converged: NDArray[np.bool_]
) -> NDArray[np.int8]:
    named = {**dict(zip(model.own.step.state, own, strict=True)), **values}
    distances = np.abs(np.array(evaluate([s.residual for s in model.minima], named)))
    nearest: NDArray[np.int8] = np.nan_to_num(distances, nan=np.inf).argmin(axis=0).astype(np.int8)
    return np.where(converged, nearest, np.int8(-1)).astype(np.int8)


def _periods(
    where: Coordinates, final: Array, values: Mapping[sp.Symbol, Array], candidates: NDArray[np.bool_]
) -> NDArray[np.int16]:
    """The least period of each candidate's cycle, 0 where it is on none: two returns, and a visible amplitude."""
    period = np.zeros(final.shape[1], np.int16)
    index = np.flatnonzero(candidates)
    if not index.size:
        return period
    program = step_program(where.step)
    begin = final[:, index]
    parameters = [v[index] for v in values.values()]
    scale = 1e-10 * (1 + np.abs(begin))
    orbit = [begin]
    for _ in range(2 * LONGEST_PERIOD):
        orbit.append(np.array(reference.evaluate(program, [*orbit[-1], *parameters])))
    with np.errstate(invalid="ignore"):
        moved = (np.abs(orbit[1] - begin) > 1e4 * scale).any(axis=0)
        found = np.zeros(index.size, np.int16)
        for p in range(LONGEST_PERIOD, 1, -1):
            returns = ((np.abs(orbit[p] - begin) <= scale) & (np.abs(orbit[2 * p] - begin) <= scale)).all(axis=0)
            found[returns & moved] = p
    period[index] = found
    return period


def advance_then(
    model: Model, starts: Array, parameters: Mapping[sp.Symbol, Array], interruption: Interruption
) -> Array:
    """Return the states, in the model's own coordinates, after some steps and a change made to them.

    The steps and the change are made in the model's best coordinates.
    """
    where = model.best
    values = {p: np.asarray(parameters[p]) for p in where.step.parameters}
    state = to_coordinates(model, where, starts, values)
    kernel = _kernel(where, (), shared_eta=False)
    moved = kernel.advance(state, list(values.values()), interruption.after)
    named = {**dict(zip(where.step.state, moved, strict=True)), **values}
    return to_own(model, where, np.array(evaluate(interruption.update, named)), values)
