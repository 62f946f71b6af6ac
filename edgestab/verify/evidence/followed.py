"""The orbits that a sample followed, for figures; and a start at which a conclusion fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edgestab.theory.statement import OrbitStatement


@dataclass(frozen=True)
class Counterexample:
    """A start at which the conclusion fails, confirmed in ball arithmetic.

    Parameters
    ----------
    point : mapping
        The exact step size and the exact region variables, as fractions in text.
    detail : str
        What ball arithmetic enclosed, at how many bits.
    """

    point: Mapping[str, str]
    detail: str


@dataclass(frozen=True)
class Followed:
    """A statement without unspecified constants, and the orbits followed for it.

    Parameters
    ----------
    statement : OrbitStatement
        The statement.
    series : mapping
        Columns: step sizes, gaps, starts, outcomes.
    worst : mapping
        The start of least margin.
    counterexample : Counterexample, optional
        A confirmed failure.
    constant : str
        The value of the constant that was put in, in words.
    """

    statement: OrbitStatement
    series: Mapping[str, Any]
    worst: Mapping[str, float]
    counterexample: Counterexample | None = None
    constant: str = ""
