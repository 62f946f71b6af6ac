r"""Whether an orbit that stopped stands beside a minimum, or only where the gradient is small.

A small gradient is no sign of a minimum: it is small on a plateau, along a slow saddle, and where a loss flattens out
towards infinity. What is asked instead, of the step F at the last iterate z, is Newton's question. For an isolated
limit the step

.. math:: s = -(DF(z) - I)^{-1}(F(z) - z)

leads to a fixed point when DF hardly changes along it, :math:`\|(DF(z) - I)^{-1}(DF(z + s) - DF(z))\| \le h`, and the
next step is shorter by that factor (Kantorovich's theorem wants 1/2; h is 1/10). Where a loss only flattens this
quantity stays of order 1, whatever the gradient. For a set of minima :math:`\{\rho = 0\}` the step is that of
Gauss and Newton, :math:`s = -D\rho(z)^+\rho(z)`, and the same is asked of :math:`D\rho`.

A limit attracts when no multiplier of DF lies outside the unit circle. Along a set of minima as many multipliers are 1
as it has dimensions, up to rounding; those, and no others, are set aside. Nothing here is measured in absolute units.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from edgestab.numerics.orbits.coordinates import to_coordinates
from edgestab.numerics.printers import reference
from edgestab.numerics.programs.program import KINKS, Program, jacobian_program, program_of, step_program
from edgestab.theory.loss import Loss
from edgestab.theory.models.base import Coordinates, LimitSet, Model, gradient_norm
from edgestab.theory.optimizers.gradient_descent import is_gradient_descent

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

CHANGE = 0.1
"""h: how much the derivative may change along Newton's step, relative to itself; below 1/2 by a margin for rounding."""

RESOLVED = 1e-13
"""The least distance of a multiplier from 1 that rounding does not make: some hundred units in the last place of 1."""

ROUNDING = 2**14 * np.finfo(float).eps
"""How far, relative to its size, an orbit at rest may be moved by rounding: terms that cancel in the step may be larger
than the orbit."""

BESIDE = 0.01
"""How far from a set of minima, relative to the orbit, an orbit ends at most that converged to it: by far more
than those that do, by less than where the equations of the set happen to be linear."""

FAR = 1e3
"""How far a step leads from beside a kink at most, in units of the distance from it: where the slope itself jumps it is
as long as the step size, and no multiplier shows it."""

SAME = 1e-6
"""How far from a named minimum, relative to the orbit, Newton's limit is that minimum: well above the rounding of a
limit at which larger terms cancel, well below what a picture tells apart."""

OUTSIDE = 1e-12
"""How far outside the unit circle a multiplier may be computed that is not outside: some thousand units in the last
place of 1. An orbit that converges in the steps there are has multipliers farther inside than that."""


class Stopped(NamedTuple):
    """What is found beside each last iterate.

    Parameters
    ----------
    attracting : ndarray of bool, shape (n,)
        Whether there is a limit, and it attracts.
    place : ndarray of int, shape (n,)
        Which of the sets of minima it is on, by the order of those whose equations were used; -1 for an isolated limit
        on none of them.
    distance : ndarray, shape (n,)
        The length of Newton's step; infinite where no limit is found.
    limit : ndarray, shape (n_state, n)
        Where Newton's step leads; the last iterate where no limit is found.
    """

    attracting: Flags
    place: NDArray[np.int8]
    distance: Array
    limit: Array


