"""A training run: its loss and its sharpness against steps, with the edge of stability."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from edgestab.figures.annotate import legend_above, note
from edgestab.figures.networks.scale import log_if_wide
from edgestab.figures.style import (
    EDGE,
    EIGENVALUES,
    GUIDE,
    LOSS,
    REFINED,
    SHARPNESS,
    new_figure,
    number,
    publication,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[np.float64]

STEP = "step"


def draw_loss(
    ax: Axes, run: xr.Dataset, *, colour: str = LOSS, text: str = "training loss", legend: bool = True
) -> None:
    """Draw the loss of a run, and of the held-out data where it was recorded.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    run : Dataset
        A recorded run: ``loss`` along ``step``.
    colour, text : str
        Of the training loss.
    legend : bool
        Whether to put the legend above the axes. Without, its entries are there for a legend of the figure.
    """
    _line(ax, run["loss"], colour=colour, text=text)
    if "test_loss" in run:
        _line(ax, run["test_loss"], colour=LOSS, text="test loss", style="-.")
    log_if_wide(ax, run["loss"].values)
    ax.set_xlabel(STEP)
    ax.set_ylabel("loss")
    _mark_kick(ax, run)
    ax.margins(x=0)
    if legend:
        legend_above(ax)


def draw_sharpness(ax: Axes, run: xr.Dataset, *, relative: bool = False, legend: bool = True) -> None:
    r"""Draw the top eigenvalues of a run's Hessian and the edge, 2/eta for gradient descent.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    run : Dataset
        A recorded run: ``edge``, and ``sharpness`` or ``eigenvalues`` along ``step``.
    relative : bool
        Draw them divided by the edge, which then is 1: the preconditioned sharpness where there is a preconditioner.
    legend : bool
        Whether to put the legend above the axes. Without, its entries are there for a legend of the figure.
    """
    scale = run["edge"] if relative else xr.ones_like(run["edge"])
    if relative and "relative_sharpness" in run:
        _line(ax, run["relative_sharpness"], colour=SHARPNESS, text="sharpness / edge")
    elif "sharpness" in run:
        if "eigenvalues" in run:
            for k in range(run.sizes["k"] - 1, 0, -1):
                colour = EIGENVALUES[min(k, len(EIGENVALUES) - 1)]
                _line(
                    ax, run["eigenvalues"].isel(k=k) / scale, colour=colour, text=rf"$\lambda_{{{k + 1}}}$", width=0.9
                )
        _line(ax, run["sharpness"] / scale, colour=SHARPNESS, text="sharpness")
    if "midpoint_sharpness" in run and not relative:
        _line(ax, run["midpoint_sharpness"], colour=REFINED, text="sharpness at midpoints", width=1.0)
    name = r"$2/\eta$" if run.attrs.get("optimizer") == "gd" else "edge"
    edge = run["edge"] / scale
    ax.plot(run["step"], edge, color=EDGE, lw=1.0, ls="--", zorder=4, label="edge" if relative else name, gid="edge")
    ax.set_xlabel(STEP)
    ax.set_ylabel("sharpness / edge" if relative else "sharpness")
    ax.set_ylim(bottom=min(0.0, ax.get_ylim()[0]))
    _mark_kick(ax, run)
    ax.margins(x=0)
    if legend:
        legend_above(ax)


def figure_of_run(run: xr.Dataset, width: float, height: float, *, title: bool = True) -> Figure:
    """Return the figure of a recorded run: its loss above, and its sharpness and the edge below where recorded.

    Parameters
    ----------
    run : Dataset
        A recorded run.
    width, height : float
        Inches.
    title : bool
        Whether what was trained stands above.
    """
    curved = "sharpness" in run
    with publication(width):
        figure = new_figure(width, height)
        panels = figure.subplots(2 if curved else 1, sharex=True, squeeze=False)[:, 0]
        draw_loss(panels[0], run)
        if curved:
            draw_sharpness(panels[1], run, relative="preconditioned_sharpness" in run)
            panels[0].set_xlabel("")
        draw_title(panels[0], run)
        figure.suptitle(panels[0].get_title() if title else "", fontsize=panels[0].title.get_fontsize())
        panels[0].set_title("")  # it stands above the legend
    return figure


def draw_title(ax: Axes, run: xr.Dataset) -> None:
    """Write what was trained above the axes, and below in small print how the run ended, unless it finished."""
    ax.set_title(rf"{run.attrs['network']}, $\eta = {number(float(run.attrs['eta']))}$")
    if run.attrs.get("status") not in ("FINISHED", "STOPPED"):
        note(ax, [str(run.attrs.get("sentence", "unfinished"))])


def _line(ax: Axes, values: xr.DataArray, *, colour: str, text: str, width: float = 1.3, style: str = "-") -> None:
    """A series where it was measured: gaps between measurements are bridged, a lone value is a dot."""
    found = values.dropna("step")
    if found.sizes["step"] == 0:
        return
    alone = found.sizes["step"] == 1
    ax.plot(
        found["step"],
        found,
        color=colour,
        lw=width,
        ls=style,
        marker="o" if alone else None,
        ms=4,
        label=text,
        gid=text,
    )


def _mark_kick(ax: Axes, run: xr.Dataset) -> None:
    kick = int(run.attrs.get("kick_step", -1))
    if kick >= 0:
        ax.axvline(kick, color=GUIDE, lw=0.9, ls=":", zorder=1, label="kick", gid="kick")
    sizes = run["step_size"].values
    for n, t in enumerate(np.flatnonzero(np.diff(sizes[np.isfinite(sizes)]))[:20]):
        ax.axvline(float(run["step"][t + 1]), color=GUIDE, lw=0.7, ls="-.", zorder=1, gid="step size",
                   label=None if n else "step size changes")  # fmt: skip
