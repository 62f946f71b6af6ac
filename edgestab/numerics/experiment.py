"""What a run of an experiment gives, on networks or on arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

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


Experiment = Callable[..., ExperimentResult]
"""Takes `seed` and its settings as keywords."""