def stopped(model: Model, state: Array, values: Mapping[sp.Symbol, Array], starts: Array) -> Stopped:
    """Return what is found beside the last iterates of orbits.

    Parameters
    ----------
    model : Model
        Of a loss.
    state : ndarray, shape (n_state, n)
        In the model's own coordinates.
    values : mapping
        The parameters of the step, each of shape (n,).
    starts : ndarray, shape (n_state, n)
        Where the orbits began: rounding is relative to their size, also for a limit in the origin.
    """
    where = model.provable
    if where.step.clock is not None:
        return _at_their_times(model, state, values, starts)
    rows = list(where.step.lengths)
    size = np.maximum(*(lengths(to_coordinates(model, where, z, values)[rows]) for z in (starts, state)))
    state = to_coordinates(model, where, state, values)
    count = state.shape[1]
    attracting, place, distance = np.zeros(count, bool), np.full(count, -1, np.int8), np.full(count, np.inf)
    step, slope = step_program(where.step), jacobian_program(where.step)
    if slope is None or not count:
        return Stopped(attracting, place, distance, state)
    parameters = [values[p] for p in where.step.parameters]
    jacobian, limit = _matrices(slope, state, parameters, state.shape[0]), state.copy()
    with np.errstate(all="ignore"):
        for number, limit_set in enumerate(where.minima or model.minima):
            equations = _equations(model, where, limit_set)
            if equations is None:
                continue
            on, move = _on_set(equations, state, parameters, size)
            length, neutral = lengths(move), state.shape[0] - len(equations.system)
            on &= length <= BESIDE * size
            on &= outer_radius(jacobian, neutral) <= 1 + OUTSIDE
            # A step that divides by what vanishes at rest has another derivative there than beside it.
            index = np.flatnonzero(on)
            limits, own = (state + move)[:, index], [p[index] for p in parameters]
            on[index] = outer_radius(_matrices(slope, limits, own, state.shape[0]), neutral) <= 1 + OUTSIDE
            # A step of another kind may move along the set.
            after = np.stack(np.broadcast_arrays(*reference.evaluate(step, [*limits, *own]), limits[0])[:-1])
            on[index] &= lengths(after - limits) <= ROUNDING * size[index] + 0.01 * length[index]
            nearer = on & (length < distance)
            attracting |= on
            place[nearer], distance[nearer] = number, length[nearer]
            limit[:, nearer] = (state + move)[:, nearer]
        left = np.flatnonzero(~attracting)
        if left.size:
            own = [p[left] for p in parameters]
            isolated, move = _isolated(step, slope, jacobian[left], state[:, left], own, size[left])
            isolated &= _is_stationary(model, state[:, left] + move, values, left, size[left])
            left, move = left[isolated], move[:, isolated]
            attracting[left] = True
            distance[left] = lengths(move)
            limit[:, left] = state[:, left] + move
            place[left] = isolated_place(model, limit[:, left], size[left])
    return Stopped(attracting, place, distance, limit)


LATER = (1, 2, 10, 10**3, 10**6, 10**9, 10**15, 10**30, 10**60, 10**120)
"""At how many times the number of the last step, and at the next one, a step that counts must be stable as well: with
the logarithm of the number a step size grows beyond every bound, and slowly."""

LASTING = 0.5
"""What part of t (1 - |multiplier|) must be left a thousand times later. The sum of 1 - |multiplier| over all steps to
come is infinite then; else the steps die out before the orbit has come to the limit."""


def _at_their_times(model: Model, state: Array, values: Mapping[sp.Symbol, Array], starts: Array) -> Stopped:
    """What is found of a step that counts its steps: the number of each last one is a parameter."""
    step, clock = model.own.step, model.own.step.clock
    if clock is None:
        raise AssertionError("the step does not count its steps")
    row = step.state.index(clock)
    own = replace(model.own, step=step.at_a_time())
    timeless = replace(model, coordinates=(own,))
    left = [np.delete(z, row, axis=0) for z in (state, starts)]
    found = stopped(timeless, left[0], {**values, clock: state[row]}, left[1])
    for times, more in itertools.product(LATER, (0, 1)):
        later = stopped(timeless, left[0], {**values, clock: times * state[row] + more}, left[1])
        found = found._replace(attracting=found.attracting & later.attracting)
    lasting = _lasts(timeless, found, {**values, clock: np.maximum(state[row], 1.0)}, clock)
    found = found._replace(attracting=found.attracting & lasting)
    return found._replace(limit=np.insert(found.limit, row, state[row], axis=0))


