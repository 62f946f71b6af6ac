"""Starts: boxes followed by mean-value forms until they are captured."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from edgestab.numerics.intervals.forms import mean_value
from edgestab.numerics.intervals.tape import evaluate
from edgestab.verify.certify.cells import Array, Judge
from edgestab.verify.certify.contraction import distances, floors, inner, inverses
from edgestab.verify.certify.tube import Tube

MOST_STEPS = 200
"""How far a box is followed before it is cut."""


def starts(tube: Tube) -> Judge:
    """Return the judge of boxes of starts in (x, b, eps): a leaf is the number of steps until a box is captured."""

    def judge(lower: Array, upper: Array) -> tuple[Sequence[str | None], Array]:
        leaves: list[str | None] = [None] * lower.shape[1]
        excess = np.full(lower.shape[1], np.inf)
        alive = np.arange(lower.shape[1])
        low, high = lower.copy(), upper.copy()
        for k in range(MOST_STEPS + 1):
            ratio = _capture(tube, low, high)
            excess[alive] = np.minimum(excess[alive], ratio - 1)
            for n in alive[ratio <= 1]:
                leaves[n] = str(k)
            stay = ~(ratio <= 1)
            alive, low, high = alive[stay], low[:, stay], high[:, stay]
            if not alive.size:
                break
            multiplier = evaluate(tube.step, low, high)
            moved = mean_value(tube.step, low, high, [0, 1])
            # b does not become 0; and about b = 0 a box would only grow.
            stay = ((multiplier[1][1] < 0) | (multiplier[0][1] > 0)) & ((low[1] > 0) | (high[1] < 0))
            stay &= low[1] > float(tube.form.above)
            stay &= moved[1][3] - moved[0][3] < float(tube.strip[1] - tube.strip[0])
            low, high = (np.vstack([m[2:4], e[2:]]) for m, e in ((moved[0], low), (moved[1], high)))
            alive, low, high = alive[stay], low[:, stay], high[:, stay]
        return leaves, excess

    return judge


def _capture(tube: Tube, lower: Array, upper: Array) -> Array:
    """Upper bounds of |delta| over h exp(rate (x - f0 - f1 eps)/eps); infinite outside the strip."""
    _, ceiling = inner((Fraction(0), tube.ceiling))
    bottom, top = inner(tube.strip)
    inside = (
        (lower[0] >= floors(tube, lower[2], upper[2])[1])
        & (upper[0] <= ceiling)
        & (lower[1] >= bottom)
        & (upper[1] <= top)
    )
    delta, inverse = distances(tube, lower, upper), inverses(lower[2], upper[2])
    ends = [np.vstack([e[0], e[2], inverse[k], delta[k]]) for k, e in enumerate((lower, upper))]
    low, high = evaluate(tube.captured, *ends)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(inside & (low[1] > 0), np.nextafter(high[0] / low[1], np.inf), np.inf)
