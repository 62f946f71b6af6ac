"""What stands around the axes of a map: a legend of its categories above, and a note in small print below."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from edgestab.figures.style import BLACK, GUIDE, literal, publication, small_size

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def keys(ax: Axes, colours: Mapping[str, str]) -> None:
    """Give axes one labelled square of each colour: what a legend, theirs or the figure's, is made from."""
    for name, colour in colours.items():
        ax.scatter([], [], s=46, marker="s", c=colour, edgecolors=BLACK, linewidths=0.4, label=name)


def legend_above(ax: Axes, clear: float = 0.0) -> None:
    """Put the legend above the axes, in as many columns as have room, and `clear` points higher."""
    import matplotlib as mpl
    from matplotlib.font_manager import FontProperties
    from matplotlib.lines import Line2D

    names = ax.get_legend_handles_labels()[1]
    if not names:
        return
    size = FontProperties(size=mpl.rcParams["legend.fontsize"]).get_size_in_points()
    widest = (max(len(plain(n)) for n in names) * 0.065 + 0.35) * size / 10
    columns = max(1, min(len(names), int((width_of(ax) + 0.7) / widest)))
    found = ax.legend(
        loc="lower center",
        bbox_to_anchor=(0.5, 1.0),
        ncols=columns,
        borderaxespad=0.2 + clear / size,
        handletextpad=0.3,
        columnspacing=1.2,
        handlelength=1.4,
    )
    for handle in found.legend_handles:
        if isinstance(handle, Line2D) and handle.get_linestyle() in ("None", "none"):
            handle.set_markersize(max(handle.get_markersize(), 5))  # a dot of the plot is too small to tell its colour


def note(ax: Axes, parts: Sequence[str]) -> None:
    """Write remarks below the label of the horizontal axis, in small print; nothing where there are none."""
    if not parts:
        return
    size = small_size()
    characters = max(24, int(width_of(ax) * 72 / (0.4 * size)))
    # A line cannot break inside a formula.
    whole = re.sub(r"\$[^$]*\$", lambda found: found[0].replace(" ", "\0"), "; ".join(parts))
    ax.annotate(
        "\n".join(textwrap.wrap(whole, characters)).replace("\0", " "),
        xy=(0.5, 0),
        xycoords=ax.xaxis.label,
        xytext=(0, -2),
        textcoords="offset points",
        ha="center",
        va="top",
        fontsize=size,
        color=GUIDE,
        gid="note",
    )


def dress(figure: Figure, *, title: str = "", caption: str = "") -> None:
    """Write a title above all axes and a caption in small print below them; nothing in either is read as mathematics.

    Parameters
    ----------
    figure : Figure
        In its final size.
    title, caption : str
        One line each, broken where it is longer than the figure is wide.
    """
    import matplotlib as mpl

    width = figure.get_figwidth()
    with publication(width):
        size = float(mpl.rcParams["axes.titlesize"])
        for text, points, write, colour in (
            (title, size, figure.suptitle, BLACK),
            (caption, small_size(), figure.supxlabel, GUIDE),
        ):
            shown = " ".join("".join(c if c.isprintable() else " " for c in text).split())
            if shown:
                lines = textwrap.wrap(shown, max(16, int(width * 72 / (0.5 * points))))
                write(literal("\n".join(lines)), fontsize=points, color=colour)


def width_of(ax: Axes) -> float:
    """Return the width of the axes in inches, as far as it is known before they are drawn."""
    return float(ax.bbox.width / ax.figure.dpi)


def plain(text: str) -> str:
    r"""Return about what a label with mathematics in it looks like, to tell how much room it takes.

    Examples
    --------
    >>> plain(r"$\sqrt{5} - 1$")
    '5 - 1'
    """
    kept, skip = [], False
    for c in text:
        if c == "\\":
            skip = True
        elif not (skip and c.isalpha()):
            skip = False
            if c not in "${}_^":
                kept.append(c)
    return "".join(kept).strip()
