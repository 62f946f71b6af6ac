"""What the galleries share: one legend for a figure, and the command that draws figures by name."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from matplotlib.figure import Figure

from edgestab.figures.save import save_figure
from edgestab.figures.style import publication

DPI = 120
LARGEST = 150_000  # bytes of a picture with all its colours; larger ones get a palette


def shared_legend(figure: Figure) -> None:
    """One legend below all axes, each name once."""
    found = {}
    for ax in figure.axes:
        for handle, name in zip(*ax.get_legend_handles_labels(), strict=True):
            found.setdefault(name, handle)
    figure.legend(list(found.values()), list(found), loc="outside lower center", ncols=4, columnspacing=1.4)


def command(figures: Mapping[str, Callable[..., Figure]], description: str, folder: Path, size: str = "--size") -> None:
    """Draw the figures that the command line asks for; `size` is the option that a figure takes as its argument."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("name", nargs="?", choices=[*figures, "all"], metavar="NAME")
    parser.add_argument(size, dest="size", type=int, help="pixels along a side, about" if size == "--size" else None)
    parser.add_argument("--out", type=Path, default=folder, help="the folder to save them in")
    parser.add_argument("--format", choices=["png", "pdf", "svg"], default="png")
    given = parser.parse_args()
    if given.name is None:
        for name, make in figures.items():
            print(f"{name:<15}{(make.__doc__ or '').splitlines()[0]}")
        return
    if given.size is not None and given.size < (size == "--size"):
        sys.exit(f"{size} is a positive number" if size == "--size" else f"{size} is not negative")
    given.out.mkdir(parents=True, exist_ok=True)
    for name in figures if given.name == "all" else [given.name]:
        began = time.perf_counter()
        path = given.out / f"{name}.{given.format}"
        with publication():
            figure = figures[name](*([] if given.size is None else [given.size]))
        save_figure(figure, path, dpi=DPI)
        if path.stat().st_size > LARGEST:
            save_figure(figure, path, dpi=DPI, colours=256)
        print(f"{path}  {time.perf_counter() - began:.1f} s, {path.stat().st_size / 1000:.0f} kB")
