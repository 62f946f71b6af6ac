"""The direction in which a quadratic form is largest, in rational numbers: it shows that a sharpness is large."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

DENOMINATOR = 10**9
"""The largest denominator of an entry: the form is second-order flat about its largest direction."""


def steepest(entries: Sequence[float]) -> list[str]:
    """Return the direction of the largest eigenvalue of a symmetric matrix, given row by row.

    Examples
    --------
    >>> steepest([1.0, 0.0, 0.0, 3.0])
    ['0', '1']
    """
    n = round(len(entries) ** 0.5)
    direction = np.linalg.eigh(np.array(entries, float).reshape(n, n))[1][:, -1]
    largest = direction[np.argmax(abs(direction))]
    return [str(Fraction(float(x)).limit_denominator(DENOMINATOR)) for x in direction / largest]
