"""The contraction of V on a batch of cells: factored where the curve is near, direct where it is far."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from edgestab.numerics.intervals.forms import mean_value
from edgestab.numerics.intervals.tape import evaluate
from edgestab.verify.certify.cells import Array, Judge
from edgestab.verify.certify.tube import Tube

Enclosure = tuple[Array, Array]
"""Lower and upper ends, rows of values by columns of cells."""

PIECES = 4
"""Into how many parts an interval is cut over which a mean is enclosed; a power of two, by which division is exact."""


def contraction(tube: Tube) -> Judge:
    """Return the judge of cells in (x, b, eps)."""
    bottom, top = inner(tube.strip)
    rate = math.nextafter(float(tube.rate), math.inf)  # a larger one is harder to prove

    def judge(lower: Array, upper: Array) -> tuple[Sequence[str | None], Array]:
        above = upper[0] > floors(tube, lower[2], upper[2])[0]
        low, high = evaluate(tube.step, lower, upper)
        stays = (low[0] > 0) & (high[1] < 0) & (low[3] >= bottom) & (high[3] <= top)
        centre = mean_value(tube.centre, lower[1:], upper[1:], [0])
        bounded = (lower[0] >= 0) | (centre[0][1] >= 0)  # Y >= 0: below the edge it bounds the tube from below
        stays &= bounded
        x = centre[0][0], centre[1][0]
        sides = _factored_sides(tube, (lower, upper), x, (low[0], high[0]), rate * above)
        near = stays & (sides <= 0).all(axis=0)
        leaves: list[str | None] = [None] * near.size
        for k in np.flatnonzero(near):
            leaves[k] = f"F {_relaxed(sides[0, k])}"
        excess = np.where(stays, sides.max(axis=0), np.inf)
        far = np.flatnonzero(~near)
        if far.size:
            near_x = x[0][far], x[1][far]
            outside, ratio = _directly(tube, (lower[:, far], upper[:, far]), near_x, rate * above[far])
            ratio[~stays[far]] = np.inf
            excess[far] = np.where(np.isfinite(ratio), np.minimum(excess[far], ratio - 1), excess[far])
            for k, out, r in zip(far, outside & bounded[far] & ~above[far], ratio, strict=True):
                if out:
                    leaves[k] = "O"
                elif r < 1:
                    leaves[k] = f"D {Fraction(math.ceil(50 * (1 + r)), 100)}"
        return leaves, excess

    return judge


def inner(interval: tuple[Fraction, Fraction]) -> tuple[float, float]:
    """Return doubles inside an interval of fractions."""
    return math.nextafter(float(interval[0]), math.inf), math.nextafter(float(interval[1]), -math.inf)


def floors(tube: Tube, lower: Array, upper: Array) -> Enclosure:
    """Enclose f0 + f1 eps."""
    f0, f1 = map(float, tube.floor)
    ulps = 4 * np.finfo(float).eps
    return (f0 + f1 * lower) * (1 - ulps), (f0 + f1 * upper) * (1 + ulps)


def inverses(lower: Array, upper: Array) -> Enclosure:
    """Enclose 1/eps for eps > 0 in intervals whose lower end may be 0."""
    with np.errstate(divide="ignore"):
        return np.nextafter(1 / upper, 0), np.nextafter(np.where(lower > 0, 1 / lower, np.inf), np.inf)


def distances(tube: Tube, lower: Array, upper: Array) -> Enclosure:
    """Enclose delta = x - X(b) on cells in (x, b, eps)."""
    centre = mean_value(tube.centre, lower[1:], upper[1:], [0])
    return _less((lower[0], upper[0]), (centre[0][0], centre[1][0]))


def _less(a: Enclosure, b: Enclosure) -> Enclosure:
    """Enclose a - b."""
    return np.nextafter(a[0] - b[1], -np.inf), np.nextafter(a[1] - b[0], np.inf)


def _factored_sides(tube: Tube, box: Enclosure, centre: Enclosure, drift: Enclosure, rate: Array) -> Array:
    """Upper bounds of the left sides of the factored inequalities, the second less 2."""
    lower, upper = box
    delta = _less((lower[0], upper[0]), centre)
    slope = _mean_slope(tube, centre, box)
    inverse = inverses(lower[2], upper[2])
    defect = _defect(tube, lower[1:], upper[1:], inverse)
    rising = (lower[0] >= 0).astype(float), (upper[0] > 0).astype(float)
    ends = [
        np.vstack([box[k][:2], inverse[k], drift[k], delta[k], slope[k], defect[k], rising[k], rate]) for k in (0, 1)
    ]
    return evaluate(tube.factored, *ends)[1]


def _mean_slope(tube: Tube, centre: Enclosure, box: Enclosure) -> Enclosure:
    """Enclose B, the mean of dTheta/dx between X(b) and x: the mean of its enclosures over equal parts of the way."""
    (lower, upper), ends = box, np.arange(PIECES + 1)[:, None] / PIECES
    low = _between(centre[0], lower[0], ends, -np.inf)
    high = _between(centre[1], upper[0], ends, np.inf)
    start, end = np.minimum(low[:-1], low[1:]), np.maximum(high[:-1], high[1:])
    slopes = evaluate(
        tube.slope, *(np.vstack([e.ravel(), np.tile(k[1:], PIECES)]) for e, k in ((start, lower), (end, upper)))
    )
    return _mean(slopes[0]), _mean(slopes[1], np.inf)


def _between(a: Array, b: Array, t: Array, towards: float) -> Array:
    """The points a + t (b - a), t with few binary digits, rounded in one direction."""
    with np.errstate(invalid="ignore"):  # 0 times infinity: nothing is known
        return np.asarray(np.nextafter(np.nextafter((1 - t) * a, towards) + np.nextafter(t * b, towards), towards))


def _mean(values: Array, towards: float = -np.inf) -> Array:
    """The mean over the parts, rounded in one direction."""
    total = np.zeros(values.size // PIECES)
    for part in values.reshape(PIECES, -1):
        total = np.nextafter(total + part, towards)
    return total / PIECES


def _defect(tube: Tube, lower: Array, upper: Array, inverse: Enclosure) -> Enclosure:
    """Enclose A on cells in (b, eps): Theta over eps, and where Theta vanishes at eps = 0 its mean slope from there."""
    low, high = mean_value(tube.defect, lower, upper, [0, 1])
    size = np.nextafter(np.maximum(np.abs(low[0]), np.abs(high[0])) * inverse[1], np.inf)
    if tube.form.frozen is None:
        return -size, size
    ends = np.arange(PIECES + 1)[:, None] / PIECES
    start, end = np.nextafter(lower[1] * ends[:-1], 0), np.nextafter(upper[1] * ends[1:], np.inf)
    slopes = mean_value(
        tube.defect_slope,
        np.vstack([np.tile(lower[0], PIECES), start.ravel()]),
        np.vstack([np.tile(upper[0], PIECES), end.ravel()]),
        [0, 1],
    )
    # F is the 2-cycle where edge and image are the positive roots they stand for.
    branch = (evaluate(tube.branch, lower[:1], upper[:1])[0] > 0).all(axis=0)
    below, above = np.where(branch, _mean(slopes[0]), -np.inf), np.where(branch, _mean(slopes[1], np.inf), np.inf)
    return np.maximum(below, -size), np.minimum(above, size)


def _directly(tube: Tube, box: Enclosure, centre: Enclosure, rate: Array) -> tuple[NDArray[np.bool_], Array]:
    """Which cells are outside the tube; and upper bounds of |delta'| over what is allowed."""
    lower, upper = box
    delta = _less((lower[0], upper[0]), centre)
    size = evaluate(tube.outside, *(np.vstack([box[k][0], box[k][2], delta[k]]) for k in (0, 1)))
    drift = evaluate(tube.step, lower, upper)
    after = mean_value(tube.distance, lower, upper, [0, 1])
    ends = [np.vstack([box[k], drift[k][0], delta[k], after[k][0], drift[k][2], rate]) for k in (0, 1)]
    low, high = evaluate(tube.direct, *ends)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(low[1] > 0, np.nextafter(high[0] / low[1], np.inf), np.inf)
    return size[0][0] > size[1][1], ratio


def _relaxed(side: float) -> Fraction:
    """A bound that leaves room for wider arithmetic."""
    return Fraction(f"{side / 2:.2g}") if side < -1e-12 else Fraction(0)
