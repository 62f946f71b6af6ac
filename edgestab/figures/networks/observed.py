"""Figures of observations: which panels show an experiment's first run. The figure has one legend for them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from edgestab.figures.matrices.observed import draw_growth, draw_onset, draw_radii
from edgestab.figures.matrices.toy import draw_row
from edgestab.figures.networks.central_flow import draw_distances as draw_flow_distances
from edgestab.figures.networks.central_flow import draw_losses
from edgestab.figures.networks.plane import draw_plane
from edgestab.figures.networks.scale import log_if_wide
from edgestab.figures.networks.stabilization import draw_displacement, draw_distances, draw_excess
from edgestab.figures.style import EDGE, GUIDE, LOSS, ORBIT, PREDICTION, SHARPNESS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]
Series = Mapping[str, Array]
Draw = Callable[["Axes", Series], None]


def draw_training_loss(ax: Axes, series: Series) -> None:
    """Draw ``loss`` against ``loss_step``."""
    ax.plot(series["loss_step"], series["loss"], color=LOSS, lw=1, label="loss", gid="loss")
    log_if_wide(ax, series["loss"])
    ax.set_xlabel("step")
    ax.set_ylabel("loss")
    ax.margins(x=0)


def draw_relative_sharpness(ax: Axes, series: Series) -> None:
    """Draw ``sharpness``, in units of the edge, against ``step``."""
    ax.axhline(1, color=EDGE, lw=0.9, ls="--", label="edge of stability", gid="edge")
    ax.plot(series["step"], series["sharpness"], color=SHARPNESS, lw=1, label="sharpness", gid="sharpness")
    ax.set_ylim(bottom=0)
    ax.set_xlabel("step")
    ax.set_ylabel("sharpness / edge")
    ax.margins(x=0)


def draw_distance(ax: Axes, series: Series) -> None:
    """Draw ``distance`` and ``halved_distance``, of gradient descent from gradient flow, against ``step``."""
    ax.plot(series["step"], series["distance"], color=ORBIT, label=r"step size $\eta$", gid="distance")
    ax.plot(series["step"], series["halved_distance"], color=ORBIT, ls="--", label=r"step size $\eta/2$", gid="halved")
    ax.set_ylim(bottom=0)
    ax.set_xlabel("step")
    ax.set_ylabel("distance from gradient flow")
    ax.margins(x=0)


def draw_order(ax: Axes, series: Series) -> None:
    r"""Draw ``error``, sup \|v - v*\|, against ``epsilon``, with slopes 1 and 2 beside it."""
    epsilon, error = series["epsilon"], series["error"]
    ax.loglog(epsilon, error, "o-", color=ORBIT, ms=4, label=r"sup $|v - v^*|$", gid="error")
    for slope, style in ((1, ":"), (2, "--")):
        guide = error[-1] * (epsilon / epsilon[-1]) ** slope
        ax.loglog(
            epsilon,
            guide,
            color=GUIDE if slope == 1 else PREDICTION,
            lw=1.0,
            ls=style,
            label=f"slope {slope}",
            gid=f"slope {slope}",
        )
    ax.set_xlabel(r"$\varepsilon$")
    ax.set_ylabel("error of the prediction")


PANELS: Mapping[str, tuple[Draw, ...]] = {
    "edge-of-stability": (draw_training_loss, draw_relative_sharpness),
    "step-size-drop": (draw_training_loss, draw_relative_sharpness),
    "flow-departure": (draw_distance,),
    "self-stabilization": (
        partial(draw_displacement, legend=False),
        partial(draw_excess, legend=False),
        partial(draw_distances, legend=False),
    ),
    "central-flow": (partial(draw_losses, legend=False), partial(draw_flow_distances, legend=False)),
    "coupling": (draw_order,),
    "parabola": (partial(draw_plane, legend=False),),
    "landing": (partial(draw_plane, legend=False),),
    "deep-linear-growth": (draw_growth,),
    "toy-run": tuple(partial(draw_row, quantity=quantity) for quantity in ("angle", "loss", "sharpness")),
    "deep-linear-rank-two": (draw_radii,),
    "deep-linear-rank-one": (draw_onset,),
}
"""What shows each experiment; those without an entry have no figure."""
