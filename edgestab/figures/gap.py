"""The gap between the edge and the final sharpness, in units of the step size."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from edgestab.figures.style import (
    BLUE,
    EDGE,
    GREY,
    MOST_MARKERS,
    ORBIT,
    PREDICTION,
    REFINED,
    SKY,
    VERMILLION,
    WINDOW,
    label,
)
from edgestab.numerics.orbits.gap import sharp_constant
from edgestab.numerics.orbits.status import Status
from edgestab.theory.claims.zhu2023.results import SHARP

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]

GAP_LABEL = r"$(2/\eta - S_\infty)/\eta$"
SERIES_END = 0.2
"""Where the asymptotic series of G, cut after six terms, is drawn to."""


def draw_gap(
    ax: Axes,
    columns: Mapping[str, Any],
    window: Callable[[Array], tuple[Array, Array]] | None = None,
    *,
    series: bool = False,
    against: str | None = None,
) -> None:
    """Draw the gaps of the orbits that converged against their step sizes, or against a variable of the start.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    columns : mapping
        The series of the evidence: ``eta``, ``gap``, ``margin`` and ``status``.
    window : callable, optional
        The gaps that are claimed, from `edgestab.numerics.orbits.gap.claimed_gaps`.
    series : bool
        Whether to draw the sharp constant of the quartic.
    against : str, optional
        The variable of the start to draw them against, for a statement about one step size.
    """
    eta, gap, margin = (np.asarray(columns[n], dtype=float) for n in ("eta", "gap", "margin"))
    keep = (np.asarray(columns["status"]) == Status.CONVERGED) & np.isfinite(gap)
    eta, gap, margin = eta[keep], gap[keep], margin[keep]
    if not eta.size:
        ax.text(0.5, 0.5, "no orbit converged", ha="center", va="center", transform=ax.transAxes)
        return
    single = np.unique(eta)
    fixed = against is not None and single.size == 1
    place = np.asarray(columns[against], dtype=float)[keep] if against is not None and fixed else eta
    few = single.size <= 6 and not fixed
    wide = bool(eta.max() > 3 * eta.min())
    ends = (float(place.min()), float(place.max())) if fixed else _ends(eta, wide)
    grid = np.linspace(*ends, 200)
    sizes = np.full(grid.size, single[0]) if fixed else grid
    shown = [float(gap.min()), float(gap.max()), 0.0]
    if window is not None:
        edges = _draw_window(ax, grid, *window(sizes))
        largest = max((abs(e) for e in edges), default=0.0)
        if largest > 0 and np.abs(gap).max() > 8 * largest:  # beside far gaps the window would be a line
            ax.set_yscale("symlog", linthresh=largest)
        shown += edges
    spread = 10 ** (0.02 * np.sin(997.0 * np.arange(eta.size))) if few else np.ones(eta.size)
    dense = eta.size > MOST_MARKERS
    for rows, colour, marker, text in (
        (margin >= 0, BLUE, "o", "converged, conclusion holds"),
        (margin < 0, VERMILLION, "x", "converged, conclusion fails"),
        (np.isnan(margin), GREY, "+", "undecided"),
    ):
        if rows.any():
            dot = marker == "o"
            ax.scatter(
                (place * spread)[rows],
                gap[rows],
                s=7 if dot else 22,
                c=colour,
                marker=marker,
                linewidths=0 if dot else 0.9,
                alpha=0.6,
                rasterized=dense,
                label=text,
                zorder=3,
            )
    if series and (sizes <= SERIES_END).any():
        inside = sizes <= SERIES_END
        constant = sharp_constant(sizes[inside])
        ax.plot(grid[inside], constant, color=REFINED, lw=1.3, label=r"$G(\eta)$, six terms", zorder=4)
    ax.axhline(0, color=EDGE, lw=0.9, ls="--", zorder=1, label=r"edge, $S_\infty = 2/\eta$", gid="edge")
    low_shown, high_shown = min(shown), max(shown)
    pad = 0.06 * (high_shown - low_shown or 1.0)
    if ax.get_yscale() == "linear":
        ax.set_ylim(low_shown - pad, high_shown + pad)
    if wide and not fixed:
        ax.set_xscale("log")
    ax.set_xlim(*ends)
    if few:
        _tick_at(ax, single)
    elif wide and not fixed:
        _tick_at(ax, _round_values(*ends))
    ax.set_xlabel(label(against) if against is not None and fixed else label("eta"))
    ax.set_ylabel(GAP_LABEL)


def _round_values(low: float, high: float) -> Array:
    """1, 2 and 5 times powers of ten in an interval."""
    powers = np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    every = np.sort(np.outer([1, 2, 5], 10.0**powers).ravel())
    return np.asarray(every[(every >= low) & (every <= high)])


def _ends(eta: Array, wide: bool) -> tuple[float, float]:
    factor = 1.35 if np.unique(eta).size <= 6 or not wide else 1.1
    return float(eta.min() / factor), float(eta.max() * factor)


def _tick_at(ax: Axes, places: Array) -> None:
    from matplotlib.ticker import FixedLocator, NullFormatter, NullLocator

    ax.xaxis.set_major_locator(FixedLocator(list(places)))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_xticklabels([f"{p:.4g}" for p in places])


def _draw_window(ax: Axes, grid: Array, low: Array, high: Array) -> list[float]:
    """Shade what is claimed; an end at infinity has no line."""
    top = np.where(np.isfinite(high), high, np.nan)
    bottom = np.where(np.isfinite(low), low, np.nan)
    finite = [e for e in (bottom, top) if np.isfinite(e).any()]
    if len(finite) == 2:
        ax.fill_between(grid, bottom, top, color=WINDOW, lw=0, label="claimed window", zorder=0)
    for edge in finite:
        ax.plot(grid, edge, color=SKY, lw=1.2, zorder=1, label=None if len(finite) == 2 else "claimed bound")
    return [float(np.nanmin(e)) for e in finite] + [float(np.nanmax(e)) for e in finite]


def draw_sharp_constant(ax: Axes, eta: Array, gap: Array) -> None:
    """Draw the series of G, cut after one to six terms, against measured gaps."""
    grid = np.linspace(1e-3, float(eta.max()), 300)
    colours = [f"{g:.2f}" for g in np.linspace(0.72, 0.0, len(SHARP))]
    for order, colour in enumerate(colours, start=1):
        last = order == len(SHARP)
        text = {1: "one term, 1/2", 2: "two terms", len(SHARP): "six terms"}.get(order)
        ax.plot(grid, sharp_constant(grid, order), color=colour, lw=1.5 if last else 1.0, label=text, zorder=2)
    ax.scatter(eta, gap, s=16, facecolors="white", edgecolors=ORBIT, linewidths=1.1, zorder=4, label="orbits")
    ax.set_ylim(0.0, 0.56)
    ax.set_xlim(0, float(eta.max()) * 1.02)
    ax.set_xlabel(label("eta"))
    ax.set_ylabel(GAP_LABEL)


def draw_deviation(ax: Axes, eta: Array, gap: Array) -> None:
    """Draw how far the measured gaps lie from the series, and the size of its last term and of the next."""
    orders = ((2, "#F3CE85"), (4, PREDICTION), (6, REFINED))
    for order, colour in orders:
        away = np.abs(gap - sharp_constant(eta, order))
        ax.plot(eta, np.maximum(away, 1e-17), "o-", ms=3, lw=0.9, color=colour, label=f"{order} terms")
    ax.set_xscale("log")
    ax.set_yscale("log")
    _tick_at(ax, _round_values(float(eta.min()), float(eta.max())))
    ax.set_xlabel(label("eta"))
    ax.set_ylabel(r"$|\mathrm{gap} - G(\eta)|$")
