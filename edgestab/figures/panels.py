"""A figure from panels: two to a row, with one legend under them all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edgestab.figures.style import WIDTH, new_figure, publication

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Drawing:
    """A figure and what it shows, in words."""

    figure: Figure
    caption: str


@dataclass(frozen=True)
class Panel:
    """One pair of axes."""

    title: str
    paint: Callable[[Axes], None]


def grid(panels: Sequence[Panel], *, height: float = 2.75, width: float = WIDTH) -> Figure:
    """Panels two to a row, one legend under them all."""
    columns = min(2, len(panels))
    rows = -(-len(panels) // columns)
    single = len(panels) == 1
    figure = new_figure(width if not single else 0.78 * width, height * rows + 0.45 if not single else 3.6)
    axes = figure.subplots(rows, columns, squeeze=False)
    for ax, panel in zip(axes.flat, panels, strict=False):
        panel.paint(ax)
        if panel.title:
            ax.set_title(panel.title)
    for ax in axes.flat[len(panels) :]:
        ax.remove()
    legend(figure)
    return figure


def legend(figure: Figure, columns: int = 3) -> None:
    """One legend for the whole figure, outside its axes, each name once."""
    from matplotlib.collections import PathCollection

    found: dict[str, Any] = {}
    for ax in figure.axes:
        for handle, name in zip(*ax.get_legend_handles_labels(), strict=True):
            found.setdefault(name, handle)
    if found:
        found_legend = figure.legend(
            list(found.values()),
            list(found),
            loc="outside lower center",
            ncols=min(columns, len(found)),
            columnspacing=1.4,
            handletextpad=0.5,
        )
        for shown in found_legend.legend_handles:
            if isinstance(shown, PathCollection):
                shown.set_alpha(1)
                shown.set_sizes([max(size, 22) for size in shown.get_sizes()])


def one_panel(paint: Callable[[Axes], object], width: float, height: float) -> Figure:
    """Return a figure with one pair of axes; sizes in inches."""
    with publication(width):
        figure = new_figure(width, height)
        paint(figure.subplots())
    return figure
