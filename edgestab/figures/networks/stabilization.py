"""Self-stabilization: gradient descent about the constrained trajectory, and what is predicted of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from edgestab.figures.annotate import legend_above
from edgestab.figures.style import CONSTRAINED, FLOW, GUIDE, ORBIT, PREDICTION, REFINED

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]
Series = Mapping[str, Array]

STEP = "steps after the edge"

_PREDICTIONS = (("predicted", "predicted", PREDICTION, "--"), ("generalised", "generalised", REFINED, "-."))


def draw_displacement(ax: Axes, series: Series, *, legend: bool = True) -> None:
    r"""Draw \|x\| along the top eigenvector, its predictions, and delta, about which it oscillates.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    series : mapping
        Of the experiment on self-stabilization: ``x``, ``predicted_x``, ``generalised_x`` and ``delta_squared``.
    legend : bool
        Whether to put the legend above the axes. Without, its entries are there for a legend of the figure.
    """
    ax.plot(np.abs(series["x"]), color=ORBIT, lw=1.6, label="GD", gid="GD")
    for name, text, colour, style in _PREDICTIONS:
        ax.plot(np.abs(series[f"{name}_x"]), color=colour, ls=style, lw=1.2, label=text, gid=text)
    delta = np.sqrt(np.where(series["delta_squared"] >= 0, series["delta_squared"], np.nan))
    ax.plot(delta, color=GUIDE, lw=1.0, ls=":", label=r"$\delta$", gid="delta")
    ax.set_ylim(bottom=0)
    _finish(ax, "$|x|$", legend)


def draw_excess(ax: Axes, series: Series, *, legend: bool = True) -> None:
    r"""Draw :math:`y = \nabla S^\perp\cdot v` and its predictions.

    The columns are ``y``, ``predicted_y`` and ``generalised_y``.
    """
    ax.axhline(0, color=GUIDE, lw=0.7, zorder=1, gid="zero")
    ax.plot(series["y"], color=ORBIT, lw=1.6, label="GD", gid="GD")
    for name, text, colour, style in _PREDICTIONS:
        ax.plot(series[f"{name}_y"], color=colour, ls=style, lw=1.2, label=text, gid=text)
    _finish(ax, r"$y \approx S - 2/\eta$", legend)


def draw_distances(ax: Axes, series: Series, *, legend: bool = True) -> None:
    """Draw how far gradient descent is from the constrained trajectory and from gradient flow.

    The columns are ``distance`` and, where the flow was followed, ``flow_distance``.
    """
    if "flow_distance" in series:
        ax.plot(series["flow_distance"], color=FLOW, lw=1.6, label="from gradient flow", gid="flow")
    ax.plot(series["distance"], color=CONSTRAINED, lw=1.8, label="from the constrained trajectory", gid="constrained")
    ax.set_ylim(bottom=0)
    _finish(ax, "distance of GD", legend)


def _finish(ax: Axes, text: str, legend: bool) -> None:
    ax.set_xlabel(STEP)
    ax.set_ylabel(text)
    ax.margins(x=0)
    if legend:
        legend_above(ax)
