"""A central flow beside the optimizer it describes: losses, distances, and the eigenvalues held at the edge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from edgestab.figures.annotate import legend_above
from edgestab.figures.networks.scale import log_if_wide
from edgestab.figures.style import EDGE, EIGENVALUES, FLOW, ORBIT, PREDICTION, REFINED

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]
Series = Mapping[str, Array]

STEP = "steps after the edge"


def draw_losses(ax: Axes, series: Series, *, name: str = "GD", legend: bool = True) -> None:
    """Draw the optimizer's loss, raw and smoothed, the flow's loss and the mean it predicts, and the flow without edge.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    series : mapping
        Of the experiment on central flows: ``step``, ``loss``, ``smooth_loss``, ``central_loss``, ``predicted_loss``
        and ``flow_loss``.
    name : str
        What the optimizer is called.
    legend : bool
        Whether to put the legend above the axes. Without, its entries are there for a legend of the figure.
    """
    t = series["step"]
    flow = "gradient flow" if name == "GD" else "flow without an edge"
    for column, text, colour, style, width, order in (
        ("loss", name, ORBIT, "-", 0.6, 1),
        ("smooth_loss", f"{name}, mean over time", ORBIT, "-", 2.6, 2),
        ("predicted_loss", "its prediction", PREDICTION, "--", 1.5, 4),
        ("central_loss", "central flow", REFINED, "-", 1.3, 3),
        ("flow_loss", flow, FLOW, "-.", 1.4, 2.5),
    ):
        ax.plot(t, series[column], color=colour, ls=style, lw=width, zorder=order, label=text, gid=column)
    log_if_wide(ax, series["loss"], series["central_loss"], series["flow_loss"])
    _finish(ax, "loss", legend)


def draw_distances(ax: Axes, series: Series, *, name: str = "GD", legend: bool = True) -> None:
    """Draw how far the optimizer is from both flows; the columns are ``distance`` and ``flow_distance``."""
    flow = "gradient flow" if name == "GD" else "the flow without an edge"
    ax.plot(series["step"], series["flow_distance"], color=FLOW, ls="-.", label=f"from {flow}", gid="flow")
    ax.plot(series["step"], series["distance"], color=REFINED, label="from the central flow", gid="central")
    ax.set_ylim(bottom=0)
    _finish(ax, f"distance of {name}", legend)


def draw_eigenvalues(ax: Axes, series: Series, *, legend: bool = True) -> None:
    """Draw the central flow's top eigenvalues over the edge; the columns are ``eigenvalue_1``, ``eigenvalue_2``, ..."""
    # The flow holds the first eigenvalue at the edge, and both are to be seen.
    ax.axhline(1, color=EDGE, lw=0.9, ls="--", zorder=4, label="edge", gid="edge")
    k = 1
    while f"eigenvalue_{k}" in series:
        colour, width = EIGENVALUES[min(k, len(EIGENVALUES)) - 1], 3.2 if k == 1 else 1.6
        ax.plot(
            series["step"],
            series[f"eigenvalue_{k}"],
            color=colour,
            lw=width,
            label=rf"$\lambda_{k}$",
            gid=f"eigenvalue_{k}",
        )
        k += 1
    ax.set_ylim(0, max(1.08, ax.get_ylim()[1]))
    _finish(ax, "eigenvalue / edge", legend)


def _finish(ax: Axes, text: str, legend: bool) -> None:
    ax.set_xlabel(STEP)
    ax.set_ylabel(text)
    ax.margins(x=0)
    if legend:
        legend_above(ax)
