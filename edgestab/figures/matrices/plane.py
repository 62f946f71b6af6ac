r"""The UV model in the plane (p, q): how soon orbits are known to diverge, the invariant level, the fold lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from edgestab.figures.style import BLACK, BLUE, GREY, ORANGE, VERMILLION

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage

Array = NDArray[np.float64]

LOOKS: Mapping[str, Mapping[str, Any]] = {
    "level": {"color": BLACK, "lw": 1.6},
    "zero loss": {"color": BLUE, "lw": 1.1, "ls": "--"},
    "fold": {"color": VERMILLION, "lw": 1.1, "ls": ":"},
}
"""By kind of curve; another kind is drawn grey."""


def draw_escape(ax: Axes, horizontal: Array, vertical: Array, steps: Array) -> AxesImage:
    """Draw after how many steps starts escape, shape (vertical, horizontal); NaN, for those that do not, is white."""
    ends = (horizontal[0], horizontal[-1], vertical[0], vertical[-1])
    return ax.imshow(
        np.log2(1 + steps), origin="lower", extent=ends, aspect="auto", cmap="cividis_r", interpolation="nearest",
        rasterized=True, gid="escape",
    )  # fmt: skip


def draw_curves(ax: Axes, curves: Mapping[str, tuple[str, Array, Array]]) -> None:
    """Draw curves by name: a kind, and the coordinates of their points."""
    for name, (kind, x, y) in curves.items():
        ax.plot(x, y, label=name, gid=name, **LOOKS.get(kind, {"color": GREY, "lw": 0.9}))


def draw_fixed_points(ax: Axes, points: Array) -> None:
    """Draw isolated fixed points, shape (k, 2)."""
    ax.plot(
        *points.T, "o", ms=4.5, color=ORANGE, mec=BLACK, mew=0.5, ls="none", label="fixed points", gid="fixed", zorder=5
    )
