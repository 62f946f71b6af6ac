"""Pictures of two or more labels whose boundary has a known dimension, each in random position."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Labels = NDArray[np.int8]


def grid(size: int, generator: np.random.Generator) -> tuple[Array, Array]:
    """Pixel centres of a window of side 1 about the origin, turned by a random angle."""
    t = (np.arange(size) + 0.5) / size - 0.5
    angle = generator.uniform(0, 2 * np.pi)
    c, s = np.cos(angle), np.sin(angle)
    return c * t[None, :] - s * t[:, None], s * t[None, :] + c * t[:, None]


def line(size: int, generator: np.random.Generator) -> Labels:
    x, _ = grid(size, generator)
    return (x > generator.uniform(-0.2, 0.2)).astype(np.int8)


def circle(size: int, generator: np.random.Generator) -> Labels:
    x, y = grid(size, generator)
    cx, cy = generator.uniform(-0.15, 0.15, 2)
    return ((x - cx) ** 2 + (y - cy) ** 2 < generator.uniform(0.2, 0.35) ** 2).astype(np.int8)


def koch(size: int, generator: np.random.Generator) -> Labels:
    """A Koch snowflake, filled."""
    points = np.exp(-2j * np.pi * np.arange(4) / 3)
    for _ in range(7):
        a, third = points[:-1], np.diff(points) / 3
        corners = [a, a + third, a + third + third * np.exp(1j * np.pi / 3), a + 2 * third]
        points = np.append(np.stack(corners, 1).ravel(), points[-1])
    turn = np.exp(2j * np.pi * generator.random())
    shift = complex(*generator.uniform(0.45, 0.55, 2))
    return _filled(size, size * (points * generator.uniform(0.3, 0.45) * turn + shift))


def _filled(size: int, polygon: NDArray[np.complex128]) -> Labels:
    """The inside of a polygon in pixels, by the parity of crossings to the left of each pixel centre."""
    a, b = polygon[:-1], polygon[1:]
    first = np.ceil(np.minimum(a.imag, b.imag) - 0.5).astype(int)
    count = np.ceil(np.maximum(a.imag, b.imag) - 0.5).astype(int) - first
    edge = np.repeat(np.arange(len(a)), count)
    row = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count) + first[edge]
    x = a.real[edge] + (row + 0.5 - a.imag[edge]) * ((b - a).real / np.where(count > 0, (b - a).imag, 1))[edge]
    column = np.clip(np.ceil(x - 0.5), 0, size).astype(int)
    crossings = np.zeros((size, size + 1), np.int64)
    np.add.at(crossings, (row, column), 1)
    return (np.cumsum(crossings, 1)[:, :size] & 1).astype(np.int8)


def cantor_labels(x: Array) -> Labels:
    """The parity of the level at which x is removed from the middle-thirds Cantor set; its boundary is that set."""
    found = np.zeros(x.shape, np.int8)
    rest = x.copy()
    left = (x > 0) & (x < 1)
    for level in range(1, 34):
        rest = 3 * rest
        digit = np.floor(rest)
        rest -= digit
        gap = left & (digit == 1)
        found[gap] = 1 + level % 2
        left &= ~gap
    return found


def cantor(size: int, generator: np.random.Generator) -> Labels:
    """A Cantor set times an interval, turned."""
    x, _ = grid(size, generator)
    return cantor_labels((x + 0.5) * generator.uniform(0.7, 1) + generator.uniform(-0.1, 0.1))


def carpet(size: int, generator: np.random.Generator) -> Labels:
    """A part of a Sierpinski carpet, its holes labelled by the parity of their level."""
    x, y = grid(size, generator)
    scale = generator.uniform(0.3, 0.6)
    room = 0.5 - scale * np.sqrt(0.5)
    rest = [v * scale + 0.5 + generator.uniform(-room, room) for v in (x, y)]
    found, left = np.zeros(x.shape, np.int8), np.ones(x.shape, bool)
    for level in range(1, 20):
        hole = left.copy()
        for k in (0, 1):
            rest[k] = 3 * rest[k]
            digit = np.floor(rest[k])
            rest[k] = rest[k] - digit
            hole &= digit == 1
        found[hole] = 1 + level % 2
        left &= ~hole
    return found


def level_set(size: int, generator: np.random.Generator) -> Labels:
    """The sign of a fractional Gaussian field of Hurst exponent 0.4."""
    rows, columns = np.fft.fftfreq(2 * size)[:, None], np.fft.rfftfreq(2 * size)[None]
    k = np.hypot(rows, columns)
    k[0, 0] = np.inf
    noise = generator.standard_normal(k.shape) + 1j * generator.standard_normal(k.shape)
    field = np.fft.irfft2(noise * k**-1.4, (2 * size, 2 * size))[:size, :size]
    return (field > np.median(field)).astype(np.int8)


PICTURES: dict[str, tuple[Callable[[int, np.random.Generator], Labels], float]] = {
    "line": (line, 1.0),
    "circle": (circle, 1.0),
    "koch": (koch, np.log(4) / np.log(3)),
    "cantor": (cantor, 1 + np.log(2) / np.log(3)),
    "carpet": (carpet, np.log(8) / np.log(3)),
    "level-set": (level_set, 1.6),
}
"""For each picture how it is made and the dimension of its boundary."""
