"""What every command that draws is told about its picture, and the files it makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from edgestab.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from fractions import Fraction

    import sympy as sp
    import xarray as xr
    from matplotlib.figure import Figure

    from edgestab.theory.models.base import Model

LEAST_INCHES, MOST_INCHES = 1.5, 60.0


@Parameter(name="*")
@dataclass(frozen=True)
class Picture:
    """Where the picture goes, and how large it is.

    Parameters
    ----------
    png
        Draw the result into this file.
    pdf
        Draw the result into this file.
    svg
        Draw the result into this file.
    title
        What stands above the picture.
    size_inches
        WIDTH HEIGHT of the picture; below 5 inches of width its text is set smaller.
    """

    png: Path | None = None
    pdf: Path | None = None
    svg: Path | None = None
    title: str | None = None
    size_inches: Annotated[tuple[float, float] | None, Parameter(negative="")] = None

    @property
    def files(self) -> list[Path]:
        """The pictures that were asked for."""
        return [p for p in (self.png, self.pdf, self.svg) if p is not None]

    @property
    def written(self) -> list[Path]:
        """Every file that is written: the pictures, and what made each."""
        return [*self.files, *(p.with_name(f"{p.name}.json") for p in self.files)]

    def check(self, *, overwrite: bool) -> None:
        """Refuse, before any work, what cannot be written or drawn."""
        for option, path in (("--png", self.png), ("--pdf", self.pdf), ("--svg", self.svg)):
            if path is not None:
                _check(option, path, (f".{option[2:]}",), overwrite)
        if self.size_inches is not None and not all(
            isfinite(n) and LEAST_INCHES <= n <= MOST_INCHES for n in self.size_inches
        ):
            got = " ".join(f"{n:g}" for n in self.size_inches)
            raise InputError(f"--size-inches takes two numbers from {LEAST_INCHES:g} to {MOST_INCHES:g}, got {got}")
        if not self.files and (self.title is not None or self.size_inches is not None):
            raise InputError("--title and --size-inches are for a picture: add --png, --pdf or --svg FILE")

    def size(self, width: float, height: float) -> tuple[float, float]:
        """Return the size that was asked for in inches, or else this one."""
        return (width, height) if self.size_inches is None else self.size_inches


@Parameter(name="*")
@dataclass(frozen=True)
class PictureAndData(Picture):
    """Where the picture goes, and the numbers in it.

    Parameters
    ----------
    png
        Draw the result into this file.
    pdf
        Draw the result into this file.
    svg
        Draw the result into this file.
    title
        What stands above the picture.
    size_inches
        WIDTH HEIGHT of the picture; below 5 inches of width its text is set smaller.
    data
        Write the numbers that are drawn into this file: FILE.csv, a line for each point, or FILE.nc, everything.
    """

    data: Path | None = None

    @property
    def written(self) -> list[Path]:
        """Every file that is written: the pictures, what made each, and the numbers."""
        return [*super().written, *([] if self.data is None else [self.data])]

    def check(self, *, overwrite: bool) -> None:
        """Refuse, before any work, what cannot be written or drawn."""
        super().check(overwrite=overwrite)
        if self.data is not None:
            _check("--data", self.data, (".csv", ".nc"), overwrite)


def _check(option: str, path: Path, suffixes: tuple[str, ...], overwrite: bool) -> None:
    from edgestab.numerics.storage.places import free_file

    if path.suffix not in suffixes:
        raise InputError(f"{option} takes a file ending in {' or '.join(suffixes)}, got {path}")
    free_file(path, overwrite=overwrite)


def draw(picture: Picture, figure: Callable[[], Figure], dataset: xr.Dataset, caption: str = "") -> None:
    """Write the picture and the numbers that were asked for, if any were.

    Parameters
    ----------
    picture : Picture
        What was asked for.
    figure : callable
        Draws the figure, in the size that was asked for.
    dataset : Dataset
        The numbers, whose attributes say what made them.
    caption : str
        What is written below the figure: the map, and the values that do not vary.
    """
    from edgestab.provenance import about

    if picture.files:
        from edgestab.figures.annotate import dress
        from edgestab.figures.save import save_figure

        made = figure()
        dress(made, title=picture.title or "", caption=caption)
        named = {} if picture.title is None else {"title": picture.title}
        for path in picture.files:
            save_figure(made, path, about=about({**dataset.attrs, **named}))
    if isinstance(picture, PictureAndData) and picture.data is not None:
        from edgestab.numerics.storage.netcdf import save_netcdf
        from edgestab.numerics.storage.table import save_table

        (save_netcdf if picture.data.suffix == ".nc" else save_table)(dataset, picture.data)


def caption_of(of: Model, fixed: Mapping[sp.Symbol, Fraction] | Mapping[str, Any]) -> str:
    """Return the map that is iterated, with its loss where it has one, and the values that do not vary.

    Examples
    --------
    >>> from fractions import Fraction
    >>> from edgestab.theory.models.catalogue import model
    >>> caption_of(model("frozen-cubic"), {"s": Fraction(3, 2)})
    'frozen-s cubic, s = 1.5'
    """
    loss = f", L = {of.loss.expression}" if of.loss is not None and len(str(of.loss.expression)) <= 80 else ""
    return ", ".join([f"{of.own.step.name}{loss}", *(f"{s} = {float(v):.6g}" for s, v in fixed.items())])
