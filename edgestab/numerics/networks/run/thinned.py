"""A record of training, thinned to what a page can hold: columns, angles of the top eigenvector, a plane path."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from edgestab.numerics.networks.run.columns import EIGENVECTOR_STEP, PARAMETER_STEP, STEP

Array = NDArray[np.float64]

MOST_ROWS = 1500
"""Rows of a column that are kept."""

MOST_POINTS = 400
"""Points of a path, and angles."""


@dataclass(frozen=True)
class Along:
    """Values at some steps of a run.

    Parameters
    ----------
    steps : ndarray, shape (n,)
        The steps.
    values : ndarray, shape (n,) or (n, 2)
        What is measured there.
    """

    steps: NDArray[np.int64]
    values: Array


def stride(count: int, most: int) -> int:
    """Return every how many of `count` rows one is kept: an odd number, which does not hide what changes every step.

    Examples
    --------
    >>> stride(1000, 1500), stride(3000, 1500), stride(3001, 1500)
    (1, 3, 3)
    """
    every = max(1, -(-count // most))
    return every if every % 2 or every == 1 else every + 1


def column(run: xr.Dataset, name: str, most: int = MOST_ROWS) -> Along:
    """Return a variable along the steps of a run, thinned."""
    every = stride(run.sizes[STEP], most)
    part = run[name].isel({STEP: slice(None, None, every)})
    return Along(np.asarray(part[STEP].values, dtype=np.int64), np.asarray(part.values, dtype=np.float64))


def angles(run: xr.Dataset) -> Along:
    """Return the angle in degrees between the top eigenvector and its first, at the steps where they were recorded."""
    every = stride(run.sizes[EIGENVECTOR_STEP], MOST_POINTS)
    part = run["eigenvectors"].isel({EIGENVECTOR_STEP: slice(None, None, every), "k": 0})
    vectors = np.asarray(part.values, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        cosines = np.abs(vectors @ vectors[0]) / (np.linalg.norm(vectors, axis=1) * np.linalg.norm(vectors[0]))
    return Along(
        np.asarray(part[EIGENVECTOR_STEP].values, dtype=np.int64), np.degrees(np.arccos(np.minimum(cosines, 1)))
    )


def path(run: xr.Dataset) -> tuple[Along, float]:
    """Return the parameters in the plane of their first two principal components, and its share of the variance."""
    every = stride(run.sizes[PARAMETER_STEP], MOST_POINTS)
    part = run["parameters"].isel({PARAMETER_STEP: slice(None, None, every)})
    points = np.asarray(part.values, dtype=np.float64)
    points = points[: int(np.isfinite(points).all(axis=1).argmin()) or len(points)]
    steps = np.asarray(part[PARAMETER_STEP].values, dtype=np.int64)[: len(points)]
    centred = points - points.mean(axis=0)
    values, vectors = np.linalg.eigh(centred @ centred.T)
    kept = np.maximum(values[-2:][::-1], 0.0)
    plane = np.zeros((len(points), 2))
    plane[:, : kept.size] = vectors[:, -2:][:, ::-1] * np.sqrt(kept)
    total = float(np.maximum(values, 0.0).sum())
    return Along(steps, plane), float(kept.sum()) / total if total else 1.0
