"""Estimates with confidence intervals, and the jackknife over parts of a picture."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from edgestab.errors import InputError
from edgestab.numerics import inputs

Array = NDArray[np.float64]

PARTS = 8
"""A picture is summed over PARTS x PARTS sub-rectangles before it is jackknifed."""


@dataclass(frozen=True)
class Estimate:
    """A number with its confidence interval.

    Parameters
    ----------
    value : float
        The estimate.
    standard_error : float
        Its standard error.
    low, high : float
        The confidence interval.
    level : float
        The interval's nominal coverage, strictly between 0 and 1.
    """

    value: float
    standard_error: float
    low: float
    high: float
    level: float

    def __post_init__(self) -> None:
        require_level(self.level)


def require_level(level: float) -> None:
    """Refuse a coverage that is not strictly between 0 and 1."""
    inputs.require_finite(level, "level")
    if not 0 < level < 1:
        raise InputError(f"level must be strictly between 0 and 1, got {level}")


def picture_of(labels: ArrayLike) -> NDArray[Any]:
    """Return a picture of integer labels, shape (height, width).

    Raises
    ------
    InputError
        For anything else.
    """
    try:
        picture = np.asarray(labels)
    except ValueError:
        raise InputError("labels must be a 2-D array of integers, got rows of unequal length") from None
    if picture.ndim != 2 or picture.dtype.kind not in "iub":
        raise InputError(f"labels must be a 2-D array of integers, got {picture.ndim}-D of {picture.dtype}")
    return picture


def estimate(value: float, parts: Sequence[tuple[float, float]], level: float) -> Estimate:
    """Return an estimate whose variance is the sum of independently estimated parts.

    The interval is Student's, with the degrees of freedom of Welch and Satterthwaite, at least 1.

    Parameters
    ----------
    value : float
        The number.
    parts : sequence of (variance, degrees of freedom)
        The parts of its variance; a known variance has infinitely many degrees of freedom.
    level : float
        Coverage.

    Examples
    --------
    >>> e = estimate(1.0, [(0.01, float("inf"))], 0.95)
    >>> round(e.low, 3), round(e.high, 3)
    (0.804, 1.196)
    """
    require_level(level)
    variance = sum(v for v, _ in parts)
    error = float(np.sqrt(variance))
    if not (np.isfinite(variance) and variance > 0):
        return Estimate(value, error, value - error, value + error, level)
    inverse = sum((v / variance) ** 2 / f for v, f in parts)
    freedom = max(1 / inverse, 1.0) if inverse > 0 else np.inf
    half = float(stats.t.ppf((1 + level) / 2, freedom)) * error
    return Estimate(value, error, value - half, value + half, level)


def block_sums(values: NDArray[Any], low: tuple[int, int], high: tuple[int, int]) -> Array:
    """Sum a picture over PARTS x PARTS sub-rectangles of the window [low, high).

    What lies outside the window belongs to the nearest sub-rectangle, so that nothing is lost.

    Examples
    --------
    >>> float(block_sums(np.ones((10, 16)), (0, 0), (10, 16)).sum())
    160.0
    """
    rows, columns = (
        [0, *(b + (t - b) * k // PARTS for k in range(1, PARTS)), size]
        for b, t, size in zip(low, high, values.shape, strict=True)
    )
    total = np.count_nonzero if values.dtype == bool else np.sum
    return np.array(
        [
            [float(total(values[r0:r1, c0:c1])) for c0, c1 in itertools.pairwise(columns)]
            for r0, r1 in itertools.pairwise(rows)
        ]
    )


def jackknife(
    statistic: Callable[[Array], Array], blocks: Array, usable: tuple[bool, bool] = (True, True)
) -> tuple[float, float]:
    """Return the variance of a statistic of a picture by the delete-one jackknife, and its degrees of freedom.

    Three partitions are tried, into 4 x 4 rectangles and into PARTS columns and PARTS rows, and the largest
    variance counts: in a striped picture the rectangles along a stripe are copies of one another, and the
    rectangles alone would see far too little variation (Künsch 1989 on dependent data).

    Parameters
    ----------
    statistic : callable
        From sums of shape (..., n) to n values, one for each picture.
    blocks : ndarray, shape (..., PARTS, PARTS)
        Sums over sub-rectangles.
    usable : tuple of bool
        Whether to cut across the rows, and across the columns.

    Returns
    -------
    tuple of float
        An infinite variance where every partition has a part without which the statistic is not finite.
    """
    found = []
    for parts in _partitions(blocks, usable):
        count = parts.shape[-1]
        without = statistic(parts.sum(-1, keepdims=True) - parts)
        if np.isfinite(without).all():
            found.append(((count - 1) / count * float(((without - without.mean()) ** 2).sum()), count - 1.0))
    return max(found, default=(np.inf, 1.0))


def _partitions(blocks: Array, usable: tuple[bool, bool]) -> Iterator[Array]:
    shape = blocks.shape[:-2]
    if all(usable):
        yield blocks.reshape(*shape, 4, PARTS // 4, 4, PARTS // 4).sum((-3, -1)).reshape(*shape, 16)
    for axis, cut in zip((-1, -2), usable, strict=True):
        if cut:
            yield blocks.sum(axis)
