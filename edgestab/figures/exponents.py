"""Figures of Lyapunov exponents: along a parameter, over a plane, and how they scatter over finite times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from edgestab.errors import InputError
from edgestab.figures.annotate import keys, legend_above, note
from edgestab.figures.orbit_diagram import axis_of
from edgestab.figures.raster import block, gathered, show, span, strips
from edgestab.figures.save import DPI
from edgestab.figures.style import BLACK, CYCLE, GUIDE, SKY, label
from edgestab.numerics.orbits.status import Status

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]

RATE = "Lyapunov exponent\n(nats/iteration)"
FINITE_RATE = "finite-time exponent (nats/iteration)"

LOWEST = 0.02
"""The share of the exponents that a figure may leave out below: on superstable cycles they tend to minus infinity."""

ESCAPED = "#D9D9D9"


def draw_exponents(ax: Axes, dataset: xr.Dataset, *, against: str | None = None, legend: bool = True) -> None:
    """Draw exponents along a parameter or a coordinate of the start, with a band of one standard error and the zero.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    dataset : Dataset
        From an `edgestab.numerics.maps.exponents.exponents.ExponentsJob` with one axis, or from
        `edgestab.numerics.exponents.exponents` with a coordinate assigned along ``orbit``.
    against : str, optional
        The coordinate to draw them against; the only one by default.
    legend : bool
        Whether to put a legend above the axes where there is more than one exponent.

    Raises
    ------
    InputError
        When the exponents lie over a plane, or nothing says along what.
    """
    places = [str(d) for d in dataset["exponent"].dims if d != "index"]
    if len(places) != 1:
        raise InputError("these exponents lie over a plane: draw their map")
    name = against or axis_of(dataset, places[0])
    where = dataset[name].values
    order = np.argsort(where, kind="stable")
    many = dataset.sizes["index"] > 1
    ax.axhline(0, color=GUIDE, lw=0.8, zorder=1, gid="zero")
    lowest, highest = [], []
    for i in range(dataset.sizes["index"]):
        one = dataset.isel(index=i)
        value, error = (one[n].values[order] for n in ("exponent", "standard_error"))
        colour = CYCLE[i % len(CYCLE)]
        with np.errstate(invalid="ignore"):
            low, high = (np.where(np.isfinite(error), value + sign * error, np.nan) for sign in (-1, 1))
        finite = np.isfinite(value)
        ax.fill_between(where[order], low, high, where=np.isfinite(low), color=colour, alpha=0.25, lw=0, zorder=2,
                        gid="standard error")  # fmt: skip
        line = np.where(finite, value, np.nan)
        ax.plot(where[order], line, color=colour, lw=0.9, zorder=3, label=rf"$\lambda_{{{i + 1}}}$")
        if finite.any():
            lowest.append(float(np.quantile(value[finite], LOWEST)))
            highest.append(float(value[finite].max()))
    if lowest:
        bottom, top = min(*lowest, 0.0), max(*highest, 0.0)
        pad = 0.08 * (top - bottom or 1.0)
        ax.set_ylim(bottom - pad, top + pad)
    ax.set_xlim(float(where.min()), float(where.max()))
    ax.set_xlabel(label(name))
    ax.set_ylabel(RATE)
    if many and legend:
        legend_above(ax)


def draw_exponent_map(ax: Axes, dataset: xr.Dataset, *, index: int = 1, legend: bool = True, dpi: float = DPI) -> None:
    """Draw an exponent over a plane: blue where orbits come together, red where they part, white at zero.

    Parameters
    ----------
    ax : Axes
        Where to draw, in the place it will have: of a map of more pixels than it has dots, blocks show their means.
    dataset : Dataset
        From an `edgestab.numerics.maps.exponents.exponents.ExponentsJob` with two axes.
    index : int
        Which exponent, from 1 for the largest.
    legend : bool
        Whether to put a legend above the axes where orbits have escaped.
    dpi : float
        At which the figure will be saved.

    Raises
    ------
    InputError
        When the exponents do not lie over a plane.
    """
    from matplotlib.colors import ListedColormap, TwoSlopeNorm

    if dataset["exponent"].dims != ("index", "row", "column"):
        raise InputError("these exponents lie along a line: draw them as a curve")
    shape = dataset.sizes["row"], dataset.sizes["column"]
    side = min(block(ax, shape, dpi))
    by = side, side
    spans = tuple(span(dataset, d, axis_of(dataset, d)) for d in ("row", "column"))
    values, escaped = _means(dataset.isel(index=index - 1), by)
    finite = values[np.isfinite(values)]
    if escaped.any():
        show(ax, np.ma.masked_array(np.zeros(escaped.shape), ~escaped), (spans[0], spans[1]), shape, by,
             cmap=ListedColormap([ESCAPED]))  # fmt: skip
        keys(ax, {"escaped": ESCAPED})
    if finite.size:
        low, high = float(np.quantile(finite, LOWEST)), float(finite.max())
        least = 1e-3 * max(abs(low), abs(high), 1e-12)
        norm = TwoSlopeNorm(0.0, min(low, -least), max(high, least))
        there = np.ma.masked_array(values, np.isnan(values))
        image = show(ax, there, (spans[0], spans[1]), shape, by, cmap="RdBu_r", norm=norm)
        _bar(ax, image, rf"$\lambda_{{{index}}}$ (nats/iteration)", cut=bool(there.min() < low))
    note(ax, [f"each dot shows the mean of {by[0]}\u00a0×\u00a0{by[1]}\u00a0pixels"] if by != (1, 1) else [])
    if legend:
        legend_above(ax)


def _means(dataset: xr.Dataset, by: tuple[int, int]) -> tuple[Array, NDArray[np.bool_]]:
    """The mean of the measured exponents of each block, and where most orbits of a block have escaped."""
    values, escapes = [], []
    for _, strip in strips(dataset, ["exponent", "status"], ("row", "column"), by[0]):
        exponent = strip["exponent"]
        there = np.isfinite(exponent)
        count, superstable = gathered(there, by), gathered(np.isneginf(exponent), by)
        with np.errstate(invalid="ignore"):
            mean = gathered(np.where(there, exponent, 0.0), by) / count
        # On a superstable cycle the exponent is minus infinity, which would hide the rest of its block.
        mean = np.where((count == 0) & (superstable > 0), -np.inf, mean)
        mostly = gathered(strip["status"] != Status.BOUNDED, by) > count + superstable
        values.append(np.where(mostly, np.nan, mean))
        escapes.append(mostly)
    return np.concatenate(values), np.concatenate(escapes)


def _bar(ax: Axes, image: Any, text: str, *, cut: bool) -> None:
    from matplotlib.ticker import MaxNLocator

    bar = ax.figure.colorbar(image, ax=ax, label=text, pad=0.02, aspect=28, extend="min" if cut else "neither")
    norm = image.norm
    # The two slopes give each side half of the bar, so each gets ticks of its own.
    ticks = {0.0}
    for low, high in ((norm.vmin, 0.0), (0.0, norm.vmax)):
        ticks |= {float(t) for t in MaxNLocator(3).tick_values(low, high) if low <= t <= high}
    bar.set_ticks(sorted(ticks))
    bar.minorticks_off()
    bar.outline.set_linewidth(0.5)


def draw_finite_time(ax: Axes, dataset: xr.Dataset, *, index: int = 1, bins: int = 60) -> None:
    """Draw a histogram of an exponent over all windows of time and all orbits, with its mean and the zero.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    dataset : Dataset
        Exponents, of more than one window or orbit.
    index : int
        Which exponent, from 1 for the largest.
    bins : int
        Bars.
    """
    every = dataset["finite_time"].isel(index=index - 1).values.ravel()
    values = every[np.isfinite(every)]
    ax.set_xlabel(FINITE_RATE if index == 1 else f"{FINITE_RATE}, number {index}")
    ax.set_ylabel("density")
    rest = every.size - values.size
    note(ax, [f"{values.size} windows" + (f", {rest} without a finite exponent" if rest else "")])
    if not values.size:
        return
    mean = float(values.mean())
    ax.hist(values, bins=bins, density=True, color=SKY, histtype="stepfilled", zorder=2)
    ax.axvline(mean, color=BLACK, lw=1.1, zorder=3, label=f"mean {mean:.3g}".replace("-", "−"), gid="mean")
    low, high = ax.get_xlim()
    if low - 0.25 * (high - low) <= 0 <= high + 0.25 * (high - low):
        ax.axvline(0, color=GUIDE, lw=0.8, zorder=1, gid="zero")
    ax.legend(loc="best")
