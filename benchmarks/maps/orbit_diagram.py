"""The orbit diagram of the frozen cubic d' = d (1 + s - s d^2), s in [0.9, 2]: equal counts in every bin."""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.contender import Contender, Disagreement, Unavailable
from benchmarks.found import Found, Tick
from benchmarks.maps.comparison import Comparison, compared, doing
from benchmarks.maps.effort import Effort
from benchmarks.maps.generated import C_FORM, FLAGS, WIDE, body, c_library, python
from benchmarks.start import Array
from benchmarks.targets import Target
from benchmarks.timing import fastest
from edgestab.numerics.maps.pictures.orbit_diagram import OrbitDiagramJob
from edgestab.numerics.printers.reference import evaluate
from edgestab.numerics.programs.program import Program, step_program
from edgestab.numerics.tiling.executors import threads
from edgestab.numerics.tiling.running import run
from edgestab.numerics.tiling.tiles import compute_tile
from edgestab.theory.models.catalogue import model

COLUMNS, ROWS, SETTLE, KEPT = 2000, 1000, 1000, 1000
LOW, HIGH, START = -1.6, 1.6, 0.4
ITERATES = COLUMNS * (SETTLE + KEPT)

NAMES = ("below", "density", "above")
"""The parts of a table of counts, from row -1 up."""

Counts = NDArray[Any]


@cache
def job() -> OrbitDiagramJob:
    """Return the diagram under measurement."""
    cubic = model("frozen-cubic").own.step
    (d,), (s,) = cubic.state, cubic.parameters
    interval = Fraction(9, 10), Fraction(2)
    return OrbitDiagramJob(cubic, s, interval, COLUMNS, d, (LOW, HIGH), ROWS, np.array([[START]]), SETTLE, KEPT)


def measure(effort: Effort, tick: Tick) -> list[Found]:
    """Measure the diagram."""
    task = Comparison(
        "orbit-diagram",
        f"Orbit diagram of the frozen cubic, {COLUMNS} columns, {SETTLE} steps settle, {KEPT} kept",
        whole,
        {
            "ours-tiles": tiles,
            "pynamicalsys": lambda: _pynamicalsys("pynamicalsys", "pynamicalsys bifurcation_diagram", _diagram, False),
            "pynamicalsys-binned": lambda: _pynamicalsys(
                "pynamicalsys-binned", "pynamicalsys bifurcation_diagram, binned by NumPy", _diagram, True
            ),
            "pynamicalsys-trajectory": lambda: _pynamicalsys(
                "pynamicalsys-trajectory", "pynamicalsys trajectory, a call a column, binned", _trajectories, True
            ),
            "numba": one_orbit,
            "c": c_lanes,
        },
        (Target("pynamicalsys, bifurcation_diagram", "pynamicalsys", 100.0),),
    )
    return [compared(task, effort.rounds, effort.seconds, tick)]


def whole() -> Contender:
    """Return ours as users call it: every tile on one thread, and a labelled dataset at the end."""

    def work() -> object:
        with threads(1) as one:
            return run(job(), executor=one)

    def check() -> str:
        with threads(1) as one:
            found = run(job(), executor=one)
        counts = np.concatenate([found[n].values[0].reshape(-1, COLUMNS) for n in NAMES])
        if int(found["nonfinite"].sum()) or not np.array_equal(counts, _by_numpy()):
            raise Disagreement("our own counts are not those of the NumPy reference")
        return "equal counts"

    return doing("ours", "edgestab", work, ITERATES, check, note="edgestab.numerics.tiling.running.run on one thread")


def tiles() -> Contender:
    """Return ours without the assembly of a dataset."""

    def work() -> list[object]:
        return [compute_tile(job(), number) for number in range(job().layout.count)]

    def check() -> str:
        found = [compute_tile(job(), number) for number in range(job().layout.count)]
        parts = [np.concatenate([t[n][0].reshape(-1, t["below"].shape[1]) for t in found], axis=1) for n in NAMES]
        return _compared(np.concatenate(parts))

    return doing("ours-tiles", "edgestab, tiles alone", work, ITERATES, check, note="compute_tile")


def one_orbit() -> Contender:
    """Return numba, one orbit at a time, counting as it goes."""
    function = python(
        _NUMBA.format(
            step=body(_program(), ["d", "s"], ["d"], 12),
        )
    ).diagram

    def work() -> Counts:
        counts = np.zeros((COLUMNS, ROWS + 2), np.uint32)
        function(job().values, START, SETTLE, KEPT, LOW, ROWS / (HIGH - LOW), ROWS, counts)
        return counts

    return doing("numba", "numba, one orbit at a time", work, ITERATES, lambda: _compared(work().T))


def c_lanes() -> Contender:
    """Return C in lanes: the best lane count, flags and order of the table."""
    return fastest(_c_variants())


def _c_variants() -> Iterator[Contender]:
    orders = (ROWS + 2, 1, "column after column"), (1, COLUMNS, "row after row")
    for lanes, (across, along, order), extra in itertools.product((64, 128, 256), orders, ((), WIDE)):
        flags = (*FLAGS, "-fno-trapping-math", *extra)
        text = _C.format(lanes=lanes, step=body(_program(), ["d[j]", "s[j]"], ["next"], 12, C_FORM))
        function: Any = c_library(text, flags).diagram
        array = np.ctypeslib.ndpointer(flags="C_CONTIGUOUS")
        function.argtypes = [array, array, *[ctypes.c_double] * 3, *[ctypes.c_long] * 6]
        function.restype = None

        def work(function: Any = function, across: int = across, along: int = along) -> Counts:
            counts = np.zeros((COLUMNS, ROWS + 2) if along == 1 else (ROWS + 2, COLUMNS), np.uint32)
            scale = ROWS / (HIGH - LOW)
            function(job().values, counts, START, LOW, scale, COLUMNS, SETTLE, KEPT, ROWS, across, along)
            return counts.T if along == 1 else counts

        note = f"{lanes} lanes, table {order}, cc {' '.join(flags)}"
        yield doing("c", "C, lanes, IEEE", work, ITERATES, _checking(work), note=note)


