"""From what the kernel says of each orbit to its outcome: limit, sharpness, period, status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import sympy as sp
import xarray as xr
from numpy.typing import NDArray

from edgestab.numerics.orbits import outcomes, sharpness
from edgestab.numerics.orbits.coordinates import evaluate, to_coordinates, to_own
from edgestab.numerics.orbits.domain import left_domain
from edgestab.numerics.orbits.flat_minimum import flat_minima_of
from edgestab.numerics.orbits.follow import length_of, tolerance_of
from edgestab.numerics.orbits.lanes import CHECK_EVERY, Orbits
from edgestab.numerics.orbits.periods import periods
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.orbits.stopping import isolated_place, lengths, outer_radius, stopped
from edgestab.numerics.printers import reference
from edgestab.numerics.programs.program import jacobian_program
from edgestab.theory.models.base import Coordinates, Model
from edgestab.theory.stepmap import Observer
from edgestab.theory.symbols import ETA

Array = NDArray[np.float64]


class Outcomes(NamedTuple):
    """What became of each orbit: the variables of `edgestab.numerics.orbits.outcomes.SCHEMA`, and its last state."""

    columns: dict[str, NDArray[Any]]
    own: Array


def outcomes_of(
    model: Model, where: Coordinates, orbits: Orbits, starts: Array, values: Mapping[sp.Symbol, Array]
) -> Outcomes:
    """Return the outcomes of orbits: their limits, sharpness, periods and statuses.

    Parameters
    ----------
    model, where : Model, Coordinates
        What was computed, and in which coordinates.
    orbits : Orbits
        What the kernel returned.
    starts : ndarray, shape (n_state, n)
        In the model's own coordinates.
    values : mapping
        The parameters of each orbit.
    """
    count = starts.shape[1]
    status, n = orbits.status.copy(), len(where.step.state)
    final = orbits.final[:n]
    converged = status == Status.CONVERGED
    own = to_own(where, final, values, starts)
    tail = np.full(count, np.inf)
    with np.errstate(all="ignore"):
        tail[converged] = (orbits.residual * CHECK_EVERY / np.maximum(1 - orbits.ratio, 1e-6))[converged]
    limit = np.full(count, -1, np.int8)
    index = np.flatnonzero(converged)
    with np.errstate(all="ignore"):
        ended, drift = own.copy(), orbits.residual * tail
    if model.loss is not None and jacobian_program(model.own.step) is not None:
        found = stopped(model, own[:, index], _own_parameters(model, values, index), starts[:, index])
        settled, limit[index] = found.attracting, found.place
        if model.provable.minima:  # sets of its own, of which the model's are unions
            limit = _limits(model, own, values, converged)
        else:
            ended[:, index] = found.limit
            with np.errstate(all="ignore"):
                # Of an orbit that ends in the origin the size is that of its start.
                rows = list(model.own.step.lengths)
                size = np.maximum(lengths(found.limit[rows]), lengths(starts[:, index][rows]))
                away = found.distance / size
                drift[index] = 4 * away**2 * CHECK_EVERY / np.maximum(1 - orbits.ratio[index], 1e-6)
    else:
        settled = _stable(where, final, values, converged, np.full(count, 1e-7))[index]
        limit = _limits(model, own, values, converged)
    steep, error = _sharpness(model, where, final, own, ended, drift, values, converged)
    status[index[~settled]] = Status.UNDECIDED
    converged[index[~settled]] = False
    for flat in flat_minima_of(model):
        caught = np.flatnonzero((status == Status.UNDECIDED) & flat.captures(own[0], values[ETA]))
        at = np.full((1, caught.size), float(flat.at))
        status[caught], converged[caught] = Status.CONVERGED, True
        limit[caught] = isolated_place(model, at, np.maximum(lengths(at), lengths(starts[:, caught])))
        steep[caught], error[caught] = 0.0, 0.0
    limit[~converged] = -1
    left = left_domain(model, where, starts, values, orbits.steps, status == Status.NONFINITE)
    status[left] = Status.LEFT_DOMAIN
    begin = to_coordinates(model, where, starts, values)
    period = periods(where, begin, final, values, status == Status.UNDECIDED)
    status[period > 0] = Status.PERIODIC
    open_ = np.flatnonzero((status == Status.UNDECIDED) & (period == 0))
    if open_.size:
        theirs = {p: v[open_] for p, v in values.items()}
        length = length_of(where, begin[:, open_], theirs)
        far = orbits.residual[open_] > 1e5 * tolerance_of(where, length, theirs)
        status[open_[far]] = Status.BOUNDED
    columns: dict[str, NDArray[Any]] = {
        "status": status,
        "steps": orbits.steps - left,  # the last iterate there is
        "limit": limit,
        "period": period,
        "residual": orbits.residual,
        "residual_tail": tail,
        "sharpness": np.where(converged, steep, np.nan),
        "sharpness_error": np.where(converged, error, np.nan),
    }
    return Outcomes(columns, own)


def labelled(
    model: Model,
    where: Coordinates,
    digest: str,
    orbits: Orbits,
    starts: Array,
    values: Mapping[sp.Symbol, Array],
    observers: tuple[Observer, ...],
    rules: str,
) -> xr.Dataset:
    """Return the labelled outcomes of a sweep.

    Parameters
    ----------
    model, where, orbits, starts, values
        As for `outcomes_of`.
    digest : str
        Of the step's program.
    observers : tuple of Observer
        The running extrema that were carried along.
    rules : str
        The stopping rules in words, for the record.
    """
    columns, own = outcomes_of(model, where, orbits, starts, values)
    n = len(where.step.state)
    states = {f"start_{s}": row for s, row in zip(model.own.step.state, starts, strict=True)}
    states |= {f"final_{s}": row for s, row in zip(model.own.step.state, own, strict=True)}
    if where.chart is not None:
        states |= {f"final_{s}": row for s, row in zip(where.step.state, orbits.final[:n], strict=True)}
    states |= {f"final_{o.symbol}": row for o, row in zip(observers, orbits.final[n:], strict=True)}
    states |= {str(p): v for p, v in values.items()}
    return outcomes.dataset(columns, states, attributes_of(model, where, digest, rules))


def attributes_of(model: Model, where: Coordinates, digest: str, rules: str) -> dict[str, str]:
    """Return the provenance that every dataset of outcomes carries."""
    return {
        "title": f"outcomes of {where.step.name}",
        "model": model.name,
        "state": where.name,  # not "coordinates", which is CF's word for something else
        "program": digest,
        "minima": "; ".join(s.name for s in model.minima),
        "rules": rules,
        "arithmetic": "IEEE float64 without contraction",
    }


def _stable(
    where: Coordinates,
    final: Array,
    values: Mapping[sp.Symbol, Array],
    converged: NDArray[np.bool_],
    slack: Array,
) -> NDArray[np.bool_]:
    """Whether a limit is linearly stable: no multiplier of the step lies outside the unit circle.

    That excludes saddles and minima beyond the edge, from which an orbit moves only if it does not start exactly
    there.
    """
    stable = np.zeros(final.shape[1], dtype=bool)
    program = jacobian_program(where.step)
    index = np.flatnonzero(converged)
    if not index.size:
        return stable
    if program is None:
        stable[index] = True
        return stable
    n = len(where.step.state)
    entries = reference.evaluate(program, [*final[:, index], *(v[index] for v in values.values())])
    jacobian = np.stack(entries, axis=-1).reshape(-1, n, n)
    finite = np.isfinite(jacobian).all(axis=(1, 2))
    radius = np.full(index.size, np.inf)
    radius[finite] = outer_radius(jacobian[finite], 0)
    stable[index] = radius <= 1 + slack[index]
    return stable


def _own_parameters(model: Model, values: Mapping[sp.Symbol, Array], index: NDArray[np.intp]) -> dict[sp.Symbol, Array]:
    """The parameters of the model's own step on some orbits; a chart has the same, or fewer where it has a unit."""
    return {p: values[p][index] if p in values else np.ones(index.size) for p in model.own.step.parameters}


