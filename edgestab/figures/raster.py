"""From arrays of any size to the image that axes can show: read in strips, gathered in blocks, coloured by rank."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from edgestab.errors import InputError
from edgestab.figures.save import DPI
from edgestab.figures.style import label
from edgestab.numerics.tiling.tiles import FINGERPRINT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colorbar import Colorbar
    from matplotlib.colors import Normalize
    from matplotlib.image import AxesImage

Array = NDArray[np.float64]

STRIP = 512
"""About how many rows are read at a time: one row of tiles."""

SAMPLE = 1 << 18
"""The most values that ranks are computed from."""

OFFSET = Fraction(1, 10**4)
"""An axis narrower than this part of its own values is labelled by the distance from a round number."""


@dataclass(frozen=True)
class Span:
    """One axis of an image.

    Parameters
    ----------
    low, high : float
        The ends of the image, half a pixel beyond the centres of its first and last pixel.
    label : str
        What the numbers are. Of a narrow axis they are distances from a round number, in units of a power of ten.
    """

    low: float
    high: float
    label: str


def span(dataset: xr.Dataset, dimension: str, name: str | None = None, *, offsets: bool = False) -> Span:
    """Return the ends and the label of one axis of a picture.

    The exact window is taken from the fingerprint of a picture's job; other datasets give it by the centres of the
    pixels, equally far apart.

    Parameters
    ----------
    dataset : Dataset
        The picture.
    dimension : str
        The axis.
    name : str, optional
        The coordinate along it; by default that of its own name.
    offsets : bool
        Whether the numbers of a narrow axis are distances from a round number: a deep picture needs them, as float64
        cannot tell its ends apart, and nothing else can then be drawn over it in plain coordinates.

    Raises
    ------
    InputError
        When the centres of the pixels are equal as float64 and there is no fingerprint.
    """
    name = name or dimension
    ends = _exact_ends(dataset, dimension, name) or _ends(dataset[name].values, name)
    low, high = ends
    width = high - low
    if not offsets or width >= OFFSET * max(abs(low), abs(high)):
        return Span(float(low), float(high), label(name))
    power = _power(width)
    unit = Fraction(10) ** power
    centre = round((low + high) / 2 / unit) * unit
    digits = f"{abs(centre).numerator * 10**-power // centre.denominator:0{1 - power}d}"
    text = f"{'-' if centre < 0 else ''}{digits[:power]}.{digits[power:]}"
    words = rf"$({label(name).strip('$')} - {text})\,/\,10^{{{power}}}$"
    return Span(float((low - centre) / unit), float((high - centre) / unit), words)


def _power(width: Fraction) -> int:
    """The power of ten that leaves a width between 1 and 10, below zero."""
    power = 0
    while width < Fraction(10) ** power:
        power -= 1
    return min(power, -1)


def _exact_ends(dataset: xr.Dataset, dimension: str, name: str) -> tuple[Fraction, Fraction] | None:
    """The window a job was given, as its fingerprint tells it: of a picture's slice, or of a list of axes."""
    inputs = json.loads(dataset.attrs.get(FINGERPRINT, "{}")).get("inputs", {})
    where = inputs.get("slice", {})
    for axis in [*inputs.get("axes", []), *(where[k] for k in ("columns", "rows") if k in where)]:
        if axis[0] == name and axis[3] == dataset.sizes[dimension]:
            return Fraction(axis[1]), Fraction(axis[2])
    return None


def _ends(centres: NDArray[Any], name: str) -> tuple[Fraction, Fraction]:
    first, last = Fraction(float(centres[0])), Fraction(float(centres[-1]))
    if len(centres) == 1:
        return first - Fraction(1, 2), last + Fraction(1, 2)
    if first == last:
        raise InputError(f"float64 cannot tell the pixels along {name} apart: draw the dataset with its fingerprint")
    half = (last - first) / (2 * (len(centres) - 1))
    return first - half, last + half


