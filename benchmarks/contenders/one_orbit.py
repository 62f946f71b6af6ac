"""numba, one orbit at a time: the loop a careful user writes, with the same statements in the same order."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.contender import Contender
from benchmarks.start import ETA, Array, program
from edgestab.numerics.printers.scalar import statements
from edgestab.numerics.programs import modules

_SOURCE = '''"""Generated: one orbit at a time."""

import numba
import numpy as np


@numba.njit(cache=True, nogil=True, fastmath=False, error_model="numpy")
def orbits(starts, eta, steps):
    final = np.empty_like(starts)
    for i in range(starts.shape[1]):
        x = starts[0, i]
        y = starts[1, i]
        for _ in range(steps):
{body}
            x, y = {outputs}
        final[0, i] = x
        final[1, i] = y
    return final
'''


def build() -> Contender:
    """Return the contender."""
    lines, outputs = statements(program(), ["x", "y", "eta"])
    body = "\n".join(" " * 12 + line for line in lines)
    orbits: Callable[..., Array] = modules.load(_SOURCE.format(body=body, outputs=", ".join(outputs))).orbits

    def run(state: Array, steps: int) -> Array:
        return orbits(state, ETA, steps)

    return Contender("numba", "numba, one orbit at a time", run, 256, 10_000, exact=True)
