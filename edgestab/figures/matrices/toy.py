"""Runs of the toy of two parameters: the angle of the top eigenvector, loss and sharpness against the steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from edgestab.figures.style import BLUE, CYCLE, EDGE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Series = Mapping[str, NDArray[np.float64]]

ROWS = (("angle", "angle (degrees)"), ("loss", "loss"), ("sharpness", "sharpness"))
"""What is drawn in which row, and its label."""


def draw_row(
    ax: Axes, run: Series, quantity: str = "angle", name: str = "run", colour: str = BLUE, edge: str = r"$2/\eta$"
) -> None:
    """Draw one of these of a run against ``step``; with the sharpness ``edge``, 2/eta, a dashed line of that name."""
    ax.plot(run["step"], run[quantity], color=colour, lw=1.1, label=name, gid=f"{quantity} {name}")
    if quantity == "sharpness":
        ax.plot(run["step"], run["edge"], color=colour, lw=0.9, ls="--", label=edge, gid=f"edge {name}")
    if quantity == "loss":
        ax.set_yscale("log")
    ax.set_ylabel(dict(ROWS)[quantity])
    ax.set_xlabel("step")
    ax.margins(x=0)


def draw_runs(axes: Sequence[Axes], runs: Mapping[str, Series]) -> None:
    """Draw angle, loss and sharpness of several runs, one row each."""
    for ax, (quantity, _) in zip(axes, ROWS, strict=True):
        for k, (name, run) in enumerate(runs.items()):
            draw_row(ax, run, quantity, name, CYCLE[k], edge="")
        if ax is not axes[-1]:
            ax.set_xlabel("")
    axes[-1].plot([], [], color=EDGE, lw=0.9, ls="--", label=r"$2/\eta$ of each")
