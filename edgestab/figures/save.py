"""Figures as files: PNG, PDF or SVG by the file's ending, the same bytes for the same figure."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
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


_KEYS: Mapping[str, tuple[str, str, str]] = {
    ".pdf": ("Title", "Subject", "Keywords"),
    ".png": ("Title", "Description", "Comment"),
    ".svg": ("Title", "Description", "Source"),
}
"""Where each format has a title, what made the picture, and the command."""


def save_figure(
    figure: Figure,
    path: str | os.PathLike[str],
    *,
    dpi: float = DPI,
    colours: int | None = None,
    about: Mapping[str, Any] = MappingProxyType({}),
) -> None:
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
    about : mapping, optional
        What made the picture, as of `edgestab.provenance.about`: it is written into the file's metadata, and beside it
        as a file that ends in ``.json``.

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
    with publication(figure.get_figwidth()), mpl.rc_context({"pdf.fonttype": 42}):
        figure.savefig(buffer, format=suffix[1:], dpi=dpi, metadata={**_METADATA[suffix], **_described(suffix, about)})
    if colours is not None and suffix == ".png":
        buffer = _reduced(buffer, colours)
    _write(path, buffer.getvalue())
    if about:
        text = json.dumps(about, indent=1, ensure_ascii=False, sort_keys=True)
        _write(path.with_name(f"{path.name}.json"), f"{text}\n".encode())


def _write(path: Path, content: bytes) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _described(suffix: str, about: Mapping[str, Any]) -> dict[str, str]:
    if not about:
        return {}
    title, description, command = _KEYS[suffix]
    made = json.dumps({k: v for k, v in about.items() if k != "command"}, ensure_ascii=True, sort_keys=True)
    named = str(about.get("result", {}).get("title", "")).encode("ascii", "backslashreplace").decode("ascii")
    return {title: named, description: made, command: str(about.get("command", ""))}


def _reduced(picture: io.BytesIO, colours: int) -> io.BytesIO:
    """A PNG with a palette that comes close to every colour, however rare: a legend has as much right as its area."""
    from PIL import Image

    with Image.open(picture) as image:
        resolution = image.info.get("dpi")
        few = image.convert("RGB").quantize(colours, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    found = io.BytesIO()
    few.save(found, format="png", optimize=True, dpi=resolution)
    return found
