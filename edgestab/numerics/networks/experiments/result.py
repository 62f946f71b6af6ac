"""What a run of an experiment gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import nan

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class ExperimentResult:
    """What one run of an experiment gave.

    Parameters
    ----------
    statistics : mapping
        Numbers by name.
    series : mapping
        Columns for figures, by name.
    """

    statistics: Mapping[str, float]
    series: Mapping[str, NDArray[np.float64]] = field(default_factory=dict, repr=False, compare=False)


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
