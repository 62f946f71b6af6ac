"""pynamicalsys: its fastest way to iterate an ensemble, every iterate but the last being a transient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from benchmarks.contender import Contender, Unavailable
from benchmarks.start import ETA, Array


def documented() -> Contender:
    """Return pynamicalsys with a mapping as its guide writes it, returning a new array."""

    @numba.njit
    def mapping(u: Any, parameters: Any) -> Any:
        x, y = u
        p = x * y
        g = parameters[0] * p * (p + 1.0) * (p - 1.0)
        return np.array([x - y * g, y - x * g])

    return Contender(
        "pynamicalsys",
        "pynamicalsys",
        _ensemble(mapping),
        64,
        10_000,
        note="trajectory of an ensemble, mapping as its guide writes it",
    )


def in_place() -> Contender:
    """Return pynamicalsys with a mapping that overwrites its argument, which saves an allocation a step."""

    @numba.njit
    def mapping(u: Any, parameters: Any) -> Any:
        x, y = u[0], u[1]
        p = x * y
        g = parameters[0] * p * (p + 1.0) * (p - 1.0)
        u[0] = x - y * g
        u[1] = y - x * g
        return u

    return Contender(
        "pynamicalsys-in-place",
        "pynamicalsys, in place",
        _ensemble(mapping),
        256,
        10_000,
        note="the same, mapping overwrites its argument",
    )


def _ensemble(mapping: Callable[..., Any]) -> Callable[[Array, int], Array]:
    try:
        from pynamicalsys import DiscreteDynamicalSystem  # type: ignore[import-untyped]
    except ImportError:
        raise Unavailable("pynamicalsys is not installed: pip install pynamicalsys") from None
    system = DiscreteDynamicalSystem(mapping=mapping, system_dimension=2, parameters=[ETA])

    def run(state: Array, steps: int) -> Array:
        threads = numba.get_num_threads()
        numba.set_num_threads(1)  # the ensemble is a parallel loop; every contender gets one core
        try:
            return np.ascontiguousarray(system.trajectory(state.T.copy(), steps, transient_time=steps - 1).T)
        finally:
            numba.set_num_threads(threads)

    return run
