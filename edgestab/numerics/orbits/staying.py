"""Which of several starts have orbits that stay near for a while."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from edgestab.numerics.printers import reference
from edgestab.numerics.programs.program import step_program
from edgestab.theory.stepmap import StepMap

STEPS = 200
"""How long they are watched."""

FAR = 1e3
"""How far beyond its start an orbit has left."""


def stay(
    step: StepMap, starts: NDArray[np.float64], parameters: Mapping[sp.Symbol, float], steps: int = STEPS
) -> NDArray[np.bool_]:
    """Return whether each orbit stays within `FAR` times the size of its start, shape (n,).

    Parameters
    ----------
    step : StepMap
        The map.
    starts : ndarray, shape (n_state, n)
        Where orbits begin.
    parameters : mapping of Symbol to float
        The values of the parameters.
    steps : int
        How many steps are taken.

    Examples
    --------
    >>> from edgestab.theory.models.catalogue import model
    >>> from edgestab.theory.symbols import ETA
    >>> stay(model("quartic").own.step, np.array([[9.0, 1.5], [1.0, 0.5]]), {ETA: 0.2})
    array([False,  True])
    """
    program = step_program(step)
    given = [np.full(starts.shape[1], parameters[p]) for p in step.parameters]
    reach = FAR * (1 + np.abs(starts).max(axis=0))
    state, near = starts, np.ones(starts.shape[1], dtype=bool)
    with np.errstate(all="ignore"):
        for _ in range(steps):
            state = np.array(reference.evaluate(program, [*state, *given]))[: len(starts)]
            near &= (np.abs(state) <= reach).all(axis=0)
            state = np.where(near, state, starts)
    return near
