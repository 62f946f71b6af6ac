"""Runs of the toy of two parameters: the angle of the top eigenvector, loss and sharpness against the steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from edgestab.figures.style import CYCLE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Series = Mapping[str, NDArray[np.float64]]

ROWS = (("angle", "angle (degrees)"), ("loss", "loss"), ("sharpness", "sharpness"))
"""What is drawn in which row, and its label."""


def draw_runs(axes: Sequence[Axes], runs: Mapping[str, Series]) -> None:
    """Draw ``angle``, ``loss`` and ``sharpness`` against ``step``, one row each, and ``edge`` as a dashed line."""
    for ax, (quantity, label) in zip(axes, ROWS, strict=True):
        for k, (name, run) in enumerate(runs.items()):
            ax.plot(run["step"], run[quantity], color=CYCLE[k], lw=1.1, label=name, gid=f"{quantity} {name}")
            if quantity == "sharpness":
                ax.plot(run["step"], run["edge"], color=CYCLE[k], lw=0.9, ls="--", gid=f"edge {name}")
        ax.set_ylabel(label)
        ax.margins(x=0)
    axes[1].set_yscale("log")
    axes[-1].set_xlabel("step")
