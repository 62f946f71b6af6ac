"""An observation: statistics of runs of networks or of arrays, and the values they must have."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from edgestab.errors import InputError
from edgestab.theory.effort import EFFORTS
from edgestab.theory.part import Part


@dataclass(frozen=True)
class Bound:
    """Between which values a statistic must lie.

    Parameters
    ----------
    statistic : str
        Its name among the experiment's statistics.
    words : str
        What it is.
    low, high : Rational, optional
        The values allowed, ends included.

    Raises
    ------
    InputError
        When nothing is bounded, or nothing is allowed.
    """

    statistic: str
    words: str
    low: sp.Rational | None = None
    high: sp.Rational | None = None

    def __post_init__(self) -> None:
        """Refuse a bound that any value, or none, meets."""
        if self.low is None and self.high is None:
            raise InputError(f"{self.statistic}: give low, high or both")
        if self.low is not None and self.high is not None and not self.low <= self.high:
            raise InputError(f"{self.statistic}: low = {self.low} exceeds high = {self.high}")

    def margin(self, value: float) -> float:
        """Return how far inside the bounds a value lies; negative outside, -inf when it is not a number.

        Examples
        --------
        >>> Bound("s", "S eta/2", sp.Rational(98, 100), sp.Rational(103, 100)).margin(1.0)
        0.02...
        """
        if value != value:
            return float("-inf")
        ends = ([] if self.low is None else [value - float(self.low)]) + (
            [] if self.high is None else [float(self.high) - value]
        )
        return min(ends)

    @property
    def interval(self) -> str:
        """The bounds in words.

        Examples
        --------
        >>> Bound("s", "a slope", high=sp.Rational(3, 2)).interval
        'at most 1.5'
        """
        low, high = (None if end is None else f"{float(end):.4g}" for end in (self.low, self.high))
        if low is None:
            return f"at most {high}"
        return f"at least {low}" if high is None else f"in [{low}, {high}]"


@dataclass(frozen=True)
class Observation(Part):
    """A statement about runs, of networks or of arrays: true of these seeds, and of nothing else.

    Parameters
    ----------
    name : str
        What is observed.
    experiment : str
        The key of the experiment that makes the runs (`edgestab.numerics.networks.experiments`, or, on arrays and
        without torch, `edgestab.numerics.matrices.experiments`).
    networks : str
        Which networks or models, data and step sizes; part of every sentence about it.
    bounds : tuple of Bound
        The conclusion.
    settings : tuple of (str, value)
        What the experiment is given besides the seed.
    provided : tuple of Bound
        The hypotheses. A seed that does not meet them is left out and counted.
    seeds : tuple of int
        How many seeds at quick, standard and deep effort; with 0 it is not run.
    first : int
        The first seed. Where settings were chosen by looking at some seeds, the claim is held against others.
    at_least : Rational
        The fraction of the seeds on which the conclusion must hold.
    """

    experiment: str
    networks: str
    bounds: tuple[Bound, ...]
    settings: tuple[tuple[str, int | str | sp.Rational], ...] = ()
    provided: tuple[Bound, ...] = ()
    seeds: tuple[int, ...] = tuple(e.seeds for e in EFFORTS.values())
    at_least: sp.Rational = sp.S.One
    first: int = 0

    def count(self, effort: str) -> int:
        """Return how many seeds are run at an effort."""
        return self.seeds[list(EFFORTS).index(effort)]

    def runs_at(self, effort: str) -> bool:
        """Whether any seed is run at an effort."""
        return self.count(effort) > 0


def between(statistic: str, words: str, low: str | None = None, high: str | None = None) -> Bound:
    """Return a bound from decimals, which are exact.

    Examples
    --------
    >>> between("slope", "the slope", "1.9", "2.1").interval
    'in [1.9, 2.1]'
    """
    return Bound(
        statistic,
        words,
        None if low is None else sp.Rational(low),
        None if high is None else sp.Rational(high),
    )