def _lasts(model: Model, found: Stopped, values: Mapping[sp.Symbol, Array], clock: sp.Symbol) -> Flags:
    """Whether a step that counts draws nearer to each limit for ever, and not only for some time."""
    slope, n = jacobian_program(model.own.step), len(model.own.step.state)
    if slope is None:
        return np.zeros(found.limit.shape[1], bool)
    sets = [0 if s.box or _equations(model, model.own, s) is None else n - len(s.system) for s in model.minima]
    neutral = np.array([*sets, 0])[np.where(found.place >= 0, found.place, -1)]
    drawn = []
    for times in (1, 10**3, 10**6, 10**9):
        at = []
        for more in (0, 1):
            time = times * values[clock] + more
            matrices = _matrices(slope, found.limit, [{**values, clock: time}[p] for p in model.own.step.parameters], n)
            radius = np.full(time.shape, np.inf)
            for k in np.unique(neutral):
                radius[neutral == k] = outer_radius(matrices[neutral == k], int(k))
            at.append(time * (1 - radius))
        drawn.append(np.maximum(*at))
    return np.asarray((drawn[0] > 0) & np.all([b >= LASTING * a for a, b in itertools.pairwise(drawn)], axis=0))


def lengths(columns: Array) -> Array:
    """Return the Euclidean length of each column."""
    return np.asarray(np.sqrt(np.einsum("ij,ij->j", columns, columns)))


def outer_radius(matrices: Array, neutral: int) -> Array:
    """Return the largest modulus of the eigenvalues of each matrix but the `neutral` ones nearest to 1.

    Examples
    --------
    >>> outer_radius(np.array([[[1.0, 0.0], [0.0, -0.5]]]), 1)
    array([0.5])
    """
    n = matrices.shape[-1]
    result = np.full(len(matrices), np.inf)
    finite = np.isfinite(matrices).all(axis=(1, 2))
    if n == 2:
        (a, b), (c, d) = matrices[finite].transpose(1, 2, 0)
        half, rest = (a + d) / 2, ((a - d) / 2) ** 2 + b * c
        root = np.sqrt(np.maximum(rest, 0))
        both = np.stack([half - root, half + root])
        modulus = np.where(rest >= 0, np.abs(both), np.sqrt(np.abs(a * d - b * c)))
        far = np.abs(np.where(rest >= 0, both, half) - 1)
        farther = np.where(far[0] > far[1], modulus[0], modulus[1])
        result[finite] = modulus.max(axis=0) if neutral == 0 else farther
        return result
    eigenvalues = np.linalg.eigvals(matrices[finite])
    order = np.argsort(np.abs(eigenvalues - 1), axis=1)[:, neutral:]
    result[finite] = np.abs(np.take_along_axis(eigenvalues, order, axis=1)).max(axis=1, initial=0.0)
    return result


class _Equations(NamedTuple):
    system: tuple[sp.Expr, ...]
    values: Program
    slopes: Program


@functools.lru_cache(maxsize=256)
def _equations(model: Model, where: Coordinates, limit_set: LimitSet) -> _Equations | None:
    """The equations of a set of minima with their Jacobian; None where there are none."""
    step, system = where.step, equations_of(model, limit_set)
    if system is None:
        return None
    inputs = (*step.state, *step.parameters)
    slopes = [sp.diff(e, s) for e in system for s in step.state]
    return _Equations(system, program_of(system, inputs), program_of(slopes, inputs))


def equations_of(model: Model, limit_set: LimitSet) -> tuple[sp.Expr, ...] | None:
    """Return the equations of a set of minima; None where only the gradient is known to vanish."""
    if model.loss is None or limit_set.box or limit_set.residual == gradient_norm(model.loss):
        return None
    return limit_set.system


