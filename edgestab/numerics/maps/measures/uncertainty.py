r"""The uncertainty exponent: how fast the uncertain part of a window shrinks with the error of a start.

The part f(eps) of points that have another outcome within a distance eps falls as :math:`f \propto \epsilon^\alpha`,
and the boundary of the basins has the dimension :math:`D = 2 - \alpha` (McDonald, Grebogi, Ott & Yorke 1985,
"Fractal basin boundaries", Physica D 17). With :math:`\alpha = 0.1` a thousandfold better knowledge of the start
halves the uncertainty. Unlike a count of boxes on a picture this looks at distances far below a pixel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from edgestab.errors import InputError
from edgestab.numerics import inputs
from edgestab.numerics.maps.measures.estimate import Estimate, estimate, require_level

Array = NDArray[np.float64]

UNDECIDED = -1
"""The label of a point whose outcome is not known."""

_POWER_LAW = 0.5
_DOUBT = 0.05
_NEIGHBOURS = np.array([[0, 1, -1, 0, 0], [0, 0, 0, 1, -1]])


class Uncertain(NamedTuple):
    """One distance: of `decided` points `uncertain` have a neighbour of another label, `excluded` are left out.

    `fitted` is the expected number of uncertain points, not a number at a distance that was not fitted.
    """

    epsilon: float
    decided: int
    excluded: int
    uncertain: int
    fitted: float


@dataclass(frozen=True)
class Uncertainty(Estimate):
    """An uncertainty exponent.

    Parameters
    ----------
    table : tuple of Uncertain
        Every distance.
    p_value : float
        The probability of a fit as bad as this or worse, were the power law exact.
    """

    table: tuple[Uncertain, ...]
    p_value: float

    @property
    def dimension(self) -> Estimate:
        """The dimension of the boundary, 2 - alpha."""
        return Estimate(2 - self.value, self.standard_error, 2 - self.high, 2 - self.low, self.level)

    @property
    def sentence(self) -> str:
        """The exponent, the dimension and how well the power law fits, in words."""
        rejected = "" if self.p_value >= _DOUBT else f"; the power law is not exact (p = {self.p_value:.1g})"
        return (
            f"uncertainty exponent {self.value:.4g} [{self.low:.4g}, {self.high:.4g}] at {self.level:.0%}, "
            f"boundary dimension {2 - self.value:.4g}{rejected}"
        )

    @property
    def excluded(self) -> int:
        """How many points were left out because they or a neighbour were undecided."""
        return sum(row.excluded for row in self.table)


def uncertainty_exponent(
    label_of: Callable[[Array], NDArray[Any]],
    window: ArrayLike,
    *,
    epsilons: Sequence[float],
    pairs: int,
    seed: int,
    level: float = 0.95,
) -> Uncertainty:
    r"""Return the uncertainty exponent of a labelling of the plane.

    At every eps fresh points are drawn, so that the numbers of uncertain ones are independent binomials. Log f is
    fitted to log eps by weighted least squares with weights :math:`n f/(1-f)`, f being the fit itself (the
    maximum of the binomial likelihood, to which a distance without a single uncertain point contributes as well).
    Pearson's chi-square gives the p-value. Where the fit is rejected at 5 percent, as the log-periodic wobble of a
    self-similar set will be by enough points, the variance is multiplied by chi-square per degree of freedom and
    Student's quantile is taken; otherwise the binomial errors are the errors.

    Parameters
    ----------
    label_of : callable
        From points, shape (2, n), to integer labels, shape (n,); -1 for undecided. Called once for each eps, with
        5 `pairs` points, some of them up to eps outside the window.
    window : array_like, shape (2, 2)
        The low corner and the high corner.
    epsilons : sequence of float
        Distances in units of the window's sides, each between 0 and 1/2; at least three different ones. A point
        is compared with its two neighbours along each side.
    pairs : int
        Points drawn at each distance. One is left out, and counted, when its own label or that of a neighbour is
        undecided; as undecided points crowd at boundaries, many of them make f too small at small eps.
    seed : int
        Seed of the points.
    level : float
        Coverage of the confidence interval.

    Raises
    ------
    InputError
        When fewer than three distances have an f of at most 1/2 (above, f saturates and follows no power law),
        or fewer than two of these any uncertain point.

    Examples
    --------
    >>> found = uncertainty_exponent(
    ...     lambda p: p[0] > p[1], [[0, 0], [1, 1]], epsilons=[0.1, 0.03, 0.01, 0.003], pairs=4000, seed=1
    ... )
    >>> found.low < 1 < found.high, found.excluded
    (True, 0)
    """
    require_level(level)
    corners, distances = inputs.numbers(window, "window"), inputs.numbers(list(epsilons), "epsilons").tolist()
    if corners.shape != (2, 2) or not np.isfinite(corners).all() or not (corners[1] > corners[0]).all():
        raise InputError("window must be a low corner and a high corner, each of two numbers")
    if len(set(distances)) < 3 or not all(0 < e < 0.5 for e in distances):
        raise InputError("epsilons must be at least three different distances between 0 and 1/2")
    inputs.whole(seed, "seed", 0)
    if inputs.whole(pairs, "pairs") < 1:
        raise InputError(f"pairs must be positive, got {pairs}")
    rows = [_row(label_of, corners, e, pairs, np.random.default_rng([seed, k])) for k, e in enumerate(distances)]
    used = [k for k, row in enumerate(rows) if row.decided and row.uncertain <= _POWER_LAW * row.decided]
    if len({rows[k].epsilon for k in used}) < 3:
        raise InputError("most points are uncertain at all but at most two distances: take smaller epsilons")
    if sum(rows[k].uncertain > 0 for k in used) < 2:
        raise InputError("hardly any point is uncertain: take larger epsilons, more pairs or another window")
    return _fitted(rows, used, level)


def _row(
    label_of: Callable[[Array], NDArray[Any]],
    corners: Array,
    epsilon: float,
    pairs: int,
    generator: np.random.Generator,
) -> Uncertain:
    side = (corners[1] - corners[0])[:, None]
    points = corners[0][:, None] + side * generator.random((2, pairs))
    shifted = points[:, None, :] + (epsilon * side * _NEIGHBOURS)[:, :, None]
    labels = np.asarray(label_of(shifted.reshape(2, -1)))
    if labels.shape != (5 * pairs,):
        raise InputError(f"label_of must give one label for each of {5 * pairs} points, got shape {labels.shape}")
    if labels.dtype.kind not in "iub":
        raise InputError(f"label_of must give integers, got {labels.dtype}")
    labels = labels.reshape(5, pairs)
    decided = (labels != UNDECIDED).all(axis=0)
    uncertain = decided & (labels[1:] != labels[0]).any(axis=0)
    count = int(decided.sum())
    return Uncertain(float(epsilon), count, pairs - count, int(uncertain.sum()), float("nan"))


def _fitted(rows: list[Uncertain], used: list[int], level: float) -> Uncertainty:
    n, k, eps = np.array([(rows[i].decided, rows[i].uncertain, rows[i].epsilon) for i in used], dtype=np.float64).T
    x = np.log(eps)
    design = np.array([np.ones_like(x), x]).T
    beta, covariance = _binomial_fit(design, n, k)
    mean = np.exp(design @ beta)
    chi2 = float(((k - n * mean) ** 2 / (n * mean * (1 - mean))).sum())
    freedom = len(used) - 2
    p_value = float(stats.chi2.sf(chi2, freedom))
    variance = float(covariance[1, 1])
    part = (variance * chi2 / freedom, float(freedom)) if p_value < _DOUBT else (variance, np.inf)
    e = estimate(float(beta[1]), [part], level)
    table = list(rows)
    for i, expected in zip(used, (n * mean).tolist(), strict=True):
        table[i] = rows[i]._replace(fitted=expected)
    return Uncertainty(e.value, e.standard_error, e.low, e.high, level, tuple(table), p_value)


def _binomial_fit(design: Array, n: Array, k: Array) -> tuple[Array, Array]:
    """Fit log f by iterated weighted least squares; the coefficients and their covariance."""
    y = np.log((k + 0.5) / (n + 1))
    weights = k + 0.5
    beta: Array = np.zeros(2)
    for _ in range(100):
        information = (design.T * weights) @ design
        beta = np.asarray(np.linalg.solve(information, (design.T * weights) @ y), dtype=np.float64)
        # A trial fit may pass 1, where a probability cannot follow.
        mean = np.minimum(np.exp(design @ beta), 0.99)
        weights = n * mean / (1 - mean)
        update = design @ beta + (k - n * mean) / (n * mean)
        if np.abs(update - y).max() < 1e-12:
            break
        y = update
    covariance = np.asarray(np.linalg.inv((design.T * weights) @ design), dtype=np.float64)
    return beta, covariance