def _sharpness(
    model: Model,
    where: Coordinates,
    final: Array,
    own: Array,
    ended: Array,
    drift: Array,
    values: Mapping[sp.Symbol, Array],
    converged: NDArray[np.bool_],
) -> tuple[Array, Array]:
    """The sharpness of the limits, and the error to expect of it.

    What an orbit still moves along a set of minima is relative to its size of the order of the square of its distance,
    in every step: `drift`.
    """
    count = final.shape[1]
    if where.sharpness is not None:
        steep = evaluate([where.sharpness], {**dict(zip(where.step.state, final, strict=True)), **values})[0]
        # Rounding of the state accumulates over the pace**-2 steps of the approach, except in the precise chart.
        precise = where.chart is not None and where is model.best
        pace = 1.0 if where.pace is None else evaluate([where.pace], {**values, ETA: values.get(ETA, 1.0)})[0]
        relative = 1e-14 if precise else 1e-15 / np.minimum(pace, 1.0) ** 2
        with np.errstate(all="ignore"):
            return steep, np.abs(steep) * (relative + np.where(converged, drift, 0.0))
    steep, error = np.full(count, np.nan), np.full(count, np.nan)
    if model.loss is None or any(c not in values for c in model.loss.constants):
        return steep, error
    n = len(model.loss.parameters)
    constants = [values[c][converged] for c in model.loss.constants]
    steep[converged] = sharpness.sharpness(model.loss, np.array([*ended[:n, converged], *constants]))
    before = sharpness.sharpness(model.loss, np.array([*own[:n, converged], *constants]))
    with np.errstate(all="ignore"):
        error[converged] = (
            np.abs(steep[converged]) * (1e-13 + drift[converged]) + np.abs(steep[converged] - before) / 10
        )
    return steep, error


def _limits(
    model: Model, own: Array, values: Mapping[sp.Symbol, Array], converged: NDArray[np.bool_]
) -> NDArray[np.int8]:
    named = {**dict(zip(model.own.step.state, own, strict=True)), **values}
    distances = np.abs(np.array(evaluate([s.residual for s in model.minima], named)))
    nearest: NDArray[np.int8] = np.nan_to_num(distances, nan=np.inf).argmin(axis=0).astype(np.int8)
    close = np.nan_to_num(distances, nan=np.inf).min(axis=0) < 1e-4
    return np.where(converged & close, nearest, np.int8(-1)).astype(np.int8)
