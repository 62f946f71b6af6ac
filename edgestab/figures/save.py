"""Figures as files: PNG, PDF or SVG by the file's ending, the same bytes for the same figure."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgestab.errors import InputError
from edgestab.figures.style import publication

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = 200
"""Dots an inch of pictures, and of the images inside vector figures."""

_METADATA: Mapping[str, Mapping[str, Any]] = {
    # What would differ from day to day or from one version to the next is left out.
    ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    ".png": {"Software": None},
    ".svg": {"Date": None, "Creator": None},
}


def save_figure(figure: Figure, path: str | os.PathLike[str], *, dpi: float = DPI, colours: int | None = None) -> None:
    """Save a figure in the format that the file's ending names.

    Equal figures give equal bytes. The file appears in one step: whoever interrupts leaves the old one, or none. In
    PDF, text stays text, in embedded TrueType fonts; in SVG it is drawn as outlines, so that it looks alike everywhere.

    Parameters
    ----------
    figure : Figure
        The figure.
    path : path
        Ends in ``.pdf``, ``.png`` or ``.svg``.
    dpi : float
        Dots an inch.
    colours : int, optional
        The most colours of a PNG, up to 256, which makes it smaller; as many as it has by default.

    Raises
    ------
    InputError
        For another ending.
    OSError
        When the file cannot be written.

    Examples
    --------
    >>> from edgestab.figures.style import new_figure
    >>> save_figure(new_figure(1, 1), Path("figure.bmp"))
    Traceback (most recent call last):
    edgestab.errors.InputError: a figure is saved as .pdf, .png or .svg: change the ending of figure.bmp
    """
    import matplotlib as mpl

    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in _METADATA:
        raise InputError(f"a figure is saved as {', '.join(list(_METADATA)[:-1])} or .svg: change the ending of {path}")
    buffer = io.BytesIO()
    with publication(), mpl.rc_context({"pdf.fonttype": 42}):
        figure.savefig(buffer, format=suffix[1:], dpi=dpi, metadata=dict(_METADATA[suffix]))
    if colours is not None and suffix == ".png":
        buffer = _reduced(buffer, colours)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_bytes(buffer.getvalue())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _reduced(picture: io.BytesIO, colours: int) -> io.BytesIO:
    """A PNG with a palette that comes close to every colour, however rare: a legend has as much right as its area."""
    from PIL import Image

    with Image.open(picture) as image:
        resolution = image.info.get("dpi")
        few = image.convert("RGB").quantize(colours, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    found = io.BytesIO()
    few.save(found, format="png", optimize=True, dpi=resolution)
    return found