def block(ax: Axes, shape: tuple[int, int], dpi: float = DPI) -> tuple[int, int]:
    """Return how many whole rows and columns of an array fall on one dot of the axes, at least one of each.

    An image of such blocks has less than two of them to a dot, which `show` draws with their colours mixed: nothing of
    an array is skipped.
    """
    inches = ax.bbox.height / ax.figure.dpi, ax.bbox.width / ax.figure.dpi
    rows, columns = (max(1, n // max(1, round(size * dpi))) for n, size in zip(shape, inches, strict=True))
    return rows, columns


def strips(
    dataset: xr.Dataset, names: Sequence[str], dims: tuple[str, str], by: int
) -> Iterator[tuple[slice, dict[str, NDArray[Any]]]]:
    """Read some variables in strips of whole blocks of rows, so that only one strip is in memory at a time.

    Parameters
    ----------
    dataset : Dataset
        May be read lazily from a store.
    names : sequence of str
        The variables, over exactly these dimensions.
    dims : (str, str)
        Rows and columns.
    by : int
        Rows of a block.

    Yields
    ------
    slice, dict
        The blocks' rows, and the values of each variable.
    """
    height = by * max(1, STRIP // by)
    for top in range(0, dataset.sizes[dims[0]], height):
        part = {dims[0]: slice(top, top + height)}
        values = {n: dataset[n].isel(part).transpose(*dims).values for n in names}
        rows = len(next(iter(values.values())))
        yield slice(top // by, top // by + -(-rows // by)), values


def gathered(values: NDArray[Any], by: tuple[int, int], dtype: str = "float64") -> NDArray[Any]:
    """Return the sums over blocks; those at the far edges may be smaller.

    Examples
    --------
    >>> gathered(np.arange(15).reshape(3, 5), (2, 2)).tolist()
    [[12.0, 20.0, 13.0], [21.0, 25.0, 14.0]]
    """
    if by == (1, 1):
        return values.astype(dtype)
    # Columns first, the longer way through memory, while the array is whole.
    narrow = np.add.reduceat(values, np.arange(0, values.shape[1], by[1]), axis=1, dtype=dtype)
    return np.asarray(np.add.reduceat(narrow, np.arange(0, values.shape[0], by[0]), axis=0, dtype=dtype))


def commonest(codes: NDArray[np.uint8], by: tuple[int, int]) -> NDArray[np.uint8]:
    """Return the most frequent code of each block, the smallest of several.

    Examples
    --------
    >>> commonest(np.array([[1, 1, 3], [2, 1, 3]], np.uint8), (2, 2)).tolist()
    [[1, 3]]
    """
    if by == (1, 1):
        return codes
    best = best_count = None
    for code in np.flatnonzero(np.bincount(codes.ravel(), minlength=256)):
        count = gathered(codes == code, by, "int32")
        if best is None or best_count is None:
            best, best_count = np.full(count.shape, code, np.uint8), count
            continue
        more = count > best_count
        best[more], best_count[more] = code, count[more]
    assert best is not None
    return best


def show(
    ax: Axes, image: Any, spans: tuple[Span, Span], shape: tuple[int, int], by: tuple[int, int], **how: Any
) -> AxesImage:
    """Draw an image of blocks, so that every pixel of the picture lies where its coordinates say.

    Parameters
    ----------
    ax : Axes
        Where to draw; their limits become the window's, and their labels the spans'.
    image : ndarray
        Blocks, the lowest row first.
    spans : (Span, Span)
        Of the rows and the columns.
    shape : (int, int)
        Rows and columns of the picture.
    by : (int, int)
        Rows and columns of a block.
    how : optional
        Passed on to ``imshow``.
    """
    rows, columns = spans
    # Blocks at the far edges may reach beyond the picture; the limits of the axes cut them off.
    top, right = (_end(*one) for one in zip(spans, image.shape, by, shape, strict=False))
    extent = (columns.low, right, rows.low, top)
    # Mixed as colours: between two codes lies no third one.
    how |= {"interpolation": "antialiased", "interpolation_stage": "rgba"}
    drawn = ax.imshow(image, origin="lower", extent=extent, aspect="auto", zorder=0, **how)
    ax.set_xlim(columns.low, columns.high)
    ax.set_ylim(rows.low, rows.high)
    ax.set_xlabel(columns.label)
    ax.set_ylabel(rows.label)
    return drawn


def _end(where: Span, blocks: int, by: int, pixels: int) -> float:
    """Where the last block ends."""
    return where.high if blocks * by == pixels else where.low + (where.high - where.low) * blocks * by / pixels


def ranks(values: NDArray[Any]) -> tuple[Array, Array]:
    """Return values in increasing order and the share of all that lies below each: the distribution function.

    Ties count half. The finite values alone are looked at, and of many a sample that is always the same.

    Examples
    --------
    >>> ranks(np.array([5.0, 1.0, np.nan, 5.0, 9.0]))
    (array([1., 5., 9.]), array([0. , 0.5, 1. ]))
    """
    finite = values[np.isfinite(values)].astype(np.float64)
    if finite.size > SAMPLE:
        finite = finite[np.random.default_rng(0).choice(finite.size, SAMPLE, replace=False)]
    places, many = np.unique(finite, return_counts=True)
    below = np.cumsum(many) - many
    share = below + (many - 1) / 2
    if places.size > 1:
        share = (share - share[0]) / (share[-1] - share[0])
    return places, np.asarray(share, dtype=np.float64)


CONSTANT = 1e-6
"""Values whose differences are a smaller share of them than this are one value: ranks would spread noise over all
colours."""


def is_constant(places: Array) -> bool:
    """Return whether values in increasing order are all the same, up to `CONSTANT`."""
    return bool(places[-1] - places[0] <= CONSTANT * np.abs(places[[0, -1]]).max())


def rank_norm(values: NDArray[Any]) -> Normalize:
    """Return the norm under which each colour covers the same area: a value's colour is its rank among the finite ones.

    Raises
    ------
    InputError
        When no value is finite.
    """
    from matplotlib.colors import FuncNorm, Normalize

    places, share = ranks(values)
    if not places.size:
        raise InputError("no value is finite: there is nothing to rank")
    if is_constant(places):
        middle = float(places[0] + places[-1]) / 2
        return Normalize(middle - 0.5, middle + 0.5)
    if places.size > 1025:  # as many knots as colours can be told apart, four times over
        keep = np.unique(np.searchsorted(share, np.linspace(0, 1, 1025)).clip(0, places.size - 1))
        places, share = places[keep], share[keep]

    def forward(x: Any) -> Any:
        return np.interp(x, places, share)

    def inverse(x: Any) -> Any:
        return np.interp(x, share, places)

    return FuncNorm((forward, inverse), vmin=float(places[0]), vmax=float(places[-1]))


def rank_bar(ax: Axes, image: AxesImage, text: str) -> Colorbar:
    """Put a colour bar beside the axes whose ticks stand at the quartiles of what is shown."""
    bar = ax.figure.colorbar(image, ax=ax, label=text, pad=0.02, aspect=28)
    norm = image.norm
    if type(norm).__name__ == "FuncNorm":
        places = np.unique([float(norm.inverse(p)) for p in (0, 0.25, 0.5, 0.75, 1)])  # type: ignore[attr-defined]
        bar.set_ticks(list(places), labels=apart(places))
    else:
        middle = (norm.vmin + norm.vmax) / 2  # type: ignore[operator]
        bar.set_ticks([middle], labels=apart([middle]))
        bar.set_label(f"{text.removesuffix(', by rank')}: constant to one part in a million")
    bar.minorticks_off()
    bar.outline.set_linewidth(0.5)
    return bar


def apart(values: Sequence[float] | Array) -> list[str]:
    """Return numbers as text with as few digits as tell them apart, three at least.

    Examples
    --------
    >>> apart([0.37071, 0.37074, 12.0])
    ['0.37071', '0.37074', '12']
    """
    for digits in range(3, 17):
        texts = [_short(float(v), digits) for v in values]
        if len(set(texts)) == len(texts):
            break
    return [t.replace("-", "−") for t in texts]


def _short(value: float, digits: int) -> str:
    if value == 0 or 1e-4 <= abs(value) < 1e7:
        return np.format_float_positional(value, precision=digits, fractional=False, trim="-")
    return f"{value:.{digits}g}"
