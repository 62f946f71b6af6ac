"""Where networks land below the edge: the gap that was predicted against the one found, run by run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from edgestab.figures.annotate import legend_above
from edgestab.figures.style import BLACK, GUIDE, PREDICTION, REFINED

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]


def draw_landing(
    ax: Axes, found: Array, law: Array, reduced: Array, small: NDArray[np.bool_], *, legend: bool = True
) -> None:
    r"""Draw predictions of 2/eta - S at the end against what was found, and the diagonal.

    Parameters
    ----------
    ax : Axes
        Where to draw, on logarithmic scales.
    found : ndarray, shape (n,)
        The gap of each run, positive: over S or not.
    law, reduced : ndarray, shape (n,)
        What G/(2C) and the reduced map predict of it; what is not positive is left out.
    small : ndarray of bool, shape (n,)
        Where the terms of the law are small.
    legend : bool
        Whether to put the legend above the axes.
    """
    every = np.concatenate([found, law, reduced])
    ends = np.array([every[every > 0].min() / 1.3, every[every > 0].max() * 1.3])
    ax.loglog(ends, ends, color=GUIDE, lw=0.9, label="found = predicted", gid="diagonal", zorder=1)
    layers = (
        (law, small, "o", PREDICTION, r"$G/(2C)$, its terms small", "law"),
        (law, ~small, "s", "none", r"$G/(2C)$, its terms not small", "law outside"),
        (reduced, ~small, "x", REFINED, "reduced map, there", "reduced"),
    )
    for values, where, marker, face, label, name in layers:
        kept = where & (values > 0) & (found > 0)
        cross = marker == "x"
        ax.plot(
            values[kept],
            found[kept],
            marker,
            ms=5,
            color=REFINED if cross else PREDICTION,
            mfc=REFINED if cross else face,
            mec=REFINED if cross else BLACK if face != "none" else PREDICTION,
            mew=0.4 if face == PREDICTION else 1.2,
            ls="none",
            label=label,
            gid=name,
            zorder=3 if face != "none" else 2,
        )
    ax.set_xlim(*ends)
    ax.set_ylim(*ends)
    ax.set_aspect("equal")
    ax.set_xlabel(r"predicted, $(2/\eta - S)/S$")
    ax.set_ylabel(r"found, $(2/\eta - S)/S$")
    if legend:
        legend_above(ax)
