r"""The coupling of Damian et al. (2023) on random quartics: GD against constrained trajectory plus predicted dynamics.

With theta-dagger the constrained trajectory, :math:`v = \theta - \theta^\dagger`, :math:`x = u\cdot v` and
:math:`y = \nabla S^\perp\cdot v`, the predicted displacement follows

.. math:: v^* \leftarrow v^* - \eta\left[\tfrac12(x^2 - \delta^2)\nabla S^\perp + \nabla^2L\,v^* + xy\,u\right],

and theory says :math:`|v - v^*| = O(\epsilon\delta)` over :math:`O(1/\epsilon)` steps: order :math:`\epsilon^2` where
delta is proportional to :math:`\epsilon = \eta\sup\sqrt\alpha`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from edgestab.errors import InputError
from edgestab.numerics.networks.experiments.quartics import Derivatives, Quartics, random_quartics
from edgestab.numerics.networks.experiments.result import ExperimentResult

Array = NDArray[np.float64]

EDGE = 2.0
"""The units of `random_quartics` make eta = 1."""

FAR = 10.0
"""Beyond it, in units of the length over which the sharpness changes by as much as 1/eta, nothing is local."""


@dataclass(frozen=True)
class Centre:
    r"""A batch of losses at points of the stable set.

    Parameters
    ----------
    w, u, normal : ndarray
        The points, the top eigenvectors and :math:`\nabla S^\perp`, shape (m, d).
    slope : ndarray
        :math:`u\cdot\nabla S`, shape (m,).
    sharpness, second, alpha, beta : ndarray
        S, the second eigenvalue, alpha and beta, shape (m,).
    at : Derivatives
        The loss and its derivatives.
    """

    w: Array
    u: Array
    normal: Array
    slope: Array
    sharpness: Array
    second: Array
    alpha: Array
    beta: Array
    at: Derivatives


def centre(quartics: Quartics, w: Array, u: Array) -> Centre:
    """Return the curvature at w, each eigenvector on the side of `u`; w and u have shape (m, d)."""
    at = quartics.at(w)
    values, vectors = np.linalg.eigh(at.hessian)
    top = vectors[:, :, -1]
    top = np.where(_dot(top, u)[:, None] < 0, -top, top)
    gradient = np.einsum("mijk,mj,mk->mi", at.third, top, top)
    slope = _dot(gradient, top)
    normal = gradient - slope[:, None] * top
    alpha, beta = -_dot(at.gradient, normal), _dot(normal, normal)
    return Centre(w, top, normal, slope, values[:, -1], values[:, -2], alpha, beta, at)


def project(quartics: Quartics, w: Array, u: Array, *, rounds: int = 3) -> Centre:
    r"""Return the points of :math:`\{S \le 2/\eta,\ u\cdot\nabla L = 0\}` near w, by Newton steps on both."""
    for _ in range(rounds):
        here = centre(quartics, w, u)
        tilt = _dot(here.u, here.at.gradient) / here.sharpness
        excess = np.maximum(here.sharpness - here.slope * tilt - EDGE, 0) / here.beta
        w, u = w - excess[:, None] * here.normal - tilt[:, None] * here.u, here.u
    return centre(quartics, w, u)


def predicted_step(here: Centre, v: Array) -> Array:
    """Return the predicted displacement one step later, shape (m, d)."""
    x, y = _dot(here.u, v), _dot(here.normal, v)
    pull = (x**2 - 2 * here.alpha / here.beta) / 2
    Hv = np.einsum("mij,mj->mi", here.at.hessian, v)
    return np.asarray(v - pull[:, None] * here.normal - Hv - (x * y)[:, None] * here.u)


def coupling(
    *,
    seed: int,
    dimension: int = 3,
    across: str = "none",
    least: float = 1e-3,
    most: float = 3e-2,
    scales: int = 6,
    horizon: float = 4.0,
    start: float = 0.5,
) -> ExperimentResult:
    r"""Measure the order in epsilon of the error of the predicted dynamics on one random quartic.

    Parameters
    ----------
    seed, dimension, across
        See `edgestab.numerics.networks.experiments.quartics.random_quartics`.
    least, most, scales : float, float, int
        The scales s, spaced evenly in their logarithm.
    horizon : float
        Steps in units of 1/s.
    start : float
        x at the start in units of delta.

    Returns
    -------
    ExperimentResult
        Statistics: ``slope`` of log sup |v - v*| against log epsilon; ``sharpness_slope`` and ``loss_slope`` of the
        errors of :math:`S(\theta) = 2/\eta + \nabla S\cdot v^*` and of
        :math:`L(\theta) = L(\theta^\dagger) + x^{*2}/\eta`; ``error_low`` and ``error_high``, the range of
        sup |v - v*|/(epsilon delta) over the scales; ``relative_error``, the largest sup |v - v*|/sup |v|; and whether
        the hypotheses held: ``alpha_low`` (the least alpha/s^2) and ``second`` (the largest second eigenvalue times
        eta/2). Series: epsilon, delta, and the suprema error, sharpness_error, loss_error at each scale.

    Raises
    ------
    InputError
        For a setting that `random_quartics` refuses, or when an orbit escapes.
    """
    s = np.geomspace(least, most, scales)
    errors = follow(random_quartics(seed, dimension, s, across=across), np.rint(horizon / s).astype(int), start)
    rate = errors.displacement / (errors.epsilon * errors.delta)
    return ExperimentResult(
        {
            "slope": _slope(errors.epsilon, errors.displacement),
            "sharpness_slope": _slope(errors.epsilon, errors.sharpness),
            "loss_slope": _slope(errors.epsilon, errors.loss),
            "error_low": float(rate.min()),
            "error_high": float(rate.max()),
            "relative_error": float((errors.displacement / errors.size).max()),
            "alpha_low": float((errors.alpha_low / s**2).min()),
            "second": float(errors.second.max()) / EDGE,
        },
        {
            "epsilon": errors.epsilon,
            "delta": errors.delta,
            "error": errors.displacement,
            "sharpness_error": errors.sharpness,
            "loss_error": errors.loss,
        },
    )


@dataclass(frozen=True)
class Errors:
    """Suprema over a run for each polynomial, all of shape (m,).

    Parameters
    ----------
    epsilon, delta : ndarray
        sup eta sqrt(alpha) and sup delta.
    displacement, size : ndarray
        sup |v - v*| and sup |v|.
    sharpness, loss : ndarray
        How far both lay from what was predicted of them.
    alpha_low, second : ndarray
        The least alpha and the largest second eigenvalue along the constrained trajectory.
    """

    epsilon: Array
    delta: Array
    displacement: Array
    size: Array
    sharpness: Array
    loss: Array
    alpha_low: Array
    second: Array


def follow(quartics: Quartics, steps: NDArray[np.int_], start: float) -> Errors:
    """Follow GD, the constrained trajectory and the predicted dynamics from the origin, kicked by `start` delta.

    Parameters
    ----------
    quartics : Quartics
        Their origin is in the stable set.
    steps : ndarray
        How far to follow each, shape (m,), in descending order.
    start : float
        The displacement along u at the start in units of delta.
    """
    m, d = quartics.g.shape
    if (np.diff(steps) > 0).any():
        raise InputError("the polynomials must come in descending order of their steps")
    first = np.zeros((m, d))
    first[:, 0] = 1
    here = centre(quartics, np.zeros((m, d)), first)
    v = start * np.sqrt(2 * here.alpha / here.beta)[:, None] * here.u
    w = here.w + v
    worst = np.zeros((8, m))
    worst[6] = np.inf
    for t in range(int(steps.max()) + 1):
        n = int((steps >= t).sum())
        if n < len(v):
            quartics, w, v = quartics.take(slice(n)), w[:n], v[:n]
            here = _take(here, n)
        x = _dot(here.u, v)
        at = quartics.at(w)
        top = np.linalg.eigvalsh(at.hessian)[:, -1]
        foretold = EDGE + _dot(here.normal, v) + here.slope * x
        seen = (
            np.sqrt(np.maximum(here.alpha, 0)),
            np.sqrt(np.maximum(2 * here.alpha / here.beta, 0)),
            np.linalg.norm(w - here.w - v, axis=1),
            np.linalg.norm(w - here.w, axis=1),
            np.abs(top - foretold),
            np.abs(at.loss - here.at.loss - x**2),
            here.alpha,
            here.second,
        )
        for k, values in enumerate(seen):
            worst[k, :n] = (np.minimum if k == 6 else np.maximum)(worst[k, :n], values)
        v = predicted_step(here, v)
        w = w - at.gradient
        if not np.abs(w).max() < FAR:
            raise InputError("an orbit left the neighbourhood of the edge: choose smaller scales or a shorter horizon")
        here = project(quartics, here.w - here.at.gradient, here.u)
    return Errors(*worst)


def _take(here: Centre, n: int) -> Centre:
    at = Derivatives(*(a[:n] for a in (here.at.loss, here.at.gradient, here.at.hessian, here.at.third)))
    parts = {name: getattr(here, name)[:n] for name in Centre.__dataclass_fields__ if name != "at"}
    return replace(here, **parts, at=at)


def _dot(a: Array, b: Array) -> Array:
    return np.asarray((a * b).sum(axis=1))


def _slope(epsilon: Array, error: Array) -> float:
    return float(np.polyfit(np.log(epsilon), np.log(error), 1)[0])
