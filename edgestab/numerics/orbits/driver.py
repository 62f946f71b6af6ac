"""The driver of the lanes: compiled once a machine, from this text, and called with the functions of each program.

It keeps a block of lanes full of orbits, and calls the four compiled functions that
`edgestab.numerics.printers.lanes` prints for a program. Nothing here depends on the program: rows of ``x`` are state
variables and rows of ``p`` parameters, columns are lanes.
"""

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

CONVERGED, DIVERGED, NONFINITE, UNDECIDED = 1, 4, 5, 6
"""As in `edgestab.numerics.orbits.status.Status`."""

NOTHING, GONE, SMALL, NEW, LATER = range(5)
"""Of a lane: nothing to look at; it left; the residual is small; it is so for the first time; look, all the same."""

_PAD = 8  # Rows whose distance is a power of two share the places of the first-level cache.


@numba.njit(cache=True, nogil=True, fastmath=False, error_model="numpy")
def advance_only(advance: Any, x: Floats, p: Floats, width: int, steps: int) -> None:
    """Take steps with no test on the way: Python cannot call what is called by its address."""
    advance(x, p, width, steps)


@numba.njit(cache=True, nogil=True, fastmath=False, error_model="numpy")
def record(advance: Any, x: Floats, p: Floats, width: int, orbit: Any) -> None:
    """Take as many steps as `orbit` has rows, and write every state into it."""
    for step in range(orbit.shape[0]):
        advance(x, p, width, 1)
        for row in range(x.shape[0]):
            for j in range(width):
                orbit[step, row, j] = x[row, j]


@numba.njit(inline="always", cache=True, nogil=True, fastmath=False, error_model="numpy")
def _copy(source: Floats, j: int, target: Floats, k: int) -> None:
    """Copy column j of the one to column k of the other."""
    for row in range(source.shape[0]):
        target[row, k] = source[row, j]


@numba.njit(inline="always", cache=True, nogil=True, fastmath=False, error_model="numpy")
def _finite(x: Floats, j: int, watched: int) -> bool:
    """Whether the coordinates of a lane are numbers."""
    finite = True
    for row in range(watched):
        finite &= abs(x[row, j]) < np.inf
    return finite


