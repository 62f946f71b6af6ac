r"""Deep linear networks: singular values, the dimension of the oscillation, balancing gaps, multipliers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from edgestab.figures.style import CYCLE, GUIDE, small_size

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]


def draw_values(ax: Axes, steps: Array, values: Array) -> None:
    r"""Draw the singular values of the product, shape (steps, r), against the steps."""
    for k, column in enumerate(values.T):
        ax.plot(steps, column, color=CYCLE[k % len(CYCLE)], lw=0.8, label=rf"$\sigma_{k + 1}$", gid=f"sigma {k + 1}")
    ax.set_xlabel("step")
    ax.set_ylabel(r"singular values of $W_L\cdots W_1$")
    ax.margins(x=0)


def draw_diagram(ax: Axes, etas: Array, values: Array, edges: Mapping[str, float]) -> None:
    r"""Draw late singular values, shape (etas, kept, r), against the step size, with edges of stability by name."""
    for k in range(values.shape[2]):
        ax.plot(
            np.repeat(etas, values.shape[1]), values[:, :, k].ravel(), ".", ms=1.6, mew=0, color=CYCLE[k % len(CYCLE)],
            gid=f"sigma {k + 1}", rasterized=True,
        )  # fmt: skip
        # The dots are too small for a legend.
        ax.plot([], [], "o", ms=4, mew=0, color=CYCLE[k % len(CYCLE)], label=rf"$\sigma_{k + 1}$")
    draw_edges(ax, edges)
    ax.set_ylabel(r"late singular values")


def draw_edges(ax: Axes, edges: Mapping[str, float]) -> None:
    """Draw vertical lines at step sizes, each with its name above."""
    for name, eta in edges.items():
        ax.axvline(eta, color=GUIDE, lw=0.7, ls=":", gid=name)
        ax.annotate(name, (eta, 1), xycoords=("data", "axes fraction"), ha="center", va="bottom", fontsize=small_size())
    ax.set_xlabel(r"$\eta$")
    ax.margins(x=0.01)


def draw_dimension(ax: Axes, etas: Array, counted: Mapping[str, Array], edges: Mapping[str, float]) -> None:
    """Draw dimensions of the oscillation against the step size; NaN where a run has diverged."""
    for k, (name, values) in enumerate(counted.items()):
        ax.plot(etas, values, drawstyle="steps-mid", color=CYCLE[k], lw=1.3, label=name, gid=name)
    draw_edges(ax, edges)
    ax.set_ylabel("dimension")


def draw_gaps(ax: Axes, gaps: Mapping[str, Array], floor: float = 1e-16) -> None:
    """Draw balancing gaps against the steps, on a logarithmic axis with a floor."""
    for k, (name, values) in enumerate(gaps.items()):
        ax.semilogy(np.maximum(values, floor), color=CYCLE[k], lw=1.2, label=name, gid=name)
    ax.set_xlabel("step")
    ax.set_ylabel("balancing gap")
    ax.margins(x=0)


def draw_multipliers(
    ax: Axes, etas: Array, moduli: Mapping[str, Array], edges: Mapping[str, float], names: Sequence[str] = ()
) -> None:
    """Draw the largest modulus of the multipliers of each pair against the step size; 1 is a line."""
    ax.axhline(1, color=GUIDE, lw=0.9, ls="--", label="unit circle", gid="unit circle")
    for k, name in enumerate(names or moduli):
        ax.plot(etas, moduli[name], color=CYCLE[k % len(CYCLE)], lw=1.3, label=name, gid=name)
    draw_edges(ax, edges)
    ax.set_ylabel("largest modulus")
