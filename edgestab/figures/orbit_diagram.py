"""Orbit diagrams as images: one sweep or two over each other, with bifurcations marked and an orbit laid over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from edgestab.errors import InputError
from edgestab.figures.annotate import keys, legend_above, note, plain, width_of
from edgestab.figures.raster import block, gathered, show, span, strips
from edgestab.figures.save import DPI
from edgestab.figures.style import BIFURCATION, BLACK, BLUE, MINIMA, ORANGE, ORBIT, label, small_size
from edgestab.numerics.cycles.bifurcations import Bifurcation
from edgestab.numerics.maps.pictures.passage import Passage

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]

DIRECTION_COLOURS = {"up": BLUE, "down": ORANGE, "fresh": BLACK}
_WORDS = {"up": "swept up", "down": "swept down", "fresh": "begun afresh"}

GAMMA = 0.45
"""Densities are drawn to this power: an invariant density has peaks without bound."""

ROW = 1.3
"""The distance of two rows of labels of bifurcations, in units of their size."""

CROWDED = 0.02
"""Inches: lines closer than this run into one."""


def draw_orbit_diagram(
    ax: Axes,
    dataset: xr.Dataset,
    *,
    direction: str | Sequence[str] | None = None,
    flips: Mapping[str, float] | Sequence[Bifurcation] | None = None,
    passage: Passage | None = None,
    passage_label: str = "gradient descent",
    gamma: float = GAMMA,
    legend: bool = True,
    dpi: float = DPI,
) -> None:
    """Draw how often the orbits visit each place, every column scaled by its largest entry.

    Parameters
    ----------
    ax : Axes
        Where to draw, in the place it will have: of a diagram with more cells than it has dots, counts are added up.
    dataset : Dataset
        From a `edgestab.numerics.maps.pictures.orbit_diagram.OrbitDiagramJob`.
    direction : str or sequence of str, optional
        ``fresh``, ``up`` or ``down``; by default the first there is. Several are drawn over each other in different
        colours, which multiply where they meet, so that hysteresis shows as parts of one colour alone.
    flips : mapping or sequence of Bifurcation, optional
        Where to draw a thin line across: values by their labels, or flips, labelled by their periods.
    passage : Passage, optional
        One orbit with the diagram's axes as its abscissa and ordinate.
    passage_label : str
        What the legend calls it.
    gamma : float
        The power to which the density is drawn.
    legend : bool
        Whether to put the legend above the axes. Without, its entries are there for a legend of the figure.
    dpi : float
        At which the figure will be saved.

    Raises
    ------
    InputError
        When there is no such direction.
    """
    there = dataset.attrs["directions"].split()
    wanted = [there[0]] if direction is None else [direction] if isinstance(direction, str) else list(direction)
    unknown = [d for d in wanted if d not in there]
    if unknown or not wanted:
        raise InputError(f"the diagram has the directions {', '.join(there)}, got {', '.join(map(str, wanted))!r}")
    shape = dataset.sizes["row"], dataset.sizes["column"]
    by = block(ax, shape, dpi)
    across, along = axis_of(dataset, "row"), axis_of(dataset, "column")
    spans = span(dataset, "row", across), span(dataset, "column", along)
    images = [_density(dataset, there.index(d), by) ** gamma for d in wanted]
    if len(images) == 1:
        show(ax, images[0], spans, shape, by, cmap="Greys", vmin=0, vmax=1)
    else:
        inks = [DIRECTION_COLOURS[d] for d in wanted]
        show(ax, _multiplied(images, inks), spans, shape, by)
        keys(ax, {_WORDS[d]: ink for d, ink in zip(wanted, inks, strict=True)} | _where_they_meet(images, inks))
    ax.set_xlabel(_name(dataset, along, spans[1].label))
    ax.set_ylabel(_name(dataset, across, spans[0].label))
    if passage is not None:
        _lay_over(ax, passage, passage_label)
    marked = _marks(flips)
    height = mark(ax, marked, words="bifurcations, proved" if _are_proved(flips) else "bifurcations") if marked else 0.0
    note(ax, _remarks(dataset, [there.index(d) for d in wanted], by))
    if legend:
        legend_above(ax, height)


def axis_of(dataset: xr.Dataset, dimension: str) -> str:
    """Return the name of the coordinate along a dimension of a diagram or a map."""
    names = [str(n) for n, c in dataset.coords.items() if c.dims == (dimension,)]
    if not names:
        raise InputError(f"the dataset has no coordinate along {dimension}: assign one")
    return names[0]


def _name(dataset: xr.Dataset, coordinate: str, otherwise: str) -> str:
    """An axis as mathematics: a start's coordinate by its index 0, an expression by its text."""
    if coordinate.startswith("start_"):
        return label(f"{coordinate.removeprefix('start_')}0")
    if coordinate == "observable":
        return str(dataset[coordinate].attrs.get("long_name", "observable")).replace("**", "^").replace("*", " ")
    return otherwise


def _density(dataset: xr.Dataset, which: int, by: tuple[int, int]) -> Array:
    """The counts of each block, every column scaled by its largest."""
    one = dataset[["density"]].isel(direction=which)
    parts = [gathered(s["density"], by) for _, s in strips(one, ["density"], ("row", "column"), by[0])]
    counts = np.concatenate(parts)
    return np.asarray(counts / np.maximum(counts.max(axis=0), 1))


def _multiplied(images: Sequence[Array], colours: Sequence[str]) -> Array:
    """Densities in different inks on white paper."""
    from matplotlib.colors import to_rgb

    found = np.ones((*images[0].shape, 3))
    for image, colour in zip(images, colours, strict=True):
        found *= 1 - image[..., np.newaxis] * (1 - np.array(to_rgb(colour)))
    return found


