"""Orbits followed until their outcome: every pixel of the quartic's fractal window, with early exit."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.contender import Contender, Disagreement
from benchmarks.found import Found, Tick
from benchmarks.maps.comparison import Comparison, compared, doing
from benchmarks.maps.effort import Effort
from benchmarks.maps.generated import C_FORM, FLAGS, body, c_library, python
from benchmarks.maps.pictures import WINDOWS
from benchmarks.start import Array
from benchmarks.targets import Target
from benchmarks.timing import fastest
from edgestab.numerics.maps.pictures.basin import BasinJob
from edgestab.numerics.orbits.follow import follow, length_of
from edgestab.numerics.orbits.lanes import CHECK_EVERY, Orbits
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.printers.reference import evaluate
from edgestab.numerics.programs.program import Program, program_of, step_program
from edgestab.numerics.tiling.tiles import compute_tile

SIZE = 512
EVERY = (1, 16, 64)
"""Steps between two tests of an orbit."""


def measure(effort: Effort, tick: Tick) -> list[Found]:
    """Measure the window."""
    task = Comparison(
        "early-exit",
        f"{WINDOWS['fractal'].title} in {SIZE} x {SIZE} pixels, every orbit to its outcome",
        ours,
        {"ours-outcomes": outcomes, "numba": one_orbit, "c": c_one_orbit},
        (Target("numba, one orbit at a time with the same tests", "numba", 8.0),),
    )
    return [compared(task, effort.rounds, effort.seconds, tick)]


@cache
def job() -> BasinJob:
    """Return the picture, every pixel computed."""
    return WINDOWS["fractal"].job(SIZE, None)


@cache
def starts() -> Array:
    """Return the start of every pixel, shape (2, n)."""
    rows, columns = (i.ravel() for i in np.indices((SIZE, SIZE)))
    return job().where.starts(rows, columns)


def _follow() -> Orbits:
    own, where = job().coordinates, job().where
    (eta,) = own.step.parameters
    values = {eta: np.full(starts().shape[1], float(where.values[eta]))}
    return follow(own, starts(), values, job().rules, shared=True)


@cache
def known() -> Orbits:
    """Return our outcomes."""
    return _follow()


@cache
def useful() -> int:
    """Return the steps of all orbits until their outcomes."""
    return int(known().steps.sum())


def ours() -> Contender:
    """Return our lanes with early exit."""
    out = known()
    words = ", ".join(f"{np.mean(out.status == s):.1%} {s.name.lower()}" for s in Status if np.any(out.status == s))
    note = f"{useful() / out.steps.size:.0f} steps in the mean; {words}"
    return doing("ours", "edgestab, lanes with early exit", _follow, useful(), _against_numpy, note=note)


def outcomes() -> Contender:
    """Return ours with everything a picture holds: limit, period, sharpness, stability."""

    def work() -> object:
        return [compute_tile(job(), number) for number in range(job().layout.count)]

    def check() -> str:
        steps = sum(int(compute_tile(job(), k)["steps"].sum(dtype=np.int64)) for k in range(job().layout.count))
        if steps != useful():
            raise Disagreement("the picture's steps are not those of its orbits")
        return "as ours"

    return doing("ours-outcomes", "edgestab, the same and its outcomes classified", work, useful(), check)


def one_orbit() -> Contender:
    """Return numba, one orbit at a time: the best of three intervals between tests."""

    def variants() -> Iterator[Contender]:
        for every in EVERY:
            step, residual = _programs()
            made = python(
                (_NUMBA_EACH if every == 1 else _NUMBA).format(
                    every=every,
                    step=body(step, ["x", "y", "eta"], ["u", "v"], 4),
                    residual=body(residual, ["x", "y", "eta"], ["r"], 4),
                )
            )
            yield from _variant("numba", "numba, one orbit at a time", made.follow, every, "")

    return fastest(variants())


def c_one_orbit() -> Contender:
    """Return C, one orbit at a time: the best of three intervals between tests."""

    def variants() -> Iterator[Contender]:
        step, residual = _programs()
        for every in EVERY:
            function: Any = c_library(
                (_C_EACH if every == 1 else _C).format(
                    every=every,
                    step=body(step, ["x", "y", "eta"], ["u", "v"], 4, C_FORM),
                    residual=body(residual, ["x", "y", "eta"], ["r"], 4, C_FORM),
                )
            ).follow
            array, number, whole = np.ctypeslib.ndpointer(flags="C_CONTIGUOUS"), ctypes.c_double, ctypes.c_long
            function.argtypes = [array, number, number, whole, array, whole, array, array]
            function.restype = None
            yield from _variant("c", "C, one orbit at a time", function, every, f", cc {' '.join(FLAGS)}")

    return fastest(variants())


def radii_of(begin: Array) -> Array:
    """How far each orbit may go."""
    own = job().coordinates
    eta = np.full(begin.shape[1], float(job().where.values[own.step.parameters[0]]))
    return job().rules.radius * length_of(own, begin, {own.step.parameters[0]: eta})


def _variant(name: str, title: str, function: Callable[..., Any], every: int, more: str) -> Iterator[Contender]:
    own, where, rules = job().coordinates, job().where, job().rules
    eta = float(where.values[own.step.parameters[0]])
    tolerance = float(own.tolerance.subs(own.step.parameters[0], eta))
    budget = int(rules.steps(own, {own.step.parameters[0]: np.array([eta])}, 1)[0])

    def outcomes_of(begin: Array) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
        count = begin.shape[1]
        status, steps = np.zeros(count, np.int8), np.zeros(count, np.int64)
        function(begin, eta, tolerance, budget, radii_of(begin), count, status, steps)
        return status, steps

    # Its time is proportional to the orbits: a thirty-first part of the pixels, spread evenly, is enough to see it.
    some = np.arange(0, starts().shape[1], 31)
    few, iterates = np.ascontiguousarray(starts()[:, some]), int(known().steps[some].sum())

    def work() -> object:
        return outcomes_of(few)

    def check() -> str:
        status, steps = outcomes_of(starts())
        same_status, same_steps = (
            float(np.mean(a == b)) for a, b in ((status, known().status), (steps, known().steps))
        )
        # With another interval an orbit that only passes by the minima may be judged otherwise.
        if every == CHECK_EVERY and min(same_status, same_steps) < 1:
            raise Disagreement(f"{1 - same_status:.2%} of the outcomes, {1 - same_steps:.2%} of the steps differ")
        if min(same_status, same_steps) < 0.999:
            raise Disagreement(f"{1 - same_status:.2%} of the outcomes, {1 - same_steps:.2%} of the steps differ")
        return f"outcomes {same_status:.4%}, steps {same_steps:.4%}"

    yield doing(name, title, work, iterates, check, note=f"tests every {every} steps{more}")


@cache
def _programs() -> tuple[Program, Program]:
    own = job().coordinates
    return step_program(own.step), program_of([own.residual], (*own.step.state, *own.step.parameters))


def _against_numpy() -> str:
    """Compare with the reference: at the step an orbit reports it has converged, or left, and not one step before."""
    step, residual = _programs()
    eta = float(job().where.values[job().coordinates.step.parameters[0]])
    tolerance = float(job().coordinates.tolerance.subs(job().coordinates.step.parameters[0], eta))
    some = np.linspace(0, starts().shape[1] - 1, 500).astype(int)
    out, state = known(), starts()[:, some]
    status, steps = out.status[some], out.steps[some]
    arrived, left = (np.full(some.size, -1) for _ in range(2))
    radii = radii_of(state)
    with np.errstate(all="ignore"):
        for number in range(int(steps[np.isin(status, (Status.CONVERGED, Status.DIVERGED))].max()) + 1):
            gone = ~(np.abs(state) <= radii).all(axis=0)
            left[gone & (left < 0)] = number
            (r,) = evaluate(residual, [*state, eta])
            arrived[(r <= tolerance) & (arrived < 0)] = number
            state = np.array(evaluate(step, [*state, eta]))
    converged, diverged = status == Status.CONVERGED, np.isin(status, (Status.DIVERGED, Status.NONFINITE))
    if not (np.array_equal(arrived[converged], steps[converged]) and np.array_equal(left[diverged], steps[diverged])):
        raise Disagreement("our own orbits do not end where those of the NumPy reference do")
    return "as the reference"


_NUMBA_HEAD = '''"""Generated: one orbit at a time, until its outcome."""

import math

import numba
import numpy as np

_OPTIONS = dict(cache=True, nogil=True, fastmath=False, error_model="numpy")


@numba.njit(inline="always", **_OPTIONS)
def advance(x, y, eta):
{step}
    return u, v


@numba.njit(inline="always", **_OPTIONS)
def residual(x, y, eta):
{residual}
    return r


@numba.njit(**_OPTIONS)
def follow(starts, eta, tolerance, budget, radii, count, status, steps):
    for i in range(count):
        x, y, radius = starts[0, i], starts[1, i], radii[i]
'''

_NUMBA_EACH = (
    _NUMBA_HEAD
    + """\
        n = 0
        outcome = 6
        while n < budget:
            if not (abs(x) <= radius and abs(y) <= radius):
                outcome = 4 if math.isfinite(x) and math.isfinite(y) else 5
                break
            if residual(x, y, eta) <= tolerance:
                outcome = 1
                break
            x, y = advance(x, y, eta)
            n += 1
        status[i] = outcome
        steps[i] = n
