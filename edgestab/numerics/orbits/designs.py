"""Designs: where in the unit cube to sample, spread evenly or crowded towards its boundary."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def stratified(count: int, dimension: int, seed: int, part: slice | None = None) -> Array:
    """Return a scrambled Sobol design, shape (count, dimension), in the open unit cube, or a part of its points.

    Examples
    --------
    >>> stratified(8, 2, seed=0).shape
    (8, 2)
    """
    if dimension == 0:
        return np.zeros((count, 0))
    low, high, _ = (part or slice(None)).indices(count)
    from scipy.stats import qmc  # not above: it takes a fifth of a second, and proofs need none

    design = qmc.Sobol(dimension, seed=seed)
    if low:
        points = design.fast_forward(low).random(high - low)
    else:
        points = design.random_base2(max(int(np.ceil(np.log2(max(high, 2)))), 1))[:high]
    clipped: Array = np.clip(points, 2.0**-40, 1 - 2.0**-40)
    return clipped


def boundary_seeking(count: int, dimension: int, seed: int) -> Array:
    """Return a design whose points each lie close to a face of the unit cube, or to an edge or a corner.

    For each point a random non-empty set of coordinates is pushed towards 0 or 1, to a distance that is
    log-uniform between 1e-9 and 1e-1: theorems fail first at the edges of their hypotheses.
    """
    points = stratified(count, dimension, seed)
    if dimension == 0:
        return points
    generator = np.random.default_rng([seed, 1])
    pushed = generator.random(points.shape) < 0.5
    pushed[np.arange(count), generator.integers(dimension, size=count)] = True
    distance = 10.0 ** generator.uniform(-9, -1, points.shape)
    side = generator.random(points.shape) < 0.5
    return np.where(pushed, np.where(side, distance, 1 - distance), points)


def avoiding(points: Array, excluded: float) -> Array:
    """Return one coordinate's points crowded, in part, about an excluded value strictly inside (0, 1).

    A random quarter of the points is moved to a log-uniform distance from the excluded value on its own side,
    so that the neighbourhood of a set of measure zero is seen at every scale. (Not every fourth: in a Sobol
    design the index decides the place.)
    """
    moved = points.copy()
    chosen = np.random.default_rng(points.size).random(points.size) < 0.25
    side = np.sign(points - excluded)
    room = np.where(side < 0, excluded, 1 - excluded)
    moved[chosen] = (excluded + side * room * 10.0 ** (-12 * points))[chosen]
    return np.clip(moved, 2.0**-60, 1 - 2.0**-53)