@numba.njit(cache=True, nogil=True, fastmath=False, error_model="numpy")
def drive(
    advance: Any, look: Any, leave: Any, arrive: Any, watched: int, starts: Floats, parameters: Floats,
    tolerance: Floats, per_length: Floats, max_steps: Counts, radius: Floats, check_every: int, lanes: int,
    status: NDArray[np.int8], steps: Counts, final: Floats, residuals: Floats, ratios: Floats,
) -> None:  # fmt: skip
    """Follow every orbit to its end, and write what became of it into the last five arrays."""
    count = starts.shape[1]
    lanes = min(lanes, count)
    n, m, columns = starts.shape[0], parameters.shape[0], lanes + _PAD
    x, p, saved = np.empty((n, columns)), np.empty((m, columns)), np.empty((n, columns))
    gone_x, gone_p = np.empty((n, columns)), np.empty((m, columns))
    come_x, come_p = np.empty((n, columns)), np.empty((m, columns))
    index, place = np.empty(lanes, np.int64), np.zeros(lanes, np.int64)
    age, end, arrival = np.zeros(lanes, np.int64), np.empty(lanes, np.int64), np.full(lanes, -1)
    before, after, size = np.empty(lanes), np.empty(lanes), np.empty(lanes)
    bound, least, unit, allowed = np.empty(lanes), np.empty(lanes), np.empty(lanes), np.empty(lanes)
    fate = np.zeros(lanes, np.int64)
    gone_steps, gone_radius = np.empty(lanes, np.int64), np.empty(lanes)
    come_steps, come_tolerance = np.empty(lanes, np.int64), np.empty(lanes)
    queued = 0
    active = 0
    while queued < count and active < lanes:
        _copy(starts, queued, x, active)
        _copy(parameters, queued, p, active)
        bound[active], least[active], unit[active] = radius[queued], tolerance[queued], per_length[queued]
        index[active], end[active] = queued, max_steps[queued]
        queued += 1
        active += 1
    look(x, p, active, before, size)
    while active > 0:
        for row in range(n):
            for j in range(active):
                saved[row, j] = x[row, j]
        advance(x, p, active, check_every)
        look(x, p, active, after, size)
        events = 0
        for j in range(active):
            age[j] += check_every
            allowed[j] = least[j] * max(1.0, size[j] * unit[j])
            # Contracting, or at rest on the rounding floor; beside an unstable minimum an orbit grows, and exactly on
            # it the multipliers tell.
            small = (after[j] <= allowed[j]) & (after[j] <= before[j])
            away = not size[j] <= bound[j]
            late = (arrival[j] >= 0) | (age[j] >= end[j])
            fate[j] = GONE if away else SMALL if small else LATER if late else NOTHING
            events += away | small | late
        if events == 0:
            before, after = after, before
            continue
        # Lanes that left, and lanes that have just arrived, are replayed together for the exact step.
        gone = 0
        come = 0
        for j in range(active):
            if fate[j] == GONE:
                place[j] = gone
                gone_steps[gone] = 0
                gone_radius[gone] = bound[j]
                _copy(saved, j, gone_x, gone)
                _copy(p, j, gone_p, gone)
                gone += 1
            elif fate[j] == SMALL and arrival[j] < 0:
                fate[j] = NEW
                place[j] = come
                come_steps[come] = 0
                come_tolerance[come] = allowed[j]
                _copy(saved, j, come_x, come)
                _copy(p, j, come_p, come)
                come += 1
        if gone > 0:
            leave(gone_x, gone_p, gone, gone_radius, check_every, gone_steps)
        if come > 0:
            arrive(come_x, come_p, come, come_tolerance, check_every, come_steps)
        j = 0
        fresh = 0
        while j < active:
            if fate[j] == NOTHING:
                before[j] = after[j]
                j += 1
                continue
            i = index[j]
            k = place[j]
            outcome = 0
            if fate[j] == GONE:
                age[j] += gone_steps[k] - check_every
                outcome = DIVERGED if _finite(gone_x, k, watched) else NONFINITE
                _copy(gone_x, k, final, i)
                residuals[i] = np.inf
                ratios[i] = np.inf
            else:
                if fate[j] == LATER:
                    arrival[j] = -1
                else:
                    if fate[j] == NEW:
                        arrival[j] = age[j] - check_every + come_steps[k]
                    if before[j] <= 2.0 * allowed[j]:
                        outcome = CONVERGED
                        steps[i] = arrival[j]
                if outcome == 0 and age[j] >= end[j]:
                    outcome = UNDECIDED
                if outcome != 0:
                    residuals[i] = after[j]
                    ratios[i] = after[j] / before[j] if before[j] > 0.0 else 0.0
                    _copy(x, j, final, i)
            if outcome == 0:
                before[j] = after[j]
                j += 1
                continue
            status[i] = outcome
            if outcome != CONVERGED:
                steps[i] = age[j]
            if queued < count:
                _copy(starts, queued, x, j)
                _copy(parameters, queued, p, j)
                # Their residuals are computed together; what has arrived needs its copies no more.
                _copy(starts, queued, come_x, fresh)
                _copy(parameters, queued, come_p, fresh)
                place[fresh] = j
                fresh += 1
                bound[j], least[j], unit[j] = radius[queued], tolerance[queued], per_length[queued]
                index[j], end[j] = queued, max_steps[queued]
                age[j], arrival[j] = 0, -1
                queued += 1
                j += 1
            else:
                # Compaction: the last lane takes this place and is examined next, unless this was the last.
                active -= 1
                _copy(x, active, x, j)
                _copy(p, active, p, j)
                index[j], age[j], end[j], arrival[j] = index[active], age[active], end[active], arrival[active]
                before[j], after[j], allowed[j] = before[active], after[active], allowed[active]
                bound[j], least[j], unit[j] = bound[active], least[active], unit[active]
                fate[j], place[j] = fate[active], place[active]
        if fresh > 0:
            look(come_x, come_p, fresh, after, size)
            for k in range(fresh):
                before[place[k]] = after[k]
