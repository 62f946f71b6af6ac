"""SymPy's lambdify on NumPy, all orbits as arrays: the best of two ways to write the step and of three sizes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import sympy as sp

from benchmarks.contender import Contender
from benchmarks.start import ETA, Array, coordinates
from benchmarks.timing import fastest
from edgestab.theory.models.catalogue import model
from edgestab.theory.optimizers.gradient_descent import gradient_descent

SIZES = (2048, 8192, 32768)


def build() -> Contender:
    """Return the fastest variant."""
    return fastest(_variants())


def _variants() -> Iterator[Contender]:
    loss = model("quartic").loss
    assert loss is not None
    for form, step in (
        ("the step as we write it", coordinates().step),
        ("the loss differentiated", gradient_descent(loss)),
    ):
        function = sp.lambdify((*step.state, *step.parameters), step.closed_form(), "numpy", cse=True)

        def run(state: Array, steps: int, function: Any = function) -> Array:
            x, y = state
            for _ in range(steps):
                x, y = function(x, y, ETA)
            return np.array([x, y])

        for size in SIZES:
            yield Contender("lambdify", "SymPy lambdify on NumPy", run, size, 500, note=f"{form}, {size} orbits")
