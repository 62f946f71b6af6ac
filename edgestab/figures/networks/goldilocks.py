r"""Step sizes and where they lead: validation accuracy and final sharpness, on both sides of 2/S_0."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgestab.figures.annotate import legend_above
from edgestab.figures.style import EDGE, GREEN, GREY, GUIDE, SHARPNESS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]


def draw_accuracy(ax: Axes, eta: ArrayLike, accuracy: ArrayLike, start: float, *, legend: bool = True) -> None:
    r"""Draw the validation accuracy at the end against the step size, with :math:`2/S_0` marked.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    eta : array_like
        Step sizes, shape (n,).
    accuracy : array_like
        Shape (n,), or (n, seeds); NaN where a run diverged.
    start : float
        :math:`S_0`, the sharpness at the start, or its mean over the seeds.
    legend : bool
        Whether to put the legend above the axes. Without, its entries are there for a legend of the figure.
    """
    _draw(ax, eta, accuracy, start, GREEN, "accuracy")
    ax.set_ylabel("validation accuracy")
    if legend:
        legend_above(ax)


def draw_final_sharpness(ax: Axes, eta: ArrayLike, sharpness: ArrayLike, start: float, *, legend: bool = True) -> None:
    r"""Draw the sharpness at the end against the step size, with :math:`2/\eta`; shapes as in `draw_accuracy`."""
    sizes = np.asarray(eta, dtype=float)
    order = np.sort(sizes)
    ax.plot(order, 2 / order, color=EDGE, lw=1.0, ls="--", zorder=1, label=r"$2/\eta$", gid="edge")
    _draw(ax, sizes, sharpness, start, SHARPNESS, "sharpness")
    ax.set_yscale("log")
    ax.set_ylabel("sharpness at the end")
    if legend:
        legend_above(ax)


def _draw(ax: Axes, eta: ArrayLike, values: ArrayLike, start: float, colour: str, text: str) -> None:
    sizes = np.asarray(eta, dtype=float)
    columns = np.asarray(values, dtype=float).reshape(sizes.size, -1)
    order = np.argsort(sizes)
    sizes, columns = sizes[order], columns[order]
    rows = np.isfinite(columns).any(axis=1)
    middle = np.full(sizes.size, np.nan)
    middle[rows] = np.nanmedian(columns[rows], axis=1)
    if columns.shape[1] > 1:
        ax.plot(np.repeat(sizes, columns.shape[1]), columns.ravel(), "o", ms=2.6, mew=0, alpha=0.5, color=colour,
                label="one seed", gid="seeds")  # fmt: skip
        text = f"median {text}"
    ax.plot(sizes, middle, "o-", ms=4, color=colour, label=text, gid="values")
    lost = sizes[~rows]
    if lost.size:
        ax.plot(lost, np.full(lost.size, 0.03), "x", ms=5, mew=1.0, color=GREY, transform=ax.get_xaxis_transform(),
                label="diverged", gid="diverged")  # fmt: skip
    ax.axvline(2 / start, color=GUIDE, lw=1.0, ls="-.", zorder=0, label=r"$\eta = 2/S_0$", gid="start")
    ax.set_xscale("log")
    ax.set_xlabel(r"step size $\eta$")
