"""Experiments: from settings and a seed to statistics of runs of networks; claims say what the statistics must be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module

from numpy.typing import NDArray


@dataclass(frozen=True)
class Measured:
    """What one run of an experiment gave.

    Parameters
    ----------
    statistics : mapping
        Numbers by name.
    series : mapping
        Columns for figures, by name.
    """

    statistics: Mapping[str, float]
    series: Mapping[str, NDArray] = field(default_factory=dict, repr=False, compare=False)


Experiment = Callable[..., Measured]
"""Takes `seed` and its settings as keywords."""
