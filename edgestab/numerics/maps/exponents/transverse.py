r"""Exponents along and across a set of minima, where the neutral directions are exact and not noise.

Let :math:`\{\rho = 0\}` be a set of minima, k independent equations in n variables, that a step fixes point by point.
Where :math:`F(\theta) - \theta = V(\theta)\rho(\theta)`, on the set :math:`DF = I + V\,D\rho`: it is the identity on
the n - k tangent directions, and its other multipliers are the eigenvalues of :math:`I + D\rho\,V`, which is also how
:math:`\rho` itself is mapped. The exponents across the set are :math:`\ln|\mu|`. For gradient descent at a minimum
:math:`\mu = 1 - \eta\lambda` with the nonzero eigenvalues of the Hessian; their largest exponent decides whether a
minimum is found with positive probability (Chemnitz and Engel 2024, arXiv:2407.20209). It is the exponent of the step
itself, and neither the mean nor the mean-square exponent of a stochastic one.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from edgestab.errors import InputError
from edgestab.numerics import inputs
from edgestab.numerics.inputs import Name
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.printers import reference
from edgestab.numerics.programs.program import Program, jacobian_program, program_of, step_program
from edgestab.numerics.rigorous.limits import velocity
from edgestab.theory.models.base import LimitSet
from edgestab.theory.stepmap import StepMap

Array = NDArray[np.float64]

RANK = 1e-10
"""Equations whose gradients are this close to dependent, relative to their size, do not cut out a manifold."""


class Transverse(NamedTuple):
    r"""The linearisation across a set of minima, at many of its points.

    Attributes
    ----------
    exponents : ndarray, shape (k, n_points)
        :math:`\ln|\mu|`, in decreasing order; minus infinity for a multiplier 0.
    multipliers : ndarray of complex, shape (k, n_points)
        :math:`\mu`, in the same order.
    neutral : int
        How many further exponents are 0 exactly: the dimension of the set.
    """

    exponents: Array
    multipliers: NDArray[np.complex128]
    neutral: int


class Running(NamedTuple):
    """Running exponents along orbits.

    Attributes
    ----------
    exponent : ndarray, shape (steps, n)
        Row t - 1 is the exponent over t steps. Minus infinity once an orbit is on the set exactly; NaN after an orbit
        left the doubles.
    status : ndarray of int8, shape (n,)
        `Status.NONFINITE` for an orbit that did, `Status.BOUNDED` for the others.
    """

    exponent: Array
    status: NDArray[np.int8]


def transverse_exponents(
    step: StepMap,
    limit_set: LimitSet,
    points: ArrayLike,
    parameters: Mapping[Name, ArrayLike],
    *,
    tolerance: float = 1e-6,
) -> Transverse:
    r"""Return the exponents of a step across a set of minima.

    Where the equations divide the step, from :math:`I + D\rho\,V`. Otherwise from the compression
    :math:`N^\top DF\,N` to the normal space, N an orthonormal basis of the span of the gradients of the equations.

    Parameters
    ----------
    step : StepMap
        The map; it fixes every point of the set.
    limit_set : LimitSet
        The set, in the step's coordinates.
    points : array_like, shape (n_state, n_points) or (n_state,)
        Points of the set; a 1-D array is one point.
    parameters : mapping
        For each parameter of the step, by symbol or name, a number, or an array with one for each point.
    tolerance : float
        How far the equations may be from 0 at a point, and the step from fixing it.

    Raises
    ------
    InputError
        When a point is not on the set or not fixed, or the equations are not independent there, with the first
        point of which that is so.

    Examples
    --------
    >>> from edgestab.theory.models.catalogue import model
    >>> from edgestab.theory.symbols import ETA
    >>> quartic = model("quartic")
    >>> found = transverse_exponents(quartic.own.step, quartic.minima[1], [[2.0], [0.5]], {ETA: 0.2})
    >>> found.multipliers.real, found.neutral
    (array([[-0.7]]), 1)
    """
    x, at = _inputs(step, points, parameters)
    equations = limit_set.system
    n, k, count = len(step.state), len(equations), x.shape[1]
    programs = _programs(step, limit_set)
    rho = np.array(reference.evaluate(programs.equations, at))
    moved = np.array(reference.evaluate(step_program(step), at)) - x
    _require(np.abs(rho).max(axis=0) <= tolerance, f"is not on the set {limit_set.name!r} to within {tolerance:g}")
    _require(np.abs(moved).max(axis=0) <= tolerance, f"is not fixed by {step.name!r} to within {tolerance:g}")
    slopes = _matrices(programs.slopes, at, k, n)
    size = np.linalg.svd(slopes, compute_uv=False)
    _require(size[:, -1] > RANK * size[:, 0], f"has dependent gradients of the equations of {limit_set.name!r}")
    if programs.velocity is not None:
        matrix = np.eye(k) + slopes @ _matrices(programs.velocity, at, n, k)
    else:
        jacobian = jacobian_program(step)
        if jacobian is None:
            raise InputError(f"{step.name!r} has no derivative that can be computed")
        normal, _ = np.linalg.qr(np.swapaxes(slopes, 1, 2))
        matrix = np.swapaxes(normal, 1, 2) @ _matrices(jacobian, at, n, n) @ normal
    multipliers = np.linalg.eigvals(matrix).astype(np.complex128) if count else np.empty((0, k), np.complex128)
    with np.errstate(divide="ignore"):
        exponents: Array = np.log(np.abs(multipliers))
    order = np.argsort(-exponents, axis=1, kind="stable")
    return Transverse(
        np.take_along_axis(exponents, order, axis=1).T, np.take_along_axis(multipliers, order, axis=1).T, n - k
    )


def transverse_growth(
    step: StepMap,
    limit_set: LimitSet,
    starts: ArrayLike,
    parameters: Mapping[Name, ArrayLike],
    steps: int,
) -> Running:
    r"""Return the running finite-time exponent :math:`\frac1t\ln(|\rho(\theta_t)|/|\rho(\theta_0)|)` along orbits.

    Near the set :math:`\rho(\theta_t)` cannot be computed from the iterate, which rounding keeps off the set. So it is
    carried along by the exact identity :math:`\rho(F(\theta)) = M(\theta, \rho)\,\rho`, scaled by powers of two, and
    its decay is followed without end.

    Parameters
    ----------
    step, limit_set, parameters
        As in `transverse_exponents`; equations and V must be polynomials of the state.
    starts : array_like, shape (n_state, n)
        Starts, not on the set.
    steps : int
        How many iterations.

    Returns
    -------
    Running
        The exponents over 1, 2, ..., `steps` steps, and a status for each orbit.

    Raises
    ------
    InputError
        When a start is on the set or not finite, or V or an equation is no polynomial of the state.

    Examples
    --------
    >>> from edgestab.theory.models.catalogue import model
    >>> from edgestab.theory.symbols import ETA
    >>> quartic = model("quartic")
    >>> found = transverse_growth(quartic.own.step, quartic.minima[1], [[1.4], [0.7]], {ETA: 0.1}, 4000)
    >>> found.exponent[-1].round(3)
    array([-0.686])
    """
    if inputs.whole(steps, "steps") < 1:
        raise InputError(f"steps must be positive, got {steps}")
    x, at = _inputs(step, starts, parameters)
    programs = _programs(step, limit_set)
    if programs.factor is None:
        raise InputError(
            f"the equations of {limit_set.name!r} do not divide {step.name!r} with polynomial quotients: "
            "no exact growth is known"
        )
    k, advance = len(limit_set.system), step_program(step)
    constants = at[len(step.state) :]
    rho = np.array(reference.evaluate(programs.equations, at))
    _require((rho != 0).any(axis=0) & np.isfinite(rho).all(axis=0), f"is on the set {limit_set.name!r} or not finite")
    power = np.zeros(x.shape[1], np.int64)
    growth = np.empty((steps, x.shape[1]))
    with np.errstate(all="ignore"):
        begin = np.log(np.linalg.norm(rho, axis=0))
        for t in range(steps):
            actual = np.ldexp(rho, power)
            factor = _matrices(programs.factor, [*x, *actual, *constants], k, k)
            rho = np.einsum("cij,jc->ic", factor, rho)
            shift = np.frexp(np.abs(rho).max(axis=0))[1]
            rho = np.ldexp(rho, -shift)
            power += shift
            x = np.array(reference.evaluate(advance, [*x, *constants]))
            growth[t] = (np.log(np.linalg.norm(rho, axis=0)) + power * np.log(2) - begin) / (t + 1)
    bad = ~(np.isfinite(x).all(axis=0) & ~np.isnan(growth[-1]))
    return Running(growth, np.where(bad, Status.NONFINITE, Status.BOUNDED).astype(np.int8))


class _Programs(NamedTuple):
    equations: Program
    slopes: Program
    velocity: Program | None
    factor: Program | None


@functools.lru_cache(maxsize=128)
def _programs(step: StepMap, limit_set: LimitSet) -> _Programs:
    inputs = (*step.state, *step.parameters)
    equations = limit_set.system
    slopes = [sp.diff(e, s) for e in equations for s in step.state]
    v = velocity(step, limit_set)
    if v is not None:
        # A coordinate that does not move has no quotients.
        v = tuple(row or (sp.S.Zero,) * len(equations) for row in v)
    return _Programs(
        program_of(equations, inputs),
        program_of(slopes, inputs),
        None if v is None else program_of([entry for row in v for entry in row], inputs),
        None if v is None else _factor(step, equations, v),
    )


def _factor(step: StepMap, equations: tuple[sp.Expr, ...], v: tuple[tuple[sp.Expr, ...], ...]) -> Program | None:
    r"""M with :math:`\rho(\theta + V\rho) = M\rho`: the increment vanishes with rho, so it is divided by it."""
    carried = tuple(sp.Symbol(f"_rho{i}") for i in range(len(equations)))
    moved = {
        s: s + sp.Add(*(a * r for a, r in zip(row, carried, strict=True))) for s, row in zip(step.state, v, strict=True)
    }
    rows = []
    for i, equation in enumerate(equations):
        increment = equation.xreplace(moved) - equation
        if not increment.is_polynomial(*step.state, *carried):
            return None
        quotients, rest = sp.reduced(sp.expand(increment), carried, *carried)
        if sp.expand(rest) != 0:
            return None
        rows += [sp.Integer(i == j) + q for j, q in enumerate(quotients)]
    return program_of(rows, (*step.state, *carried, *step.parameters))


def _inputs(step: StepMap, points: ArrayLike, parameters: Mapping[Name, ArrayLike]) -> tuple[Array, list[Array]]:
    x = inputs.points(step.state, points, "points")
    values = inputs.parameters(step.parameters, parameters, x.shape[1], step.name).values()
    return x, [*x, *(np.broadcast_to(v, x.shape[1]) for v in values)]


def _matrices(program: Program, inputs: list[Array], rows: int, columns: int) -> Array:
    """The values of a program as one matrix for each point, shape (n_points, rows, columns)."""
    found: Array = np.stack(reference.evaluate(program, inputs), axis=-1).reshape(-1, rows, columns)
    return found


def _require(good: NDArray[np.bool_], complaint: str) -> None:
    if not good.all():
        raise InputError(f"point {int(np.argmin(good))} {complaint}")
