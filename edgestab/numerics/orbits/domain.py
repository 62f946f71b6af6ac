"""Orbits that leave the domain of the loss: where the step is undefined, an iterate is NaN, and this tells why."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import flint
import numpy as np
import sympy as sp
from numpy.typing import NDArray

from edgestab.numerics.orbits.coordinates import evaluate, to_coordinates
from edgestab.numerics.orbits.follow import kernel_of
from edgestab.theory.domain import Guard, Nonnegative, Nonzero
from edgestab.theory.models.base import Coordinates, Model
from edgestab.theory.stepmap import StepMap

Array = NDArray[np.float64]


@functools.lru_cache(maxsize=256)
def guards_of(step: StepMap) -> tuple[sp.Expr, ...]:
    """Return the guards of a step, in its state and parameters; none for a loss that is defined everywhere."""
    found = {g for u in step.closed_form() for g in u.atoms(Guard)}
    return tuple(sorted(found, key=sp.default_sort_key))


def is_broken(condition: Guard, u: flint.arb) -> bool:
    """Return whether the condition of a guard fails for every number in the ball of its argument.

    Examples
    --------
    >>> x = sp.Symbol("x", real=True)
    >>> is_broken(Nonnegative(x), flint.arb(0)), is_broken(Nonzero(x), flint.arb(0))
    (False, True)
    """
    if isinstance(condition, Nonzero):
        return bool(u == 0)
    return bool(u < 0) if isinstance(condition, Nonnegative) else bool(u <= 0)


def outside(where: Coordinates, state: Array, values: Mapping[sp.Symbol, Array]) -> NDArray[np.bool_]:
    """Return whether the step is undefined at each finite state because the loss is.

    Parameters
    ----------
    where : Coordinates
        The coordinates of the states.
    state : ndarray, shape (n_state, n)
        The states.
    values : mapping
        The parameters, each of shape (n,).
    """
    guards = guards_of(where.step)
    if not guards:
        return np.zeros(state.shape[1], dtype=bool)
    undefined = np.isnan(evaluate([sp.Add(*guards)], {**dict(zip(where.step.state, state, strict=True)), **values})[0])
    return np.asarray(undefined & np.isfinite(state).all(axis=0))


def left_domain(
    model: Model,
    where: Coordinates,
    starts: Array,
    values: Mapping[sp.Symbol, Array],
    steps: NDArray[np.int64],
    lost: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Return which of the orbits that became NaN did so because they had left the domain of the loss.

    Parameters
    ----------
    model, where : Model, Coordinates
        What was followed, and in which coordinates.
    starts : ndarray, shape (n_state, n)
        In the model's own coordinates.
    values : mapping
        The parameters of each orbit.
    steps : ndarray of int, shape (n,)
        When each was NaN for the first time: the iterate before is the one to look at.
    lost : ndarray of bool, shape (n,)
        Which became NaN.
    """
    left = np.zeros(lost.shape, dtype=bool)
    index = np.flatnonzero(lost & (steps > 0))
    if not index.size or not guards_of(where.step):
        return left
    index = index[np.argsort(steps[index], kind="stable")]
    here = {p: v[index] for p, v in values.items()}
    state = to_coordinates(model, where, starts[:, index], here)
    kernel = kernel_of(where, (), shared=False)
    done = 0
    for count in np.unique(steps[index]) - 1:
        # Those whose turn has passed stand still: they are in front.
        first = int(np.searchsorted(steps[index], count + 1))
        parameters = [here[p][first:] for p in where.step.parameters]
        state[:, first:] = kernel.advance(state[:, first:], parameters, int(count) - done)
        done = int(count)
    left[index] = outside(where, state, here)
    return left
