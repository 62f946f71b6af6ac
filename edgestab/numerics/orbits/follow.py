"""Following orbits to their end: the compiled step of some coordinates, and the rules by which orbits are given up."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from edgestab.errors import InputError
from edgestab.numerics.orbits.coordinates import evaluate
from edgestab.numerics.orbits.lanes import LaneKernel, Orbits
from edgestab.numerics.programs.program import program_of, step_program
from edgestab.theory.models.base import Coordinates
from edgestab.theory.stepmap import Observer
from edgestab.theory.symbols import ETA

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Rules:
    """When an orbit is followed no further.

    Parameters
    ----------
    budget : float
        Steps allowed, in units of eta**-2: near the edge orbits converge in 25 to 45 of them.
    least, most : int
        Bounds on the number of steps whatever eta is.
    radius : float
        An orbit with a coordinate beyond it has diverged.
    """

    budget: float = 200.0
    least: int = 20_000
    most: int = 200_000_000
    radius: float = 1e8

    def __post_init__(self) -> None:
        for name, value, least in (("budget", self.budget, 0.0), ("most", self.most, 0), ("radius", self.radius, 0.0)):
            if not value > least:
                raise InputError(f"{name} must be positive, got {value}")
        if not self.least >= 0:
            raise InputError(f"least must not be negative, got {self.least}")

    @property
    def words(self) -> str:
        """The rules in one line."""
        return f"budget {self.budget:g}/eta^2 steps within [{self.least}, {self.most}], radius {self.radius:g}"

    def steps(self, eta: Array) -> NDArray[np.int64]:
        """Return the budget of each orbit."""
        with np.errstate(divide="ignore"):
            return np.clip(self.budget / eta**2, self.least, self.most).astype(np.int64)


@functools.lru_cache(maxsize=256)
def kernel_of(coordinates: Coordinates, observers: tuple[Observer, ...], shared: bool) -> LaneKernel:
    """Return the kernel of some coordinates; `shared` says that all orbits have the same parameters."""
    step = coordinates.step
    for observer in observers:
        step = step.observing(observer)
    inputs = (*step.state, *step.parameters)
    residual = program_of([coordinates.residual], inputs)
    own = tuple(not shared for _ in step.parameters)
    return LaneKernel(step_program(step), residual, len(step.state), own, len(observers))


def follow(
    where: Coordinates,
    state: Array,
    values: Mapping[sp.Symbol, Array],
    rules: Rules,
    *,
    shared: bool,
    observers: tuple[Observer, ...] = (),
) -> Orbits:
    """Follow orbits in float64 until each converges, leaves the radius or has spent its steps.

    Parameters
    ----------
    where : Coordinates
        The coordinates of the step.
    state : ndarray, shape (n_state + len(observers), n)
        The first states in these coordinates, and what the observers begin with.
    values : mapping
        For each parameter of the step its values on the orbits, of shape (n,).
    rules : Rules
        Budget and radius.
    shared : bool
        That each parameter has one value on all orbits: the kernel is then a faster one, with the same results.
    observers : tuple of Observer
        Running extrema to carry along.
    """
    parameters = [values[p][0] if shared else values[p] for p in where.step.parameters]
    return drive(kernel_of(where, observers, shared), where, state, parameters, values, rules)


def drive(
    kernel: LaneKernel,
    where: Coordinates,
    state: Array,
    parameters: Sequence[ArrayLike],
    values: Mapping[sp.Symbol, Array],
    rules: Rules,
) -> Orbits:
    """Follow orbits by a kernel of these coordinates, in its arithmetic: it takes `state` and `parameters`.

    Parameters
    ----------
    kernel : LaneKernel
        That of `kernel_of`, or made of it.
    where, values, rules
        As in `follow`: the tolerance and the budget of each orbit follow from them.
    """
    count = state.shape[1]
    tolerance = np.broadcast_to(evaluate([where.tolerance], values)[0], count)
    eta = values.get(ETA, np.ones(count))
    return kernel.drive(state, parameters, tolerance, rules.steps(eta), radius=rules.radius)
