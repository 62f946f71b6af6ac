"""Which sections there are, and how many seconds each may take."""

from __future__ import annotations

from dataclasses import dataclass

TOTAL = 510.0
"""Seconds of everything: nine minutes, less half a minute to end what overran and to write."""


@dataclass(frozen=True)
class Section:
    """A part of the work, done by a process of its own.

    Parameters
    ----------
    name : str
        As the files call it.
    seconds : float
        The most it may take; it then ends with what it has.
    needs : tuple of str
        Modules without which it is left out.
    """

    name: str
    seconds: float
    needs: tuple[str, ...] = ("torch", "numpy")


SECTIONS = (
    Section("tests", 120.0, ("torch", "numpy", "pytest", "hypothesis")),
    Section("steps", 110.0),
    Section("sweeps", 50.0),
    Section("tracking", 120.0),
    Section("launches", 110.0),
)
"""In this order. What one leaves of its time is not the next one's: the sum is at most `TOTAL`."""