def _where_they_meet(images: Sequence[Array], colours: Sequence[str]) -> dict[str, str]:
    """The colour of what all sweeps visit, where there is anything such."""
    from matplotlib.colors import to_hex

    if not np.logical_and.reduce([image > 0 for image in images]).any():
        return {}
    red, green, blue = _multiplied([np.ones((1, 1))] * len(colours), colours)[0, 0]
    return {"both" if len(colours) == 2 else "all": to_hex((red, green, blue))}


def _lay_over(ax: Axes, passage: Passage, text: str) -> None:
    """Draw the samples of an orbit inside the axes' limits, and where it begins and ends."""
    low, high = sorted(ax.get_xlim())
    bottom, top = sorted(ax.get_ylim())
    x, y = passage.abscissa, passage.ordinate
    with np.errstate(invalid="ignore"):
        inside = (x >= low) & (x <= high) & (y >= bottom) & (y <= top)
    ax.plot(x[inside], y[inside], "o", ms=1.9, mew=0, color=ORBIT, alpha=0.85, rasterized=True, label=text,
            zorder=3, gid="passage")  # fmt: skip
    for at, shape, size, name in ((0, "s", 5, "start"), (-1, "*", 10, "end")):
        if inside[at]:
            colour = MINIMA if name == "end" else ORBIT
            ax.plot(x[at], y[at], shape, ms=size, color=colour, mec=BLACK, mew=0.6, ls="none",
                    zorder=5, gid=name, clip_on=False, label=f"its {name}")  # fmt: skip


def _are_proved(flips: Mapping[str, float] | Sequence[Bifurcation] | None) -> bool:
    return flips is not None and not isinstance(flips, Mapping) and all(f.proved for f in flips)


def _marks(flips: Mapping[str, float] | Sequence[Bifurcation] | None) -> dict[str, float]:
    if flips is None:
        return {}
    if isinstance(flips, Mapping):
        return dict(flips)
    return {rf"${f.period} \to {2 * f.period}$": f.value for f in sorted(flips, key=lambda f: (f.value, f.period))}


def mark(
    ax: Axes,
    values: Mapping[str, float],
    colour: str = BIFURCATION,
    *,
    words: str | None = None,
    style: str = "-",
    row: int = 0,
) -> float:
    """Draw a thin vertical line at each value inside the axes, labelled above them.

    Labels that would overlap stand in up to three rows. Where lines crowd still closer, as at the end of a cascade,
    those that would touch the one before are left out, and the last label ends in dots.

    Parameters
    ----------
    ax : Axes
        With its limits.
    values : mapping
        The values by their labels.
    colour, style : str
        Of the lines.
    words : str, optional
        What the legend calls them.
    row : int
        The lowest row of their labels, from 0 to 2.

    Returns
    -------
    float
        How far the labels reach above the axes, in points.
    """
    low, high = ax.get_xlim()
    inside = sorted(((v, t) for t, v in values.items() if low <= v <= high), key=lambda pair: pair[0])
    inch = (high - low) / max(width_of(ax), 1e-6)
    size = small_size()
    free = [np.inf] * row + [-np.inf] * (3 - row)
    placed: list[tuple[float, str, int]] = []
    left_out, drawn = False, -np.inf
    for value, text in inside:
        if value - drawn < CROWDED * inch:
            left_out = True
            continue
        drawn = value
        named = words if not placed and not left_out else None
        ax.axvline(value, color=colour, lw=0.9, ls=style, zorder=2, gid="flip", label=named)
        half = (0.033 * len(plain(text)) + 0.04) * inch * size / 8
        level = next((r for r, end in enumerate(free) if value - half >= end), None)
        if level is None:
            left_out = True
            continue
        free[level] = value + half
        placed.append((value, text, level))
    for number, (value, text, level) in enumerate(placed):
        dots = left_out and number == len(placed) - 1
        ax.annotate(
            text + (" …" if dots else ""),
            xy=(value, 1),
            xycoords=("data", "axes fraction"),
            xytext=(0, 2 + level * ROW * size),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=size,
            color=colour,
            bbox={"fc": "white", "ec": "none", "pad": 0.8},  # the line of a label above passes behind it
            gid="flip label",
        )
        if level:
            ax.annotate("", xy=(value, 1), xycoords=("data", "axes fraction"), textcoords="offset points",
                        xytext=(0, 2 + level * ROW * size), zorder=2,
                        arrowprops={"arrowstyle": "-", "lw": 0.5, "color": colour, "shrinkA": 0, "shrinkB": 0},
                        )  # fmt: skip
    return max(((level + 1) * ROW * size for _, _, level in placed), default=0.0)


def _remarks(dataset: xr.Dataset, which: Sequence[int], by: tuple[int, int]) -> list[str]:
    """What the image does not show: values outside the window, escapes, and how cells were added up."""
    counted = {n: int(dataset[n].isel(direction=list(which)).sum()) for n in ("below", "above", "nonfinite")}
    total = 0
    for d in which:
        one = dataset[["density"]].isel(direction=d)
        total += sum(int(s["density"].sum(dtype=np.int64)) for _, s in strips(one, ["density"], ("row", "column"), 1))
    total += sum(counted.values())
    found = []
    outside = counted["below"] + counted["above"]
    if outside:
        found.append(f"{100 * outside / total:.2g} % of the values lie outside the window")
    if counted["nonfinite"]:
        found.append(f"{100 * counted['nonfinite'] / total:.2g} % have escaped")
    if by != (1, 1):
        found.append(f"each dot adds up {by[0]}\u00a0×\u00a0{by[1]}\u00a0cells")
    return found