def _is_stationary(
    model: Model, limit: Array, values: Mapping[sp.Symbol, Array], index: NDArray[np.intp], size: Array
) -> Flags:
    """Whether the gradient vanishes where a step rests, and the loss curves downwards nowhere.

    Gradient descent rests where the gradient vanishes, and is attracted by minima alone; other rules need not be.
    """
    loss = model.loss
    if loss is None or any(c not in values for c in loss.constants) or model.provable is not model.own:
        return np.ones(limit.shape[1], bool)
    n = len(loss.parameters)
    program = _slopes(loss)
    found = reference.evaluate(program, [*limit[:n], *(values[c][index] for c in loss.constants)])
    entries = np.stack([np.broadcast_to(v, limit.shape[1]) for v in found])
    slopes = lengths(entries[:n])
    # On a kink the Hessian may be undefined; where the gradient is 0 as it stands nothing is to be compared.
    flat = (slopes == 0) | (slopes <= SAME * lengths(entries[n:]) * size)
    if is_gradient_descent(model.own.step, loss):
        return np.asarray(flat)
    hessians = entries[n:].T.reshape(-1, n, n)
    curved = np.zeros(len(hessians), bool)
    finite = np.flatnonzero(np.isfinite(hessians).all(axis=(1, 2)))
    eigenvalues = np.linalg.eigvalsh(hessians[finite])
    curved[finite] = eigenvalues[:, 0] >= -SAME * np.abs(eigenvalues).max(axis=1)
    return np.asarray(flat & curved)


@functools.lru_cache(maxsize=64)
def _slopes(loss: Loss) -> Program:
    return program_of([*loss.gradient, *loss.hessian], (*loss.parameters, *loss.constants))


def isolated_place(model: Model, limit: Array, size: Array) -> NDArray[np.int8]:
    """The number of the named minimum that each isolated limit is; else of the set of all others, -1 for none."""
    rest = [n for n, s in enumerate(model.minima) if model.loss and s.residual == gradient_norm(model.loss)]
    place = np.full(limit.shape[1], rest[0] if rest else -1, np.int8)
    nearest = np.full(limit.shape[1], np.inf)
    for number, minimum in enumerate(model.minima):
        if minimum.box:
            centre = np.array([float((low + high) / 2) for low, high in minimum.box])
            away = lengths(limit[: centre.size] - centre[:, None])
            nearer = (away <= SAME * size) & (away < nearest)
            place[nearer], nearest[nearer] = number, away[nearer]
    return place


def _on_set(equations: _Equations, state: Array, parameters: list[Array], size: Array) -> tuple[Flags, Array]:
    """Whether a point of the set is beside each state, and the step to it."""
    k, n = len(equations.system), state.shape[0]
    slopes = _matrices(equations.slopes, state, parameters, n, k)
    steepness = np.sqrt(np.einsum("mij,mij->mi", slopes, slopes))
    # Each equation in units of its slope, so that no two of them are compared in units of their own.
    unit = np.where((steepness > 0) & np.isfinite(steepness), steepness, 1.0)

    def at(z: Array) -> tuple[Array, Array]:
        rho = np.stack(reference.evaluate(equations.values, [*z, *parameters]), axis=-1)
        return rho / unit, _matrices(equations.slopes, z, parameters, n, k) / unit[:, :, None]

    rho, slope = at(state)
    good = np.isfinite(slope).all(axis=(1, 2)) & np.isfinite(rho).all(axis=1)
    inverse = np.zeros((len(rho), n, k))
    inverse[good] = _pseudo_inverse(slope[good])
    move = -np.einsum("mij,mj->mi", inverse, rho)
    # Where the rows of the Jacobian are dependent, no step solves the linear equations.
    left = lengths((rho + np.einsum("mij,mj->mi", slope, move)).T)
    good &= left <= 1e-6 * lengths(rho.T)
    there, slope_there = at(state + move.T)
    length = lengths(move.T)
    change = _norms(np.einsum("mij,mjl->mil", inverse, slope_there - slope))
    again = lengths(np.einsum("mij,mj->mi", inverse, there).T)
    rounding = ROUNDING * size * (1 + _norms(inverse) * _norms(slope))
    found = good & (inverse.any(axis=(1, 2))) & (change <= CHANGE) & (again <= np.maximum(CHANGE * length, rounding))
    return found, move.T


