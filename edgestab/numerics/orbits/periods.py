"""The periods of the cycles that orbits have settled on."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from edgestab.numerics.orbits.follow import kernel_of
from edgestab.numerics.orbits.stopping import outer_radius
from edgestab.numerics.printers import reference
from edgestab.numerics.programs.program import jacobian_program
from edgestab.theory.models.base import Coordinates

Array = NDArray[np.float64]

LONGEST_PERIOD = 1024
"""The longest cycle an orbit is recognised on."""

SOON = 64
"""Every orbit without a limit is looked at for so many steps, twice; a chaotic one no longer."""

MOST = 4096
"""So many orbits are held in memory, step by step, at once."""

NEAR, MOVED = 1e-10, 1e-6
"""Over an orbit's size: how near it returns, and how far it moves at a step."""

APART = 1e-9
"""How far from an orbit another one starts, over the orbit's size."""

CHAOTIC = 1e4
"""By what factor two orbits part in 128 steps: of exponents above 0.07 a step. On cycles they do not."""


def periods(
    where: Coordinates,
    start: Array,
    final: Array,
    values: Mapping[sp.Symbol, Array],
    candidates: NDArray[np.bool_],
) -> NDArray[np.int16]:
    """Return the least period of each candidate's cycle, 0 where it is on none.

    A cycle is settled on when an orbit returns twice, the second time closer than the first unless rounding is all
    that is left, with a visible amplitude, and no multiplier of the cycle lies outside the unit circle. Beside a
    parabolic cycle orbits linger, and return, without ever settling.
    """
    period = np.zeros(final.shape[1], np.int16)
    index = np.flatnonzero(candidates)
    if not index.size:
        return period
    shared = all((v == v[0]).all() for v in values.values())
    kernel = kernel_of(where, (), shared)

    def given(of: NDArray[np.intp]) -> list[Array]:
        parameters = [values[p] for p in where.step.parameters]
        return [p[0] if shared else p[of] for p in parameters]

    def look(of: NDArray[np.intp], longest: int) -> None:
        most = MOST * SOON // longest
        for part in np.split(of, range(most, of.size, most)):
            orbit = kernel.orbit(final[:, part], given(part), 2 * longest)
            found = _returning(orbit, start[:, part], longest)
            found[~_attracting(where, orbit, [values[p][part] for p in where.step.parameters], found)] = 0
            period[part] = found

    look(index, SOON)
    rest = index[period[index] == 0]
    if rest.size:
        begin = final[:, rest]
        size = np.abs(begin).max(axis=0)
        next_, one, other = (
            kernel.advance(z, given(rest), steps)
            for z, steps in ((begin, 1), (begin, 2 * SOON), (begin + APART * size, 2 * SOON))
        )
        with np.errstate(all="ignore"):
            calm = np.abs(other - one).max(axis=0) <= CHAOTIC * APART * size
            look(rest[calm & (np.abs(next_ - begin).max(axis=0) > MOVED * size)], LONGEST_PERIOD)
    return period


def _returning(orbit: Array, start: Array, longest: int) -> NDArray[np.int16]:
    """The least period, up to the longest, with which each orbit returns twice, 0 where it does not.

    The states have the shape (1 + 2 longest, n_state, n).
    """
    begin, periods = orbit[0], np.arange(2, longest + 1)
    with np.errstate(all="ignore"):
        scale = NEAR * np.maximum(np.abs(orbit).max(axis=0), np.abs(start))
        away = np.abs(orbit - begin)
        close = (away <= scale).all(axis=1)
        first, second = away[periods].max(axis=1), np.abs(orbit[2 * periods] - orbit[periods]).max(axis=1)
        settling = (second <= 0.999 * first) | (first <= 1e-3 * scale.min(axis=0))
        moved = (away[1] > MOVED / NEAR * scale).any(axis=0)
    returns = close[periods] & close[2 * periods] & settling & moved
    return np.where(returns.any(axis=0), periods[returns.argmax(axis=0)], 0).astype(np.int16)


def _attracting(
    where: Coordinates, orbit: Array, parameters: list[Array], period: NDArray[np.int16]
) -> NDArray[np.bool_]:
    """Whether no multiplier of each orbit's cycle lies outside the unit circle."""
    program, n = jacobian_program(where.step), len(where.step.state)
    inside = np.ones(period.size, dtype=bool)
    if program is None:
        return inside
    for p in np.unique(period[period > 0]):
        rows = np.flatnonzero(period == p)
        states = np.moveaxis(orbit[:p, :, rows], 1, 0)  # (n_state, p, rows)
        entries = reference.evaluate(
            program, [*states, *(np.broadcast_to(v[rows], states[0].shape) for v in parameters)]
        )
        jacobians = np.stack(np.broadcast_arrays(*entries, states[0])[:-1], axis=-1).reshape(p, rows.size, n, n)
        product = np.broadcast_to(np.eye(n), (rows.size, n, n))
        with np.errstate(all="ignore"):
            for jacobian in jacobians:
                product = jacobian @ product
        finite = np.isfinite(product).all(axis=(1, 2))
        inside[rows] = finite
        inside[rows[finite]] = outer_radius(product[finite], 0) <= 1 + 1e-7
    return inside