"""
)

_NUMBA = (
    _NUMBA_HEAD
    + """\
        before = residual(x, y, eta)
        age, arrival, outcome = 0, -1, 0
        while outcome == 0:
            a, b = x, y
            for _ in range({every}):
                x, y = advance(x, y, eta)
            after = residual(x, y, eta)
            n = 0
            if not (abs(x) <= radius and abs(y) <= radius):
                while abs(a) <= radius and abs(b) <= radius:
                    a, b = advance(a, b, eta)
                    n += 1
                outcome = 4 if math.isfinite(a) and math.isfinite(b) else 5
                age += n
                break
            if after <= tolerance and after <= before:
                if arrival < 0:
                    while residual(a, b, eta) > tolerance:
                        a, b = advance(a, b, eta)
                        n += 1
                    arrival = age + n
                if before <= 2.0 * tolerance:
                    outcome = 1
                    age = arrival
                    break
            else:
                arrival = -1
            age += {every}
            before = after
            if age >= budget:
                outcome = 6
        status[i] = outcome
        steps[i] = age
"""
)

_C_HEAD = """
#include <math.h>
#include <stdint.h>
#define abs fabs
#define INSIDE(x, y) (fabs(x) <= radius && fabs(y) <= radius)
#define OUTSIDE(x, y) (isfinite(x) && isfinite(y) ? 4 : 5)

