r"""Finite-time Lyapunov exponents of many orbits, as arrays: validation, buffers and calls of the compiled kernel.

The i-th exponent over N steps is :math:`\frac1N\ln r_{ii}`, with :math:`DF^N Q_0 = QR` (Benettin et al. 1980;
Eckmann and Ruelle 1985); it tends to the i-th Lyapunov exponent for almost every start and frame :math:`Q_0`. All
exponents are in nats an iteration and in decreasing order. The sums are kept as
:math:`\ln r_{ii} = \ln|w_i| + E_i\ln 2` with an exact integer :math:`E_i`, so nothing is lost to their length.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgestab.errors import InputError
from edgestab.numerics import inputs
from edgestab.numerics.inputs import Name
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.printers import exponents as printer
from edgestab.numerics.programs import modules
from edgestab.numerics.programs.variational import Variational, variational
from edgestab.numerics.tiling.pool import map_on_threads
from edgestab.theory.stepmap import StepMap

Array = NDArray[np.float64]

CHUNK = 2048
"""Orbits handed to one thread at a time. Results do not depend on it."""

MOST_BETWEEN = 128
"""The most steps between two rescalings."""


class Growth(NamedTuple):
    """What is known of the exponents of many orbits.

    Attributes
    ----------
    status : ndarray of int8, shape (n,)
        `Status.BOUNDED` where the exponents were measured, `DIVERGED` or `NONFINITE` where the orbit, or a
        derivative along it, left the radius or the doubles: there every exponent is NaN.
    steps : ndarray of int64, shape (n,)
        The iterations made, transient included; for an orbit that diverged, until it did.
    exponent : ndarray, shape (k, n)
        Over all steps, in decreasing order. Minus infinity where a tangent vector was mapped to zero exactly, as on
        a superstable cycle.
    finite_time : ndarray, shape (windows, k, n)
        Over each window, the exponents in the same places.
    final : ndarray, shape (n_state, n)
        The last iterates.
    """

    status: NDArray[np.int8]
    steps: NDArray[np.int64]
    exponent: Array
    finite_time: Array
    final: Array

    @property
    def standard_error(self) -> Array:
        """Standard error of `exponent` from the spread of the windows, infinite where they tell nothing.

        The windows count as independent, which they are when they are longer than the orbit's correlations.
        """
        windows = len(self.finite_time)
        if windows < 2:
            return np.where(np.isnan(self.exponent), np.nan, np.inf)
        with np.errstate(invalid="ignore"):
            error: Array = self.finite_time.std(axis=0, ddof=1) / math.sqrt(windows)
        return np.where(np.isneginf(self.exponent), np.inf, error)


@dataclass(frozen=True)
class Measurement:
    """How exponents are measured.

    Parameters
    ----------
    steps : int
        Iterations measured, a multiple of `windows`.
    transient : int
        Iterations before, in which the orbit settles and the tangent vectors turn into their directions.
    count : int, optional
        How many exponents, from the largest; all of them by default.
    renormalise : int
        Iterations between two rescalings, 1 to 128. The largest exponent does not depend on it, to the bit.
    windows : int
        Consecutive windows of equal length for which finite-time exponents are given.
    radius : float
        An orbit with a coordinate beyond it has diverged.
    """

    steps: int
    transient: int
    count: int | None = 1
    renormalise: int = 16
    windows: int = 1
    radius: float = 1e8

    def __post_init__(self) -> None:
        for name in ("steps", "transient", "renormalise", "windows"):
            inputs.whole(getattr(self, name), name)
        if self.count is not None:
            inputs.whole(self.count, "count")
        if self.windows < 1 or self.steps < 1 or self.steps % self.windows:
            raise InputError(f"steps must be a positive multiple of windows, got {self.steps} and {self.windows}")
        if self.transient < 0:
            raise InputError(f"transient must not be negative, got {self.transient}")
        if not 1 <= self.renormalise <= MOST_BETWEEN:
            raise InputError(f"renormalise must be from 1 to {MOST_BETWEEN}, got {self.renormalise}")
        if not 0 < self.radius < math.inf:
            raise InputError(f"radius must be positive and finite, got {self.radius}")

    @property
    def words(self) -> str:
        """The rules in one line."""
        return (
            f"{self.steps} steps in {self.windows} windows after {self.transient}, "
            f"rescaled every {self.renormalise}, radius {self.radius:g}"
        )


def first_frame(n: int) -> Array:
    r"""Return the tangent vectors at the start, the rows of an orthogonal matrix along no axis.

    The Householder matrix :math:`I - 2uu^\top/|u|^2` with :math:`u_i = i + (1+\sqrt5)/2`, i = 0, 1, ...; in one
    dimension the number 1.

    Examples
    --------
    >>> first_frame(2).round(3)
    array([[ 0.447, -0.894],
           [-0.894, -0.447]])
    """
    if n == 1:
        return np.ones((1, 1))
    u = np.arange(n) + (1 + math.sqrt(5)) / 2
    total = math.fsum(u * u)
    frame: Array = np.eye(n) - 2 * np.outer(u, u) / total
    return frame


@dataclass(frozen=True)
class _Kernel:
    tangent: Variational
    per_orbit: tuple[bool, ...]

    @cached_property
    def module(self) -> ModuleType:
        return modules.load(printer.source(self.tangent, self.per_orbit))

    def drive(self, starts: Array, own: Array, shared: Array, rules: Measurement) -> Growth:
        t, count = self.tangent, starts.shape[1]
        status, steps = np.full(count, Status.PENDING, np.int8), np.zeros(count, np.int64)
        final = np.full(starts.shape, np.nan)
        norms = np.full((rules.windows + 1, t.measures, count), np.nan)
        counts = np.zeros(norms.shape, np.int64)
        frame = [*first_frame(t.n_state)[: t.n_tangents].ravel(), *([1.0] if t.has_volume else [])]
        length = rules.steps // rules.windows
        arguments = (
            *(np.ascontiguousarray(starts), np.array(frame), own, shared),
            *(rules.transient, length, rules.windows, rules.renormalise, float(rules.radius)),
            *_workspace(t.rows + len(own), t.measures),
            *(status, steps, final, norms, counts),
        )
        modules.call(self.module, "drive", *arguments)
        rates = _rates(norms, counts, length, t.has_volume)
        total = _rates(norms[[0, -1]], counts[[0, -1]], rules.steps, t.has_volume)[0]
        bad = status != Status.BOUNDED
        rates[..., bad] = total[..., bad] = np.nan
        order = np.argsort(-total, axis=0, kind="stable")
        return Growth(
            status,
            steps,
            np.take_along_axis(total, order, axis=0),
            np.take_along_axis(rates, order[None], axis=1),
            final,
        )


def _workspace(rows: int, measures: int) -> list[NDArray[Any]]:
    """Buffers on cache-line boundaries, in the order the kernel takes them."""

    def aligned(size: int, dtype: type) -> NDArray[Any]:
        raw: NDArray[Any] = np.zeros(size * printer.STRIDE + 8, dtype)
        return raw[(-raw.ctypes.data % 64) // 8 :][: size * printer.STRIDE]

    sizes, factors = aligned(measures, np.float64), aligned(measures, np.float64)
    return [
        *(aligned(rows, np.float64), aligned(rows, np.float64)),
        *(sizes, sizes.view(np.int64), factors, factors.view(np.int64)),
        *(aligned(measures, np.int64), aligned(measures, np.int64), aligned(1, np.int64), aligned(1, np.int64)),
    ]


def _rates(norms: Array, counts: NDArray[np.int64], length: int, has_volume: bool) -> Array:
    """Exponents between consecutive rows of norms; the last one from the volume, where that is carried."""
    with np.errstate(all="ignore"):
        rates: Array = (np.log(norms[1:] / norms[:-1]) + np.diff(counts, axis=0) * math.log(2)) / length
        rates[norms[1:] == 0] = -np.inf
        if has_volume:
            volume = rates[:, -1]
            rates[:, -1] = np.where(np.isneginf(volume), -np.inf, volume - rates[:, :-1].sum(axis=1))
    return rates


@functools.lru_cache(maxsize=256)
def _kernel(step: StepMap, count: int, per_orbit: tuple[bool, ...]) -> _Kernel:
    return _Kernel(variational(step, count), per_orbit)


def growth(
    step: StepMap,
    starts: ArrayLike,
    parameters: Mapping[Name, ArrayLike],
    rules: Measurement,
    *,
    threads: int | None = 1,
) -> Growth:
    """Return the finite-time Lyapunov exponents of many orbits, as arrays.

    Parameters
    ----------
    step : StepMap
        The map.
    starts : array_like, shape (n_state, n) or (n_state,)
        One column a start; a 1-D array is one start.
    parameters : mapping
        For each parameter of the step, by symbol or name, a number, or an array with one for each start.
    rules : Measurement
        How long, and how many exponents.
    threads : int, optional
        How many to use; all cores when None. The result is the same to the bit.

    Raises
    ------
    InputError
        For a missing or unknown parameter, a value that is not finite, a step size that is not positive, a wrong shape,
        or a step of which a derivative cannot be computed.

    Examples
    --------
    >>> from edgestab.theory.models.catalogue import model
    >>> step = model("frozen-cubic").own.step
    >>> found = growth(step, [[0.3, 5.0]], {step.parameters[0]: 2.0}, Measurement(100_000, 100))
    >>> found.exponent.round(1), found.status
    (array([[1.1, nan]]), array([3, 4], dtype=int8))
    """
    threads = None if threads is None else inputs.whole(threads, "threads", 1)
    x = inputs.points(step.state, starts, "starts")
    n, k = x.shape[1], len(step.state) if rules.count is None else rules.count
    values = list(inputs.parameters(step.parameters, parameters, n, step.name).values())
    kernel = _kernel(step, k, tuple(v.ndim == 1 for v in values))
    shared = np.array([v for v in values if not v.ndim], dtype=np.float64)
    own = np.array([v for v in values if v.ndim], dtype=np.float64).reshape(len(values) - len(shared), n)

    def chunk(low: int) -> Growth:
        part = slice(low, low + CHUNK)
        return kernel.drive(x[:, part], np.ascontiguousarray(own[:, part]), shared, rules)

    parts = map_on_threads(chunk, range(0, max(n, 1), CHUNK), threads=threads)
    return Growth(*(np.concatenate([p[i] for p in parts], axis=-1) for i in range(len(parts[0]))))
