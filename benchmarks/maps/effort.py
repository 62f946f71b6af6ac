"""How long to measure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Effort:
    """How much is measured.

    Parameters
    ----------
    rounds : int
        Pairs of samples for each contender.
    seconds : float
        Time for each contender, and as much again for ours beside it.
    sizes : tuple of int
        Sides of the pictures that are computed both whole and refined, in pixels.
    long_sizes : tuple of int
        Sides of the pictures that are computed refined alone.
    windows : int
        Random windows of each plane.
    """

    rounds: int
    seconds: float
    sizes: tuple[int, ...]
    long_sizes: tuple[int, ...]
    windows: int


FULL = Effort(11, 1.0, (512, 1024, 2048, 4096), (256, 512, 1024, 2048, 4096, 8192), 25)
QUICK = Effort(3, 0.1, (256, 512), (256, 512), 2)
