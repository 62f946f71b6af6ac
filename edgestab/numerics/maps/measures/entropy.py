r"""Basin entropy: how uncertain the outcome is in a small box of starts.

In a box whose labels have the shares :math:`p_1, p_2, \dots` the Gibbs entropy is :math:`S = -\sum_j p_j \log p_j`. Its
mean over all boxes is the basin entropy :math:`S_b`, over the boxes with more than one label the boundary basin entropy
:math:`S_{bb}` (Daza, Wagemakers, Georgeot, Guery-Odelin & Sanjuan 2016, Scientific Reports 6:31416).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import log
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgestab.errors import InputError
from edgestab.numerics import inputs
from edgestab.numerics.maps.measures.estimate import (
    Estimate,
    block_sums,
    estimate,
    jackknife,
    picture_of,
    require_level,
)

Array = NDArray[np.float64]

_BAND = 1 << 20


class Mixture(NamedTuple):
    """How many boxes hold exactly `labels` different labels, and the sum of their entropies."""

    labels: int
    boxes: int
    entropy: float


@dataclass(frozen=True)
class Entropy:
    """The basin entropy of a picture and of its boundary.

    Parameters
    ----------
    basin : Estimate
        S_b, in nats.
    boundary : Estimate or None
        S_bb, in nats; None where no box holds two labels.
    table : tuple of Mixture
        The boxes by their number of labels.
    """

    basin: Estimate
    boundary: Estimate | None
    table: tuple[Mixture, ...]

    @property
    def sentence(self) -> str:
        """The entropies and the criterion, in words."""
        b, e = self.basin, self.boundary
        if e is None:
            return "basin entropy 0: no box holds two labels"
        return (
            f"basin entropy {b.value:.4g} [{b.low:.4g}, {b.high:.4g}], boundary basin entropy {e.value:.4g} "
            f"[{e.low:.4g}, {e.high:.4g}] at {e.level:.0%}: {'above' if self.exceeds_log2 else 'not above'} log 2"
        )

    @property
    def exceeds_log2(self) -> bool:
        r"""Whether :math:`S_{bb} > \log 2`: sufficient for a fractal boundary, not necessary.

        Where boundaries are smooth nearly all boxes hold two labels, and two labels have an entropy of log 2 at
        most; so a picture of two labels never meets the criterion. Compare ``boundary.low`` with log 2 to be sure
        of it at the level of the interval.
        """
        return self.boundary is not None and self.boundary.value > log(2)


def basin_entropy(labels: ArrayLike, box: int = 5, *, level: float = 0.95) -> Entropy:
    """Return the basin entropy of a picture of labels.

    The standard errors are those of the jackknife over parts of the picture
    (`edgestab.numerics.maps.measures.estimate.jackknife`): neighbouring boxes are not independent, so the scatter of
    single boxes says nothing about the error of their mean. Structure as large as the picture itself shows in none of
    its parts: as a statement about other windows an interval is then too narrow (85 percent instead of 95 for the
    basin entropy of random fields correlated across the picture).

    Parameters
    ----------
    labels : array_like of int or bool, shape (height, width)
        Equal labels are the same outcome; undecided is an outcome too.
    box : int
        Side of the boxes in pixels, at least 2. Rows and columns that fill no box are left out.
    level : float
        Coverage of the confidence intervals. One is infinitely wide where too few parts of the picture hold a boundary.

    Raises
    ------
    InputError
        When the picture is less than 8 boxes high or wide.

    Examples
    --------
    >>> y, x = np.mgrid[:80, :80]
    >>> found = basin_entropy((x // 2) % 2, box=4)
    >>> round(found.basin.value, 4), round(found.boundary.value, 4), found.exceeds_log2
    (0.6931, 0.6931, False)
    """
    picture = picture_of(labels)
    if inputs.whole(box, "box") < 2:
        raise InputError(f"box must be at least 2 pixels, got {box}")
    require_level(level)
    height, width = (n // box for n in picture.shape)
    if min(height, width) < 8:
        raise InputError(f"the picture must be at least {8 * box} pixels high and wide, got {picture.shape}")
    bands = list(_bands(picture[: height * box, : width * box], box))
    entropy, distinct = (np.concatenate([b[k] for b in bands]) for k in (0, 1))
    window = (0, 0), (height, width)
    sums = np.array([block_sums(v, *window) for v in (entropy, np.ones_like(entropy), (distinct > 1).astype(float))])
    table = tuple(
        Mixture(int(k), int((distinct == k).sum()), float(entropy[distinct == k].sum())) for k in np.unique(distinct)
    )
    boundary = _ratio(sums[[0, 2]], level) if distinct.max() > 1 else None
    return Entropy(_ratio(sums[:2], level), boundary, table)


def _ratio(sums: Array, level: float) -> Estimate:
    """The ratio of two sums over the picture."""

    def ratio(parts: Array) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            found: Array = parts[0] / parts[1]
        return found

    return estimate(float(ratio(sums.sum((1, 2)))), [jackknife(ratio, sums)], level)


def _bands(picture: NDArray[Any], box: int) -> Iterator[tuple[Array, NDArray[np.int64]]]:
    """Entropy and number of labels of every box, a band of rows of boxes at a time."""
    height, width = picture.shape[0] // box, picture.shape[1] // box
    rows = max(_BAND // (width * box * box), 1)
    for first in range(0, height, rows):
        band = picture[first * box : (first + rows) * box]
        boxes = band.reshape(-1, box, width, box).transpose(0, 2, 1, 3).reshape(-1, box * box)
        mixed = np.flatnonzero((boxes != boxes[:, :1]).any(axis=1))
        entropy, distinct = np.zeros(len(boxes)), np.ones(len(boxes), np.int64)
        if mixed.size:
            entropy[mixed], distinct[mixed] = _entropies(np.sort(boxes[mixed], axis=1))
        yield entropy.reshape(-1, width), distinct.reshape(-1, width)


def _entropies(ordered: NDArray[Any]) -> tuple[Array, NDArray[np.int64]]:
    """Entropy and number of different values of every row of sorted values."""
    n, size = ordered.shape
    starts = np.ones((n, size), bool)
    starts[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    begin = np.flatnonzero(starts)
    share = np.diff(begin, append=n * size) / size
    entropy: Array = np.bincount(begin // size, -share * np.log(share), minlength=n).astype(np.float64)
    return entropy, starts.sum(axis=1, dtype=np.int64)
