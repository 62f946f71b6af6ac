"""Figures of experiments on the matrix models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from edgestab.figures.style import BLUE, EDGE, GUIDE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Series = Mapping[str, NDArray[np.float64]]


def draw_growth(ax: Axes, series: Series) -> None:
    """Draw ``measured`` growth against ``radius``, the modulus of the leading multiplier, with the diagonal."""
    ends = np.array([series["radius"].min(), series["radius"].max()])
    ax.plot(ends, ends, color=GUIDE, lw=0.9, ls="--", label="equal growth", gid="diagonal")
    ax.plot(series["radius"], series["measured"], "o", ms=3, color=BLUE, label="runs", gid="runs")
    ax.set_xlabel("modulus of the leading multiplier")
    ax.set_ylabel("growth of a perturbed run")


def draw_radii(ax: Axes, series: Series) -> None:
    r"""Draw ``radius``, the spectral radius of orbits of rank two, against ``sigma``."""
    ax.axhline(1, color=GUIDE, lw=0.9, ls="--", label="unit circle", gid="unit circle")
    ax.plot(
        series["sigma"],
        series["radius"],
        ".",
        ms=1.5,
        color=BLUE,
        label="orbits of rank two",
        gid="orbits",
        rasterized=True,
    )
    ax.set_xlabel(r"$\sigma_2/\sigma_1$")
    ax.set_ylabel("spectral radius")


def draw_onset(ax: Axes, series: Series) -> None:
    r"""Draw ``ratio``, :math:`\eta\lambda_{12}/2` where the orbit of rank one loses stability, against ``sigma``."""
    ax.axhline(1, color=EDGE, lw=0.9, ls="--", label=r"edge, $\eta = 2/\lambda_{12}$", gid="edge")
    ax.plot(series["sigma"], series["ratio"], ".", ms=3, color=BLUE, label="orbits of rank one", gid="onset")
    ax.set_xlabel(r"$\sigma_2/\sigma_1$")
    ax.set_ylabel(r"$\eta\lambda_{12}/2$ at the loss of stability")
