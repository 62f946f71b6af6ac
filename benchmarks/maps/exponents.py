"""Lyapunov exponents: of the quartic at eta = 0.2 from many starts, and of the frozen cubic over s."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from benchmarks.contender import Contender, Disagreement, Unavailable
from benchmarks.found import Found, Tick
from benchmarks.maps.comparison import Comparison, compared, doing
from benchmarks.maps.effort import Effort
from benchmarks.maps.generated import body, python
from benchmarks.start import Array
from benchmarks.targets import Target
from benchmarks.timing import fastest
from edgestab.numerics.maps.exponents.growth import Growth, Measurement, first_frame, growth
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.programs.program import jacobian_program, step_program
from edgestab.numerics.programs.variational import variational
from edgestab.theory.models.catalogue import model
from edgestab.theory.stepmap import StepMap

STEPS, TRANSIENT = 10_000, 1000
ORBITS = 4096
CLOSE = 1e-6
"""How far the exponents of a regular orbit may lie apart."""


@dataclass(frozen=True, eq=False)
class Task:
    """Exponents of many orbits.

    Parameters
    ----------
    name, title : str
        What the results call it.
    step : StepMap
        The map, in one or two dimensions, with one parameter.
    starts : ndarray, shape (n_state, n)
        One column a start; the first ones stand for all.
    parameter : ndarray, shape (n,)
        Its value for each start.
    count : int
        How many exponents, from the largest.
    """

    name: str
    title: str
    step: StepMap
    starts: Array
    parameter: Array
    count: int

    @property
    def dimension(self) -> int:
        """The number of state variables."""
        return len(self.step.state)

    def ours(self, orbits: int) -> Growth:
        """Return our exponents of some orbits, spread evenly over all."""
        chosen = self.some(orbits)
        same = bool(np.all(self.parameter == self.parameter[0]))
        values: Any = float(self.parameter[0]) if same else self.parameter[chosen]
        rules = Measurement(STEPS, TRANSIENT, self.count)
        return growth(self.step, self.starts[:, chosen], {self.step.parameters[0]: values}, rules)

    def some(self, orbits: int) -> np.ndarray[Any, np.dtype[np.intp]]:
        """Return the indices of some orbits."""
        return np.linspace(0, self.parameter.size - 1, orbits).astype(np.intp)

    @cached_property
    def known(self) -> Growth:
        """Our exponents of all orbits."""
        return self.ours(self.parameter.size)


def tasks() -> list[Task]:
    """Return what is measured."""
    quartic, cubic = model("quartic").own.step, model("frozen-cubic").own.step
    u, v = np.random.default_rng(2023).random((ORBITS, 2)).T
    # The edge at eta = 0.2 is the minimum at x = 2.189. An orbit from beyond it stretches its tangent vector so much
    # on the way that its finite-time exponents depend on rounding: there is no answer to compare.
    x = 1.2 + 0.8 * u
    starts, eta = np.array([x, (0.8 + 0.4 * v) / x]), np.full(ORBITS, 0.2)
    s = np.linspace(0.9, 2.0, ORBITS)
    return [
        Task("quartic-largest", "Largest exponent of the quartic", quartic, starts, eta, 1),
        Task("quartic-both", "Both exponents of the quartic", quartic, starts, eta, 2),
        Task("cubic", "Exponent of the frozen cubic over s", cubic, np.full((1, ORBITS), 0.4), s, 1),
    ]


def measure(effort: Effort, tick: Tick) -> list[Found]:
    """Measure them all."""
    return [compared(_comparison(task), effort.rounds, effort.seconds, tick) for task in tasks()]


def _comparison(task: Task) -> Comparison:
    return Comparison(
        f"exponents-{task.name}",
        f"{task.title}, {STEPS} steps after {TRANSIENT}",
        lambda: ours(task),
        {"pynamicalsys": lambda: pynamical(task), "numba": lambda: one_orbit(task)},
        (Target(f"pynamicalsys, {task.name}", "pynamicalsys", 50.0),),
    )


def ours(task: Task) -> Contender:
    """Return ours, on one thread."""

    def check() -> str:
        if np.any(task.known.status != Status.BOUNDED):
            raise Disagreement("an orbit diverged: its exponents are not known")
        return _against_numpy(task)

    work = (STEPS + TRANSIENT) * ORBITS
    return doing("ours", "edgestab", lambda: task.ours(ORBITS), work, check, note=f"{ORBITS} orbits")


def one_orbit(task: Task) -> Contender:
    """Return numba, one orbit at a time with the same tangent program: the best of four ways to rescale."""

    def variants() -> Iterator[Contender]:
        for every in (1, 4, 16, 64):
            orbits = 128
            function = python(_one_orbit_source(task, every)).exponents
            chosen = task.some(orbits)
            frame = first_frame(task.dimension)[0]

            def work(function: Callable[..., Array] = function, chosen: Any = chosen, frame: Array = frame) -> Array:
                return function(task.starts[:, chosen], task.parameter[chosen], frame, TRANSIENT, STEPS)

            def check(work: Callable[[], Array] = work, chosen: Any = chosen) -> str:
                return _close(np.sort(work(), axis=0)[::-1], task.known.exponent[:, chosen], every_orbit=True)

            note = f"rescaled every {every} steps"
            yield doing("numba", "numba, one orbit at a time", work, orbits * (STEPS + TRANSIENT), check, note=note)

    return fastest(variants())


def _one_orbit_source(task: Task, every: int) -> str:
    tangent = variational(task.step, task.count)
    n = task.dimension
    state, vector = [f"x{i}" for i in range(n)], [f"w{i}" for i in range(n)]
    carried = [*state, *vector, *(["d"] if tangent.has_volume else [])]
    new = [f"n{i}" for i in range(len(carried))]
    lines = body(tangent.program, [*carried, "p"], new, 20) + "\n" + _assign(carried, new, 20)
    return _NUMBA.format(
        every=every,
        count=task.count,
        load=_assign(
            [*state, *vector], [*(f"starts[{i}, o]" for i in range(n)), *(f"frame[{i}]" for i in range(n))], 8
        ),
        step=lines,
        size="abs(w0)" if n == 1 else "math.sqrt(w0 * w0 + w1 * w1)",
        rescale=_assign(vector, [f"{v} / size" for v in vector], 16),
        volume="volume += math.log(abs(d))" if tangent.has_volume else "pass",
        second="found[1, o] = (volume - kept_volume) / steps - found[0, o]" if tangent.has_volume else "pass",
    )


def _assign(names: list[str], values: list[str], indent: int) -> str:
    return "\n".join(" " * indent + f"{a} = {b}" for a, b in zip(names, values, strict=True))


def pynamical(task: Task) -> Contender:
    """Return pynamicalsys: the best of its methods and of two ways to write the mapping."""
    try:
        from pynamicalsys import DiscreteDynamicalSystem  # type: ignore[import-untyped]
    except ImportError:
        raise Unavailable("pynamicalsys is not installed: pip install pynamicalsys") from None
    orbits = 32
    chosen = task.some(orbits)
    made = python(_pynamical_source(task))

    def variants() -> Iterator[Contender]:
        methods = ("ER", "QR") if task.dimension == 2 else ("QR",)
        for method in methods:
            for words, mapping in (("as its guide writes it", made.returning), ("in place", made.in_place)):
                system = DiscreteDynamicalSystem(
                    mapping=mapping, jacobian=made.jacobian, system_dimension=task.dimension, number_of_parameters=1
                )

                def exponents(total: int, system: Any = system, method: str = method, **how: Any) -> list[Any]:
                    return [
                        system.lyapunov(
                            task.starts[:, i].copy(),
                            total,
                            parameters=[task.parameter[i]],
                            method=method,
                            num_exponents=task.count,
                            **how,
                        )
                        for i in chosen
                    ]

                def work(exponents: Callable[..., list[Any]] = exponents) -> object:
                    return exponents(TRANSIENT + STEPS, transient_time=TRANSIENT)

                def check(exponents: Callable[..., list[Any]] = exponents) -> str:
                    return _close(_after_turning(exponents), task.known.exponent[:, chosen], every_orbit=False)

                note = f"method {method}, mapping {words}"
                yield doing("pynamicalsys", "pynamicalsys", work, orbits * (STEPS + TRANSIENT), check, note=note)

    return fastest(variants())


def _after_turning(exponents: Callable[..., list[Any]]) -> Array:
    """Its exponents over our window, its tangent vectors having turned through the transient as ours do.

    Its derivatives are those at the iterates 1, 2, ...; ours begin with the start. So one step is left out first.
    """
    times = np.array([TRANSIENT - 1, TRANSIENT - 1 + STEPS])
    found = exponents(TRANSIENT + STEPS - 1, return_history=True, sample_times=times)
    history = np.array(found).reshape(len(found), 2, -1)
    both = (times[1] * history[:, 1] - times[0] * history[:, 0]) / STEPS
    return np.sort(both.T, axis=0)[::-1]


def _pynamical_source(task: Task) -> str:
    n = task.dimension
    given = [*(f"u[{i}]" for i in range(n)), "p[0]"]
    new = [f"n{i}" for i in range(n)]
    program = jacobian_program(task.step)
    if program is None:
        raise Unavailable("the step has a derivative that no printer knows")
    entries = [f"j{i}{k}" for i in range(n) for k in range(n)]
    return _MAPPINGS.format(
        n=n,
        step=body(step_program(task.step), given, new, 4),
        new=", ".join(new),
        store=_assign([f"u[{i}]" for i in range(n)], new, 4),
        derivative=body(program, given, entries, 4),
        fill=_assign([f"J[{i}, {k}]" for i in range(n) for k in range(n)], entries, 4),
    )


def _close(found: Array, known: Array, *, every_orbit: bool) -> str:
    """Compare: all orbits where the operations are ours in our order, else the regular ones, and the mean of all."""
    regular = np.ones(known.shape[1], bool) if every_orbit else known[0] < 1e-3
    apart = float(np.abs(found - known)[:, regular].max())
    if not apart <= CLOSE:
        raise Disagreement(f"the exponents of a regular orbit differ by {apart:.1e}, more than {CLOSE:.0e}")
    words = f"within {apart:.0e}"
    if regular.all():
        return words
    chaotic = ~regular
    difference = found[0, chaotic] - known[0, chaotic]
    mean, error = float(difference.mean()), float(difference.std(ddof=1) / np.sqrt(chaotic.sum()))
    if not abs(mean) <= 4 * error + 1e-12:
        raise Disagreement(
            f"the exponents of chaotic orbits differ by {mean:.1e} in the mean, more than 4 x {error:.0e}"
        )
    return f"{words}, chaotic {mean:+.0e}"


def _against_numpy(task: Task) -> str:
    """Compare a few orbits with exponents by NumPy: DF at each iterate, a vector rescaled at each step."""
    from edgestab.numerics.printers.reference import evaluate

    chosen = task.some(64)
    n, p = task.dimension, task.parameter[chosen]
    program = jacobian_program(task.step)
    assert program is not None
    x, w = task.starts[:, chosen], np.repeat(first_frame(n)[0][:, None], chosen.size, axis=1)
    largest, volume = np.zeros(chosen.size), np.zeros(chosen.size)
    for step in range(TRANSIENT + STEPS):
        entries = np.broadcast_arrays(*evaluate(program, [*x, p]), p)[:-1]
        J = np.array(entries).reshape(n, n, -1)
        w = np.einsum("ijk,jk->ik", J, w)
        size = np.sqrt((w * w).sum(axis=0))
        w = w / size
        if step >= TRANSIENT:
            largest += np.log(size)
            if n == 2:
                volume += np.log(np.abs(J[0, 0] * J[1, 1] - J[0, 1] * J[1, 0]))
        x = np.array(evaluate(step_program(task.step), [*x, p]))
    found = np.array([largest, volume - largest][: task.count]) / STEPS
    return _close(np.sort(found, axis=0)[::-1], task.known.exponent[:, chosen], every_orbit=True)


_NUMBA = '''"""Generated: exponents, one orbit at a time."""

import math

import numba
import numpy as np


@numba.njit(cache=True, nogil=True, fastmath=False, error_model="numpy")
def exponents(starts, parameters, frame, transient, steps):
    found = np.empty(({count}, starts.shape[1]))
    for o in range(starts.shape[1]):
        p = parameters[o]
{load}
        d = 1.0
        total, volume, kept, kept_volume = 0.0, 0.0, 0.0, 0.0
        for length in (transient, steps):
            kept, kept_volume = total, volume
            left = length
            while left > 0:
                for _ in range(min({every}, left)):
{step}
                left -= {every}
                size = {size}
                total += math.log(size)
{rescale}
                {volume}
                d = 1.0
        found[0, o] = (total - kept) / steps
        {second}
    return found
'''

_MAPPINGS = '''"""Generated: the step and its derivative as pynamicalsys takes them."""

import math

import numba
import numpy as np


@numba.njit
def returning(u, p):
{step}
    return np.array([{new}])


@numba.njit
def in_place(u, p):
{step}
{store}
    return u


@numba.njit
def jacobian(u, p, mapping):
{derivative}
    J = np.empty(({n}, {n}))
{fill}
    return J
'''
