"""A late trajectory in the plane of its swing and its drift, and the parabola fitted to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from edgestab.figures.annotate import legend_above
from edgestab.figures.style import BLACK, MINIMA, ORBIT, PREDICTION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]


def draw_plane(ax: Axes, series: Mapping[str, Array], *, legend: bool = True) -> None:
    """Draw the two sides of a trajectory that bounces, the fitted parabola, and where it ends.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    series : mapping
        Of the experiments on the parabola: the swings ``x`` and the drift ``z``, shape (n,), and where it was fitted
        the curve ``fit_x``, ``fit_z``.
    legend : bool
        Whether to put the legend above the axes. Without, its entries are there for a legend of the figure.
    """
    x, z = series["x"], series["z"]
    both = np.column_stack([x, -x]).ravel(), np.repeat(z, 2)
    ax.plot(*both, color=ORBIT, lw=0.4, alpha=0.3, zorder=1, gid="bounces")
    ax.plot(*both, "o", color=ORBIT, ms=2.6, mew=0, zorder=2, label=r"GD, midpoint $\pm$ swing", gid="GD")
    if "fit_x" in series:
        ax.plot(
            series["fit_x"],
            series["fit_z"],
            color=PREDICTION,
            lw=1.4,
            ls="--",
            zorder=3,
            label="parabola, fitted",
            gid="fit",
        )
    ax.plot(0.0, z[-1], "*", ms=11, color=MINIMA, mec=BLACK, mew=0.5, ls="none", zorder=4, label="end", gid="end")
    reach = 1.08 * float(np.abs(x).max())
    ax.set_xlim(-reach, reach)
    ax.set_xlabel("along the swing")
    ax.set_ylabel("along the drift")
    if legend:
        legend_above(ax)
