"""Adversarial doubles and intervals: every magnitude, and the ends at which rounding changes its ways."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

MOST = np.finfo(np.float64).max
NORMAL = np.finfo(np.float64).tiny
LEAST = 5e-324


def _with_neighbours(values: Array) -> Array:
    with np.errstate(over="ignore", under="ignore"):
        both = np.concatenate([values, np.nextafter(values, 0), np.nextafter(values, np.inf)])
    return np.concatenate([both, -both])


SPECIAL = np.concatenate(
    [
        _with_neighbours(np.array([0.0, LEAST, NORMAL, 1.0, 3.0, 1e-160, 1e160, np.sqrt(MOST), 745.2, 709.79, MOST])),
        _with_neighbours(
            2.0 ** np.array([-1073, -1023, -1021, -969, -968, -537, -53, -52, -1, 1, 52, 53, 511, 970, 1023])
        ),
    ]
)
"""Where the inflation, an underflow, an overflow or a binade begins, and the doubles beside."""


def doubles(count: int, generator: np.random.Generator) -> Array:
    """Doubles without NaN: of every exponent, of moderate size, small integers and special ones, a quarter each."""
    kind = generator.integers(0, 4, count)
    bits = generator.integers(0, 2**64, count, dtype=np.uint64).view(np.float64)
    everywhere = np.where(np.isfinite(bits), bits, generator.choice([-np.inf, np.inf], count))
    moderate = generator.normal(size=count) * 2.0 ** generator.integers(-12, 12, count)
    integers = generator.integers(-4, 5, count).astype(float)
    special = generator.choice(SPECIAL, count)
    return np.choose(kind, [everywhere, moderate, integers, special])


def intervals(count: int, generator: np.random.Generator) -> tuple[Array, Array]:
    """Intervals without NaN: points, one and a few units wide, half-lines, the line, symmetric and arbitrary ones."""
    a, b = doubles(count, generator), doubles(count, generator)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        other = np.choose(
            generator.integers(0, 7, count),
            [a, np.nextafter(a, np.inf), a * (1 + 2.0**-48), -a, b, b, generator.choice([-np.inf, 0.0, np.inf], count)],
        )
    # No real number lies in [inf, inf].
    lower, upper = np.minimum(a, other), np.maximum(a, other)
    return np.where(lower == np.inf, MOST, lower), np.where(upper == -np.inf, -MOST, upper)


def points_of(lower: Array, upper: Array, generator: np.random.Generator) -> Array:
    """A finite point of every interval: one of its ends for two thirds, else one inside."""
    low, high = np.maximum(lower, -MOST), np.minimum(upper, MOST)
    share = generator.random(low.size)
    inside = np.clip(low * (1 - share) + high * share, low, high)
    inside = np.where((low < 0) & (high > 0) & (share < 0.2), 0.0, inside)
    return np.choose(generator.integers(0, 3, low.size), [low, high, inside])
