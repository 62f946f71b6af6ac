"""How eigenvectors turn: the angles between the top eigenvectors of any two steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from edgestab.errors import InputError
from edgestab.figures.annotate import legend_above
from edgestab.figures.style import VERMILLION

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_rotation(
    ax: Axes, steps: ArrayLike, cosines: ArrayLike, *, crossing: float | None = None, legend: bool = True
) -> None:
    r"""Draw \|cos\| of the angle between the eigenvectors u(s) and u(t) as a heat map.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    steps : array_like
        The steps, shape (n,), ascending.
    cosines : array_like
        Shape (n, n), between -1 and 1.
    crossing : float, optional
        The step at which the sharpness reaches the edge.
    legend : bool
        Whether to put the legend above the axes.
    """
    t, values = np.asarray(steps, dtype=float), np.abs(np.asarray(cosines, dtype=float))
    if values.shape != (t.size, t.size) or t.size < 2:
        raise InputError(f"{t.size} steps need a square of as many cosines, at least 2, got shape {values.shape}")
    edges = np.concatenate([[1.5 * t[0] - 0.5 * t[1]], (t[:-1] + t[1:]) / 2, [1.5 * t[-1] - 0.5 * t[-2]]])
    image = ax.pcolormesh(edges, edges, values, cmap="cividis", vmin=0, vmax=1, rasterized=True, gid="cosines")
    bar = ax.figure.colorbar(image, ax=ax, label=r"$|\cos\angle(u(s), u(t))|$", pad=0.02, aspect=24)
    bar.set_ticks([0, 0.25, 0.5, 0.75, 1])
    bar.outline.set_linewidth(0.5)
    if crossing is not None:
        for line, text in ((ax.axvline, "the sharpness reaches the edge"), (ax.axhline, None)):
            line(crossing, color=VERMILLION, lw=0.9, ls="--", gid="crossing", label=text)
    ax.set_aspect("equal")
    ax.set_xlabel("step $s$")
    ax.set_ylabel("step $t$")
    if legend:
        legend_above(ax)
