"""Orbits of a step map by the compiled lane kernel: validation, padding and calls, no loop over orbits."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgestab.errors import InputError
from edgestab.numerics import orbits
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.printers import lanes as printer
from edgestab.numerics.programs import modules
from edgestab.numerics.programs.double_double import doubled, leading
from edgestab.numerics.programs.program import Program

Array = NDArray[np.float64]

LANES = 256
"""Orbits that advance together: enough to hide latency, few enough to stay in the first-level cache."""


CHECK_EVERY = 64
"""Steps between two tests of an orbit; even, so that it is compared with itself at the same phase."""


class Orbits(NamedTuple):
    """What the kernel says of each orbit: arrays over orbits, `final` of shape (n_state, n)."""

    status: NDArray[np.int8]
    steps: NDArray[np.int64]
    final: Array
    residual: Array
    ratio: Array


def _aligned(rows: int, columns: int) -> Array:
    """A buffer on a cache-line boundary: vector loads that straddle lines cost a quarter of the speed."""
    raw = np.empty(rows * columns + 8)
    offset = (-raw.ctypes.data % 64) // 8
    return raw[offset : offset + rows * columns].reshape(rows, columns)


@functools.cache
def _driver() -> ModuleType:
    """The driver, from its text: it is compiled, kept and mended in the folder of the kernels, which can be written."""
    return modules.load(resources.files(orbits).joinpath("driver.py").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class LaneKernel:
    """The compiled form of a step program and its residual.

    Parameters
    ----------
    step : Program
        Inputs: the state, then the parameters. Outputs: the next state.
    residual : Program
        The same inputs; one output that is zero exactly on the limits, and non-negative.
    n_state : int
        How many of the inputs are state.
    per_orbit : tuple of bool
        For each parameter, whether each orbit has its own value.
    n_observers : int
        How many of the state variables, the last ones, are observers and may take any value.
    lengths : tuple of int, optional
        Which of the others are tested against the radius; all of them by default.
    """

    step: Program
    residual: Program
    n_state: int
    per_orbit: tuple[bool, ...]
    n_observers: int = 0
    lengths: tuple[int, ...] | None = None

    @cached_property
    def module(self) -> ModuleType:
        """The generated module."""
        watched = self.n_state - self.n_observers
        return modules.load(
            printer.source(self.step, self.residual, self.n_state, watched, self.per_orbit, self.lengths)
        )

    @cached_property
    def doubled(self) -> LaneKernel:
        """The kernel that runs the same step in double-double arithmetic.

        Its state is the hi parts, then the lo parts, of the state, and so are its parameters. The radius is tested
        on the hi parts, the tolerance on the hi part of the residual; observers stay observers.

        Examples
        --------
        >>> from edgestab.numerics.programs.program import program_of
        >>> from edgestab.theory.symbols import symbols
        >>> x, eta = symbols("x eta")
        >>> step, residual = program_of([x - eta * x], [x, eta]), program_of([abs(x)], [x, eta])
        >>> decay = LaneKernel(step, residual, 1, (False,)).doubled
        >>> decay.n_state, decay.n_observers, decay.per_orbit
        (2, 1, (False, False))
        """
        return LaneKernel(
            doubled(self.step, self.n_state),
            leading(doubled(self.residual, self.n_state), 1),
            2 * self.n_state,
            self.per_orbit * 2,
            self.n_state + self.n_observers,
            self.lengths,
        )

    @property
    def _functions(self) -> tuple[Any, ...]:
        return tuple(modules.compiled(self.module, name) for name in ("advance", "look", "leave", "arrive"))

    def advance(self, state: ArrayLike, parameters: Sequence[ArrayLike], steps: int) -> Array:
        """Return every orbit after exactly `steps` steps, shape (n_state, n), with no test on the way."""
        x = np.array(state, dtype=np.float64, ndmin=2)
        advance = modules.compiled(self.module, "advance")
        for part, width, block, values in self._blocks(x, parameters):
            modules.call(_driver(), "advance_only", advance, block, values, width, steps)
            x[:, part] = block[:, :width]
        return x

    def orbit(self, state: ArrayLike, parameters: Sequence[ArrayLike], steps: int) -> Array:
        """Return every orbit's states, the first one included, shape (steps + 1, n_state, n)."""
        x = np.array(state, dtype=np.float64, ndmin=2)
        found = np.empty((steps + 1, *x.shape))
        found[0] = x
        advance = modules.compiled(self.module, "advance")
        for part, width, block, values in self._blocks(x, parameters):
            states = np.empty((steps, len(x), width))
            modules.call(_driver(), "record", advance, block, values, width, states)
            found[1:, :, part] = states
        return found

    def _blocks(self, x: Array, parameters: Sequence[ArrayLike]) -> Iterator[tuple[slice, int, Array, Array]]:
        """Yield the orbits in blocks of lanes: which they are, how many, their states and their parameters."""
        count = x.shape[1]
        block, values = _aligned(len(x), LANES), _aligned(len(self.per_orbit), LANES)
        for low in range(0, count, LANES):
            part = slice(low, min(low + LANES, count))
            width = part.stop - part.start
            block[:, :width] = x[:, part]
            for row, p in zip(values, parameters, strict=True):
                row[:width] = np.broadcast_to(p, count)[part]
            yield part, width, block, values

    def drive(
        self,
        starts: Array,
        parameters: Sequence[ArrayLike],
        tolerance: ArrayLike,
        max_steps: ArrayLike,
        *,
        check_every: int = CHECK_EVERY,
        radius: ArrayLike = 1e8,
        per_length: ArrayLike = 0.0,
    ) -> Orbits:
        """Follow every orbit until it converges, leaves the ball of `radius`, or spends its steps.

        Parameters
        ----------
        starts : ndarray, shape (n_state, n)
            Initial states.
        parameters : sequence of array_like
            One for each parameter: an array over orbits where `per_orbit`, else a number.
        tolerance, max_steps, radius : array_like
            For each orbit the residual at which it has converged, its budget of steps, and the radius: an orbit with a
            coordinate beyond it has left.
        per_length : array_like
            Where it is positive, the tolerance grows with the size of the state in units of 1/per_length.
        check_every : int
            Steps between two tests; even, so that an orbit whose multiplier is near -1 is compared with
            itself at the same phase.
        """
        if check_every < 2 or check_every % 2:
            raise InputError(f"check_every must be even and positive, got {check_every}")
        count = starts.shape[1]
        values = np.empty((len(self.per_orbit), count))
        for row, p in zip(values, parameters, strict=True):
            row[:] = p
        out = Orbits(
            np.full(count, Status.PENDING, np.int8),
            np.zeros(count, np.int64),
            np.array(starts, dtype=np.float64),
            np.full(count, np.inf),
            np.full(count, np.inf),
        )
        if count:
            modules.call(
                _driver(),
                "drive",
                *self._functions,
                self.n_state - self.n_observers,
                np.ascontiguousarray(starts, np.float64),
                values,
                np.ascontiguousarray(np.broadcast_to(tolerance, count), np.float64),
                np.ascontiguousarray(np.broadcast_to(per_length, count), np.float64),
                np.ascontiguousarray(np.broadcast_to(max_steps, count), np.int64),
                np.ascontiguousarray(np.broadcast_to(radius, count), np.float64),
                check_every,
                LANES,
                *(out.status, out.steps, out.final, out.residual, out.ratio),
            )
        return out