def _checking(work: Callable[[], Counts]) -> Callable[[], str]:
    return lambda: _compared(work())


def _compared(counts: NDArray[Any]) -> str:
    if not np.array_equal(counts, _by_numpy()):
        raise Disagreement("its counts are not ours")
    return "equal counts"


@cache
def _program() -> Program:
    return step_program(job().step)


@cache
def _by_numpy() -> Counts:
    """The counts by NumPy, one step of all columns at a time, rows -1 to `ROWS`: shape (ROWS + 2, COLUMNS)."""
    d, s = np.full(COLUMNS, START), job().values
    counts, every = np.zeros((ROWS + 2, COLUMNS), np.int64), np.arange(COLUMNS)
    for step in range(SETTLE + KEPT):
        (d,) = evaluate(_program(), [d, s])
        if step >= SETTLE:
            counts[_row(d) + 1, every] += 1
    return counts


def _row(values: Array) -> NDArray[np.int64]:
    return np.clip(np.floor((values - LOW) * (ROWS / (HIGH - LOW))), -1, ROWS).astype(np.int64)


def _pynamicalsys(name: str, title: str, values: Callable[[Any], Array], binned: bool) -> Contender:
    """The faster of two mappings: a new array each step, as its guide writes it, or the argument overwritten."""
    try:
        from pynamicalsys import DiscreteDynamicalSystem  # type: ignore[import-untyped]
    except ImportError:
        raise Unavailable("pynamicalsys is not installed: pip install pynamicalsys") from None

    def variants() -> Iterator[Contender]:
        made = python(_MAPPINGS.format(step=body(_program(), ["u[0]", "p[0]"], ["d"], 4)))
        for words, mapping in (("as its guide writes it", made.returning), ("overwriting its argument", made.in_place)):
            system = DiscreteDynamicalSystem(mapping=mapping, system_dimension=1, number_of_parameters=1)

            def work(system: Any = system) -> NDArray[Any]:
                found = values(system)
                return _counted(found) if binned else found

            def check(system: Any = system) -> str:
                return _compared(_counted(values(system)))

            yield doing(name, title, work, ITERATES, check, note=f"mapping {words}")

    return fastest(variants())


def _counted(values: Array) -> Counts:
    """Stored values, shape (COLUMNS, KEPT), counted at once: faster than a histogram a column."""
    place = (_row(values) + 1) + (ROWS + 2) * np.arange(COLUMNS)[:, None]
    return np.bincount(place.ravel(), minlength=COLUMNS * (ROWS + 2)).reshape(COLUMNS, ROWS + 2).T


def _diagram(system: Any) -> Array:
    _, found = system.bifurcation_diagram([START], 0, job().values, SETTLE + KEPT, transient_time=SETTLE)
    return np.asarray(found)


def _trajectories(system: Any) -> Array:
    values = job().values
    return np.array([system.trajectory([START], SETTLE + KEPT, parameters=[s], transient_time=SETTLE) for s in values])


_NUMBA = '''"""Generated: an orbit diagram, one orbit at a time."""

import math

import numba
import numpy as np


@numba.njit(cache=True, nogil=True, fastmath=False, error_model="numpy")
def diagram(parameters, start, settle, kept, low, scale, rows, counts):
    for column in range(parameters.size):
        s = parameters[column]
        d = start
        for _ in range(settle):
{step}
        for _ in range(kept):
{step}
            row = np.floor((d - low) * scale)
            row = min(max(row, -1.0), float(rows))
            counts[column, int(row) + 1] += 1
'''

_MAPPINGS = '''"""Generated: the step as pynamicalsys takes it."""

import numba
import numpy as np


@numba.njit
def returning(u, p):
{step}
    return np.array([d])


@numba.njit
def in_place(u, p):
{step}
    u[0] = d
    return u
'''

_C = """
#include <math.h>
#include <stdint.h>
#define LANES {lanes}

static void settle_all(double *restrict d, const double *restrict s, long steps) {{
    for (long k = 0; k < steps; k++)
        for (long j = 0; j < LANES; j++) {{
{step}
            d[j] = next;
        }}
}}

void diagram(const double *restrict parameters, uint32_t *restrict counts, double start, double low, double scale,
             long columns, long settle, long kept, long rows, long across, long along) {{
    _Alignas(64) double d[LANES], s[LANES];
    _Alignas(64) uint32_t slot[LANES], base[LANES];
    const double above = rows;
    const int32_t stride = along;
    for (long first = 0; first < columns; first += LANES) {{
        const long width = columns - first < LANES ? columns - first : LANES;
        for (long j = 0; j < LANES; j++) {{
            d[j] = start;
            s[j] = parameters[first + (j < width ? j : 0)];
            base[j] = (first + j) * across + along;
        }}
        settle_all(d, s, settle);
        for (long k = 0; k < kept; k++) {{
            for (long j = 0; j < LANES; j++) {{
{step}
                d[j] = next;
                double row = floor((next - low) * scale);
                row = row < above ? row : above;
                row = row > -1.0 ? row : -1.0;
                slot[j] = (uint32_t)((int32_t)row * stride) + base[j];
            }}
            for (long j = 0; j < width; j++) counts[slot[j]]++;
        }}
    }}
}}
"""
