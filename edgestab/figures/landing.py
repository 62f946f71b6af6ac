"""Where gradient descent on l(xy) lands: orbits beside frozen 2-cycles, and how far the law is from what is found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from edgestab.figures.style import BLACK, CYCLE, EDGE, GUIDE, MINIMA, ORBIT, PREDICTION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]

MARKERS = "osD^vP*X"


def draw_errors(ax: Axes, errors: Mapping[str, tuple[Array, Array]]) -> None:
    """Draw the relative distance from the constant against what its next term predicts, for several losses.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    errors : mapping
        By loss, eta sqrt(abs(G_1)/G_0) and abs(G - G_0)/G_0.
    """
    for k, (name, (scaled, error)) in enumerate(errors.items()):
        marker, colour = MARKERS[k % len(MARKERS)], CYCLE[k % len(CYCLE)]
        ax.plot(scaled, error, marker, color=colour, ms=4.5, mew=0.9, mfc="none", label=name, gid=f"errors {name}")
    ends = np.array([min(s.min() for s, _ in errors.values()), max(s.max() for s, _ in errors.values())])
    ax.plot(ends, ends**2, color=GUIDE, lw=0.9, zorder=1, label="slope 2: the next term", gid="slope 2")
    ax.set(xscale="log", yscale="log", xlabel=r"$\eta\,\sqrt{|G_1|/G_0}$", ylabel=r"$|G - G_0|\,/\,G_0$")


def draw_orbit(ax: Axes, b: Array, level: Array, name: str, colour: str = ORBIT) -> None:
    """Draw the iterates of an orbit, b across and the level of its sharpness up; its end is a marker."""
    ax.plot(b, level, ".", color=colour, ms=4, mew=0, zorder=4, label=name, gid=f"orbit {name}", rasterized=True)
    ax.plot(b[-1:], level[-1:], "o", color=MINIMA, mec=BLACK, mew=0.7, ms=6, zorder=5, gid=f"end {name}")


def draw_branch(ax: Axes, b: Array, level: Array, name: str, *, attracts: bool = True) -> None:
    """Draw both points of 2-cycles against the level, dashed where they repel."""
    style = "-" if attracts else "--"
    for sign, label in ((1, name), (-1, "_")):
        ax.plot(sign * b, level, style, color=PREDICTION, lw=3, alpha=0.6, zorder=2, label=label, gid=f"{name} {sign}")


def draw_edge(ax: Axes, level: float) -> None:
    """Draw the edge of stability at a level."""
    ax.axhline(level, color=EDGE, lw=0.9, ls="--", label="edge of stability", gid="edge")


def draw_forgetting(ax: Axes, left: Mapping[str, tuple[Array, Array, float]]) -> None:
    """Draw what is left of the difference of two starts against the step size, with the slope that is predicted.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    left : mapping
        By loss and start, 1/eta^2, -log(eta^2 D), and the predicted slope A.
    """
    for k, (name, (inverse, fallen, slope)) in enumerate(left.items()):
        ax.plot(inverse, fallen, MARKERS[k], color=CYCLE[k], ms=5, mfc="none", label=name, gid=f"differences {name}")
        line = fallen[-1] + slope * (inverse - inverse[-1])
        ax.plot(inverse, line, color=CYCLE[k], lw=0.9, gid=f"prediction {name}")
    ax.set(xlabel=r"$1/\eta^2$", ylabel=r"$-\log(\eta^2 D)$")
