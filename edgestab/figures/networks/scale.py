"""When an axis of losses is logarithmic."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def log_if_wide(ax: Axes, *columns: NDArray[np.float64]) -> None:
    """Make the vertical axis logarithmic where the finite values are positive and span more than a decade."""
    values = np.concatenate([np.ravel(c) for c in columns])
    values = values[np.isfinite(values)]
    if values.size and values.min() > 0 and values.max() > 10 * values.min():
        ax.set_yscale("log")
