"""Maps of basins: the outcome of every start, or how sharp its limit is, or how long it took, as an image."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from edgestab.errors import InputError
from edgestab.figures.annotate import keys, legend_above, note
from edgestab.figures.raster import (
    Span,
    block,
    commonest,
    gathered,
    rank_bar,
    rank_norm,
    show,
    span,
    strips,
)
from edgestab.figures.save import DPI
from edgestab.figures.style import BLACK, BLUE, GREEN, GREY, PURPLE, SKY, VERMILLION, YELLOW
from edgestab.numerics.orbits.gap import gap
from edgestab.numerics.orbits.status import Status

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]
Codes = NDArray[np.uint8]
Colour = Literal["status", "limit", "window", "sharpness", "gap", "steps"]

COLOURS: tuple[Colour, ...] = ("status", "limit", "window", "sharpness", "gap", "steps")

# Codes of categories: the statuses, then these.
_INSIDE, _OUTSIDE, _LIMIT, _PERIOD, _VALUED = 10, 11, 20, 80, 255
_MOST_LIMITS, _LONGEST = _PERIOD - _LIMIT - 2, _VALUED - _PERIOD - 1

_WORDS = {
    Status.PENDING: ("not computed", "#FFFFFF", "#FFFFFF"),
    Status.CONVERGED: ("converged", BLUE, "#8F8F8F"),
    Status.PERIODIC: ("on a cycle", GREEN, "#8F8F8F"),
    Status.BOUNDED: ("bounded", SKY, "#BDBDBD"),
    Status.DIVERGED: ("diverged", "#F3CE85", "#E6E6E6"),
    Status.UNDECIDED: ("undecided", GREY, "#606060"),
    Status.EXCLUDED: ("excluded", "#F2F2F2", "#F8F8F8"),
    Status.LEFT_DOMAIN: ("left the domain of the loss", "#E9C4DA", "#D2D2D2"),
}
"""What an outcome is called, its colour where outcomes are coloured, and its grey where something else is. Divergence
is a tint of orange: areas want less colour than markers, and light beside dark is told apart in any print."""

_LIMIT_COLOURS = (BLUE, PURPLE, YELLOW, BLACK, "#7FB8D8", "#7A3E62", "#8F8726", "#B5B5B5")
_MOST_NAMED = len(_LIMIT_COLOURS)
_PERIOD_COLOURS = ("#00543E", GREEN, "#7FD1B5")
_MAPS = {"sharpness": "viridis", "gap": "viridis", "steps": "magma"}


@dataclass(frozen=True)
class StepSize:
    """The step size of each pixel: one number, or one for every row or column."""

    eta: Array
    along: str | None

    def of(self, where: slice, rows: str) -> Array:
        """Return the step size on some rows, in a shape that fits (rows, columns)."""
        if self.along is None:
            return self.eta.reshape(1, 1)
        return self.eta[where][:, np.newaxis] if self.along == rows else self.eta[np.newaxis]


def draw_basin(
    ax: Axes,
    dataset: xr.Dataset,
    *,
    colour: Colour | None = None,
    window: tuple[float, float] | None = None,
    legend: bool = True,
    dpi: float = DPI,
) -> None:
    r"""Draw the outcomes of the starts of a slice.

    Parameters
    ----------
    ax : Axes
        Where to draw, in the place it will have: a picture of more pixels than it has dots is gathered in blocks, by
        the commonest outcome and the mean of the values, and a note says so. Pixels are read in strips, so that a
        picture that lies on disk may be larger than memory.
    dataset : Dataset
        From a `edgestab.numerics.maps.pictures.basin.BasinJob`.
    colour : str
        What is shown:

        * ``status``, what became of the orbit, with the period of its cycle;
        * ``limit``, to which set of minima it converged;
        * ``window``, whether its limit lies in a window below the edge;
        * ``sharpness``, :math:`S_\infty`;
        * ``gap``, :math:`(2/\eta - S_\infty)/\eta`;
        * ``steps``, how many iterations it took to converge or to leave.

        The last three are coloured by rank: each colour covers the same area. By default ``limit`` where orbits end at
        several sets of minima, else ``status``.
    window : (float, float), optional
        For ``window``, the ends of the interval that :math:`2/\eta - S_\infty` is compared with.
    legend : bool
        Whether to put the legend above the axes. Without, its entries are there for a legend of the figure.
    dpi : float
        At which the figure will be saved.

    Raises
    ------
    InputError
        When the window or the step size is missing.
    """
    if colour is None:
        colour = "window" if window is not None else what_differs(dataset)
    if colour not in COLOURS:
        raise InputError(f"a basin is coloured by {', '.join(COLOURS)}, got {colour!r}")
    if (window is not None) != (colour == "window"):
        raise InputError("give the ends of a window below the edge when colouring by window, and only then")
    rows, columns = (str(d) for d in dataset["status"].dims)
    shape = dataset.sizes[rows], dataset.sizes[columns]
    spans = span(dataset, rows, offsets=True), span(dataset, columns, offsets=True)
    side = min(block(ax, shape, dpi))
    by = side, side
    codes, values = _gathered(dataset, (rows, columns), by, colour, window)
    _draw_codes(ax, codes, spans, shape, by, _names_of(dataset, colour, window))
    if np.isfinite(values).any():
        text = {"sharpness": r"sharpness $S_\infty$", "gap": r"$(2/\eta - S_\infty)/\eta$", "steps": "iterations"}
        image = show(ax, np.ma.masked_invalid(values), spans, shape, by, cmap=_MAPS[colour], norm=rank_norm(values))
        rank_bar(ax, image, f"{text[colour]}, by rank")
    note(ax, remarks(dataset, by, "the commonest outcome"))
    if legend:
        legend_above(ax)


def what_differs(dataset: xr.Dataset) -> Literal["status", "limit"]:
    """Return ``limit`` where the orbits of a picture end at several sets of minima, else ``status``."""
    rows, columns = (str(d) for d in dataset["status"].dims)
    seen: set[int] = set()
    for _, strip in strips(dataset, ["status", "limit"], (rows, columns), 1):
        seen |= set(np.unique(strip["limit"][strip["status"] == Status.CONVERGED]).tolist())
    return "limit" if len(seen) > 1 else "status"


def _gathered(
    dataset: xr.Dataset, dims: tuple[str, str], by: tuple[int, int], colour: Colour, window: tuple[float, float] | None
) -> tuple[Codes, Array]:
    """The code of each block, and the mean of its values where it has any."""
    names = ["status"]
    names += ["period"] if colour in ("status", "limit") else []
    names += ["limit"] if colour == "limit" else []
    names += ["sharpness"] if colour in ("window", "sharpness", "gap") else []
    names += ["steps"] if colour == "steps" else []
    eta = step_size(dataset) if colour in ("window", "gap") else None
    shape = tuple(-(-dataset.sizes[d] // b) for d, b in zip(dims, by, strict=True))
    codes, means = np.zeros(shape, np.uint8), np.full(shape if colour in _MAPS else (1, 1), np.nan)
    for where, strip in strips(dataset, names, dims, by[0]):
        edge = np.zeros(1)
        if eta is not None:
            top = where.start * by[0]
            edge = eta.of(slice(top, top + len(strip["status"])), dims[0])
        code, values = _coded(strip, edge, colour, window)
        codes[where] = commonest(code, by)
        if colour in _MAPS:
            with np.errstate(invalid="ignore"):
                mean = gathered(np.where(code == _VALUED, values, 0.0), by) / gathered(code == _VALUED, by)
            means[where] = np.where(codes[where] == _VALUED, mean, np.nan)
    return codes, means


def _coded(
    strip: Mapping[str, NDArray[Any]], eta: Array, colour: Colour, window: tuple[float, float] | None
) -> tuple[Codes, Array]:
    """The category of each pixel, and its value where it is coloured by one."""
    status = strip["status"]
    code = np.where(status == Status.NONFINITE, np.int8(Status.DIVERGED), status).astype(np.uint8)
    converged = status == Status.CONVERGED
    values = np.zeros(1)
    if "period" in strip:
        period = np.clip(strip["period"], 0, _LONGEST).astype(np.uint8)
        code = np.where((status == Status.PERIODIC) & (period > 0), _PERIOD + period, code)
    if colour == "limit":
        limit = np.clip(strip["limit"], -1, _MOST_LIMITS)
        code = np.where(converged, (_LIMIT + 1 + limit).astype(np.uint8), code)
    elif colour == "window" and window is not None:
        below = 2 / eta - strip["sharpness"]
        inside = (below > window[0]) & (below < window[1])
        code = np.where(converged, np.where(inside, np.uint8(_INSIDE), np.uint8(_OUTSIDE)), code)
    elif colour in _MAPS:
        sharp = strip["steps" if colour == "steps" else "sharpness"].astype(np.float64)
        values = gap(sharp, eta) if colour == "gap" else sharp
        ended = converged | (code == Status.DIVERGED) if colour == "steps" else converged
        code = np.where(ended & np.isfinite(values), np.uint8(_VALUED), code)
    return code.astype(np.uint8), values


def step_size(dataset: xr.Dataset) -> StepSize:
    """Return the step size of a picture: along an axis of its, or among what is fixed.

    Raises
    ------
    InputError
        When it is neither.
    """
    for dimension in dataset["status"].dims:
        if dimension == "eta":
            return StepSize(dataset["eta"].values.astype(np.float64), "eta")
    for item in dataset.attrs.get("fixed", "").split(", "):
        name, _, value = item.partition(" = ")
        if name == "eta":
            return StepSize(np.array([float(Fraction(value))]), None)
    raise InputError("the picture does not say its step size eta: colour by status, limit, sharpness or steps")


def _names_of(
    dataset: xr.Dataset, colour: Colour, window: tuple[float, float] | None
) -> Callable[[int], tuple[int, str, str]]:
    """For each code its place in the legend, its name and its colour."""
    minima = [m for m in dataset.attrs.get("minima", "").split("; ") if m]

    def about(code: int) -> tuple[int, str, str]:
        if code == _INSIDE and window is not None:
            return 0, _window_words(window), BLUE
        if code == _OUTSIDE:
            return 1, "converged elsewhere", SKY
        if code == _LIMIT:
            return 60, "converged elsewhere", VERMILLION
        if _LIMIT < code < _PERIOD:
            number = code - _LIMIT - 1
            name = minima[number] if number < len(minima) else f"set {number + 1}"
            return 2 + number, f"converged to {_typeset(name)}", _LIMIT_COLOURS[number % _MOST_NAMED]
        if code > _PERIOD:
            period = code - _PERIOD
            return 100 + code, f"period {period}" if period < _LONGEST else f"period above {_LONGEST - 1}", GREEN
        words, strong, grey = _WORDS[Status(code)]
        if colour == "window":
            return 1000 + code, words, {BLUE: BLUE, SKY: GREY}.get(strong, strong)
        return (0 if code == Status.CONVERGED else 1000 + code), words, grey if colour in _MAPS else strong

    return about


def _window_words(window: tuple[float, float]) -> str:
    low, high = (f" - {v:g}" if v > 0 else f" + {-v:g}" if v < 0 else "" for v in window)
    return rf"$2/\eta{high} < S_\infty < 2/\eta{low}$"


def _typeset(name: str) -> str:
    """A set of minima as mathematics where it is a plain equation, else as it is."""
    simple = all((c.isalnum() and (c.isdigit() or c.isascii())) or c in " =-+./()" for c in name)
    return f"${name}$" if simple else name.replace("$", r"\$")


def _draw_codes(
    ax: Axes,
    codes: Codes,
    spans: tuple[Span, Span],
    shape: tuple[int, int],
    by: tuple[int, int],
    about: Callable[[int], tuple[int, str, str]],
) -> None:
    """Draw the categories, and give the axes an entry for each that occurs."""
    from matplotlib.colors import ListedColormap

    present = [int(c) for c in np.flatnonzero(np.bincount(codes.ravel(), minlength=256)) if c != _VALUED]
    if not present:
        return
    shades = {c: about(c) for c in present}
    minima = [c for c in present if _LIMIT < c < _PERIOD]
    if len(minima) > _MOST_NAMED:
        for number, c in enumerate(minima):
            shades[c] = 2, f"converged to one of {len(minima)} minima, each with its colour", _many_colours(number)
    periods = sorted((c for c in present if c > _PERIOD), key=lambda c: (-int((codes == c).sum()), c))
    kept = sorted(periods[: len(_PERIOD_COLOURS)])
    for c in periods:
        place, words, _ = shades[c]
        shades[c] = (place, words, _PERIOD_COLOURS[kept.index(c)]) if c in kept else (500, "other periods", "#C9EADF")
    index = np.zeros(256, np.uint8)
    index[present] = np.arange(len(present))
    image = np.ma.masked_array(index[codes], codes == _VALUED)
    show(ax, image, spans, shape, by, cmap=ListedColormap([shades[c][2] for c in present]), vmin=-0.5,
         vmax=len(present) - 0.5)  # fmt: skip
    keys(ax, {words: shade for _, words, shade in sorted(shades.values())})


def _many_colours(number: int) -> str:
    """Colours for more minima than a legend can name: hues but those of divergence, in three shades by turns."""
    from matplotlib.colors import hsv_to_rgb, to_hex

    hue = 0.25 + 0.7 * (0.618034 * number % 1)
    red, green, blue = hsv_to_rgb((hue, 0.55, (0.45, 0.95, 0.7)[number % 3]))
    return to_hex((red, green, blue))


def remarks(dataset: xr.Dataset, by: tuple[int, int], gathered_by: str) -> list[str]:
    """Return what a reader of a picture should know: its arithmetic, what was filled, and how it was gathered.

    Parameters
    ----------
    dataset : Dataset
        The picture.
    by : (int, int)
        Rows and columns of a block.
    gathered_by : str
        What stands for a block.
    """
    found = []
    arithmetic = dataset.attrs.get("arithmetic", "")
    if arithmetic and "float64 without contraction" not in arithmetic:
        found.append(f"{arithmetic.partition(':')[0]} arithmetic")
    if "computed" in dataset:
        rows, columns = (str(d) for d in dataset["computed"].dims)
        total = sum(int(s["computed"].sum()) for _, s in strips(dataset, ["computed"], (rows, columns), 1))
        share = total / dataset["computed"].size
        if share < 1:
            text = f"{100 * share:.3g} % of the pixels computed, the others filled"
            audited, wrong = (int(dataset[n].sum()) if n in dataset else 0 for n in ("audited", "mislabelled"))
            found.append(text + (f" ({wrong} of {audited} audited were wrong)" if audited else ""))
    if by != (1, 1):
        found.append(f"each dot shows {gathered_by} of {by[0]}\u00a0×\u00a0{by[1]}\u00a0pixels")
    return found
