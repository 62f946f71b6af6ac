"""Following orbits to their end: the compiled step of some coordinates, and the rules by which orbits are given up."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from edgestab.errors import InputError
from edgestab.numerics.orbits.coordinates import evaluate
from edgestab.numerics.orbits.lanes import LaneKernel, Orbits
from edgestab.numerics.printers import reference
from edgestab.numerics.programs.program import program_of, step_program
from edgestab.theory.models.base import LENGTH, Coordinates
from edgestab.theory.stepmap import Observer
from edgestab.theory.symbols import ETA

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Rules:
    """When an orbit is followed no further.

    Parameters
    ----------
    budget : float
        Steps allowed, in units of pace**-2, where pace is the step size in the model's units: near the edge orbits
        converge in 25 to 45 of them.
    least, most : int
        Bounds on the number of steps whatever the pace is.
    plain : int
        Steps allowed for a loss that says nothing about its units.
    radius : float
        How many times its length an orbit may go away from the origin; beyond, it has left. Its length is that of its
        start or of its first step, whichever is greater: what becomes of an orbit does not depend on units. So many
        that an orbit which begins beside a saddle in the origin may come to its minimum.
    """

    budget: float = 200.0
    least: int = 20_000
    most: int = 200_000_000
    plain: int = 1_000_000
    radius: float = 1e30

    def __post_init__(self) -> None:
        for name in ("budget", "most", "plain", "radius"):
            if not getattr(self, name) > 0:
                raise InputError(f"{name} must be positive, got {getattr(self, name)}")
        if not self.least >= 0:
            raise InputError(f"least must not be negative, got {self.least}")

    @property
    def halved(self) -> Rules:
        """The rules by which orbits are followed half as far."""
        least, most, plain = self.least // 2, max(self.most // 2, 1), max(self.plain // 2, 1)
        return replace(self, budget=self.budget / 2, least=least, most=most, plain=plain)

    @property
    def words(self) -> str:
        """The rules in one line."""
        known = f"{self.budget:g}/pace^2 steps within [{self.least}, {self.most}]"
        return f"budget {known}, {self.plain} steps where the pace is not known, radius {self.radius:g} lengths"

    def steps(self, where: Coordinates, values: Mapping[sp.Symbol, Array], count: int) -> NDArray[np.int64]:
        """Return the budget of each of some orbits, followed in these coordinates with these parameters."""
        if where.pace is None:
            return np.full(count, min(self.plain, self.most), np.int64)
        pace = evaluate([where.pace], {**values, ETA: values.get(ETA, np.ones(count))})[0]
        with np.errstate(all="ignore"):
            return np.clip(self.budget / pace**2, self.least, self.most).astype(np.int64)


@functools.lru_cache(maxsize=256)
def kernel_of(coordinates: Coordinates, observers: tuple[Observer, ...], shared: bool) -> LaneKernel:
    """Return the kernel of some coordinates; `shared` says that all orbits have the same parameters."""
    step, lengths = coordinates.step, coordinates.step.lengths
    for observer in observers:
        step = step.observing(observer)
    inputs = (*step.state, *step.parameters)
    residual = program_of([coordinates.residual], inputs)
    own = tuple(not shared for _ in step.parameters)
    return LaneKernel(step_program(step), residual, len(step.state), own, len(observers), lengths)


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
    length = length_of(where, state[: len(where.step.state)], values)
    tolerance = tolerance_of(where, length, values)
    budget = rules.steps(where, values, count)
    # From a start close to a saddle in the origin an orbit goes far: what is small is so against where it is.
    per_length = 1 / length if LENGTH in where.tolerance.free_symbols else np.zeros(count)
    return kernel.drive(state, parameters, tolerance, budget, radius=rules.radius * length, per_length=per_length)


def tolerance_of(where: Coordinates, length: Array, values: Mapping[sp.Symbol, Array]) -> Array:
    """Return the residual at which each orbit has converged, from its length and its parameters."""
    return np.asarray(np.broadcast_to(evaluate([where.tolerance], {**values, LENGTH: length})[0], length.shape))


def length_of(where: Coordinates, state: Array, values: Mapping[sp.Symbol, Array]) -> Array:
    """Return the length that each orbit is measured by: that of its start or of its first step, in the maximum norm.

    Parameters
    ----------
    where : Coordinates
        The coordinates of the step.
    state : ndarray, shape (n_state, n)
        The starts.
    values : mapping
        The parameters, each of shape (n,).

    Returns
    -------
    ndarray, shape (n,)
        Positive and finite; 1 for an orbit at rest in the origin.
    """
    count = state.shape[1]
    parameters = [np.broadcast_to(values[p], count) for p in where.step.parameters]
    after = np.array(reference.evaluate(step_program(where.step), [*state, *parameters])).reshape(state.shape)
    with np.errstate(all="ignore"):
        rows = list(where.step.lengths)
        sizes = np.stack([np.abs(state)[rows].max(axis=0), np.abs(after - state)[rows].max(axis=0)])
        length = np.where(np.isfinite(sizes), sizes, 0.0).max(axis=0)
    # Its square is finite, and so is what an orbit may grow to.
    return np.where(length > 0, np.clip(length, 1e-150, 1e150), 1.0)
