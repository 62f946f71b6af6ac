"""What a run of an experiment gives."""

from __future__ import annotations

from collections.abc import Iterable
from math import nan

from edgestab.numerics.experiment import ExperimentResult as ExperimentResult


def without_edge(names: Iterable[str], **known: float) -> ExperimentResult:
    """Return what a run gave that never came to the edge: numbers that are none, and what says so.

    Claims that take the edge as a hypothesis leave the run out by what is known. Those that do not let `reach_edge`
    raise, and count the run.

    Examples
    --------
    >>> without_edge(("growth",), reached=0.0).statistics
    {'growth': nan, 'reached': 0.0}
    """
    return ExperimentResult(dict.fromkeys(names, nan) | known)
