"""What is iterated: gradient descent on the coupled quartic, its starts, its program and its NumPy reference."""

from __future__ import annotations

from functools import cache

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from edgestab.numerics.orbits.lanes import LaneKernel
from edgestab.numerics.printers.reference import evaluate
from edgestab.numerics.programs.program import Program, program_of, step_program
from edgestab.theory.models.base import Coordinates
from edgestab.theory.models.catalogue import model

Array = NDArray[np.float64]

ETA = 0.1
"""The step size. Its edge of stability is the minimum at x = 3.146, y = 1/x."""


def starts(count: int) -> Array:
    """Return starts around the edge, shape (2, count): all converge, some at once and some after thousands of steps.

    The first starts are the same whatever the count.
    """
    u, v = np.random.default_rng(2023).random((count, 2)).T
    x = 2.5 + u
    return np.array([x, (0.8 + 0.4 * v) / x])


@cache
def coordinates() -> Coordinates:
    """Return the quartic's own coordinates (x, y), with their step."""
    return model("quartic").own


@cache
def program() -> Program:
    """Return the program of one step: inputs x, y, eta."""
    return step_program(coordinates().step)


@cache
def kernel() -> LaneKernel:
    """Return the lane kernel under measurement, one step size shared by all orbits."""
    own = coordinates()
    residual = program_of([own.residual], (*own.step.state, *own.step.parameters))
    return LaneKernel(program(), residual, n_state=2, per_orbit=(False,))


def tolerance() -> float:
    """Return the residual at which the model says an orbit has converged."""
    own = coordinates()
    return float(own.tolerance.subs(own.step.parameters[0], sp.Float(ETA)))


def reference(state: Array, steps: int) -> Array:
    """Return the states after `steps` steps, by NumPy, one operation at a time in the program's order."""
    for _ in range(steps):
        state = np.array(evaluate(program(), [*state, ETA]))
    return state
