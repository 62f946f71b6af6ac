"""Figures of maps: how the dataset of each kind of job is drawn. A kind of job has a painter, and a line here."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import xarray as xr

from edgestab.errors import InputError
from edgestab.figures.basin import draw_basin
from edgestab.figures.exponents import draw_exponent_map, draw_exponents
from edgestab.figures.orbit_diagram import draw_orbit_diagram
from edgestab.figures.panels import one_panel
from edgestab.numerics.tiling.tiles import FINGERPRINT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Painter:
    """How a kind of map is drawn, and on how many inches."""

    paint: Callable[..., None]
    width: float
    height: float


def _draw_exponents(ax: Axes, dataset: xr.Dataset, **how: Any) -> None:
    """Exponents along a line or over a plane."""
    over_a_plane = dataset["exponent"].ndim == 3
    (draw_exponent_map if over_a_plane else draw_exponents)(ax, dataset, **how)


PAINTERS: Mapping[str, Painter] = {
    "basin": Painter(draw_basin, 6.4, 5.2),
    "orbit diagram": Painter(draw_orbit_diagram, 7.2, 4.6),
    "exponents": Painter(_draw_exponents, 6.4, 4.6),
}
"""By the kind of job."""


def figure_of(dataset: xr.Dataset, *, size: tuple[float, float] | None = None, **how: Any) -> Figure:
    """Return the figure of a map: a basin, an orbit diagram or Lyapunov exponents.

    Parameters
    ----------
    dataset : Dataset
        The result of a job, in memory or from a store.
    size : (float, float), optional
        Inches.
    **how
        Passed on to `edgestab.figures.basin.draw_basin`, `edgestab.figures.orbit_diagram.draw_orbit_diagram` or
        `edgestab.figures.exponents.draw_exponents`, such as ``colour="sharpness"`` for a basin.

    Raises
    ------
    InputError
        When the dataset is no such map.
    """
    kind = json.loads(dataset.attrs.get(FINGERPRINT, "{}")).get("inputs", {}).get("kind")
    if kind not in PAINTERS:
        raise InputError(f"this dataset is no map with a figure of its own, which are: {', '.join(PAINTERS)}")
    painter = PAINTERS[kind]
    return one_panel(lambda ax: painter.paint(ax, dataset, **how), *(size or (painter.width, painter.height)))