typedef struct {{ double x, y; }} state;

static inline state advance(double x, double y, double eta) {{
{step}
    return (state){{u, v}};
}}

static inline double residual(double x, double y, double eta) {{
{residual}
    return r;
}}

void follow(const double *restrict starts, double eta, double tolerance, long budget, const double *restrict radii,
            long count, int8_t *restrict status, int64_t *restrict steps) {{
    for (long i = 0; i < count; i++) {{
        state s = {{starts[i], starts[count + i]}};
        const double radius = radii[i];
        int outcome = 0;
        long n = 0;
"""

_C_EACH = (
    _C_HEAD
    + """
        for (; n < budget; n++) {{
            if (!INSIDE(s.x, s.y)) {{
                outcome = OUTSIDE(s.x, s.y);
                break;
            }}
            if (residual(s.x, s.y, eta) <= tolerance) {{
                outcome = 1;
                break;
            }}
            s = advance(s.x, s.y, eta);
        }}
        status[i] = outcome ? outcome : 6;
        steps[i] = n;
    }}
}}
"""
)

_C = (
    _C_HEAD
    + """
        double before = residual(s.x, s.y, eta);
        long age = 0, arrival = -1;
        while (!outcome) {{
            state t = s;
            for (long k = 0; k < {every}; k++) s = advance(s.x, s.y, eta);
            const double after = residual(s.x, s.y, eta);
            n = 0;
            if (!INSIDE(s.x, s.y)) {{
                for (; INSIDE(t.x, t.y); n++) t = advance(t.x, t.y, eta);
                outcome = OUTSIDE(t.x, t.y);
                age += n;
                break;
            }}
            if (after <= tolerance && after <= before) {{
                if (arrival < 0) {{
                    for (; residual(t.x, t.y, eta) > tolerance; n++) t = advance(t.x, t.y, eta);
                    arrival = age + n;
                }}
                if (before <= 2.0 * tolerance) {{
                    outcome = 1;
                    age = arrival;
                    break;
                }}
            }} else {{
                arrival = -1;
            }}
            age += {every};
            before = after;
            if (age >= budget) outcome = 6;
        }}
        status[i] = outcome;
        steps[i] = age;
    }}
}}
"""
)