def _isolated(
    step: Program, slope: Program, jacobian: Array, state: Array, parameters: list[Array], size: Array
) -> tuple[Flags, Array]:
    """Whether an isolated fixed point that attracts is beside each state, and the step to it."""
    n = state.shape[0]
    found, moves = np.zeros(state.shape[1], bool), np.zeros_like(state)
    index = np.flatnonzero(np.isfinite(jacobian).all(axis=(1, 2)))
    index = index[outer_radius(jacobian[index], 0) <= 1 + OUTSIDE]
    matrix = jacobian[index] - np.eye(n)
    # Far from singular, in units of the rounding of 1.
    resolved = np.abs(np.linalg.eigvals(matrix)).min(axis=1, initial=np.inf) > RESOLVED
    index, matrix = index[resolved], matrix[resolved]
    if not index.size:
        return found, moves
    here, own = state[:, index], [p[index] for p in parameters]

    def moved(z: Array) -> Array:
        return (np.stack(reference.evaluate(step, [*z, *own])) - z).T

    inverse = np.linalg.inv(matrix)
    move = -np.einsum("mij,mj->mi", inverse, moved(here))
    there = here + move.T
    again = lengths(np.einsum("mij,mj->mi", inverse, moved(there)).T)
    change = _norms(inverse @ (_matrices(slope, there, own, n) - np.eye(n) - matrix))
    length = lengths(move.T)
    moves[:, index] = move.T
    rounding = ROUNDING * size[index] * (1 + _norms(inverse))
    smooth = change <= CHANGE
    if KINKS & {i.op for i in step.instructions}:
        smooth |= again <= rounding
        reach = np.maximum(length, rounding)
        # An orbit at rest in the origin has no length of its own.
        smooth &= _attracts_around(slope, moved, there, np.where(reach > 0, reach, ROUNDING), own)
    found[index] = smooth & (again <= np.maximum(CHANGE * length, rounding))
    return found, moves


def _attracts_around(
    slope: Program, moved: Callable[[Array], Array], there: Array, reach: Array, parameters: list[Array]
) -> Flags:
    """Whether a fixed point that may lie on a kink, where the derivative is another than beside it, attracts around it.

    On both sides of it along every axis, as far as the orbit is away and farther than rounding, the multipliers lie
    inside the unit circle, clearly, and a step does not lead far away: the slope itself may jump.
    """
    n = there.shape[0]
    found = np.ones(there.shape[1], bool)
    for axis, side in itertools.product(range(n), (-1.0, 1.0)):
        beside = there.copy()
        beside[axis] += side * reach
        found &= outer_radius(_matrices(slope, beside, parameters, n), 0) < 1 - RESOLVED
        after = beside + moved(beside).T
        found &= lengths(after - there) < FAR * reach
    return found


def _matrices(program: Program, state: Array, parameters: list[Array], columns: int, rows: int | None = None) -> Array:
    """The values of a program as matrices, shape (n, rows, columns)."""
    entries = np.stack(reference.evaluate(program, [*state, *parameters]), axis=-1)
    return entries.reshape(state.shape[1], rows or columns, columns)


def _pseudo_inverse(matrices: Array) -> Array:
    """The right inverses of matrices with at most as many rows as columns; zero where the rows are dependent."""
    gram = matrices @ matrices.transpose(0, 2, 1)
    if gram.shape[-1] == 1:
        with np.errstate(all="ignore"):
            small = np.where(gram > 0, 1 / gram, 0.0)
        return np.asarray(matrices.transpose(0, 2, 1) * small)
    return np.asarray(np.linalg.pinv(matrices, rcond=1e-10))


def _norms(matrices: Array) -> Array:
    return np.asarray(np.sqrt(np.einsum("mij,mij->m", matrices, matrices)))
