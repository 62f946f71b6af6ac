"""The region of starts, coloured by what became of each orbit."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from edgestab.figures.style import BLACK, BLUE, GREEN, GREY, GUIDE, MOST_MARKERS, ORANGE, PURPLE, SKY, VERMILLION, label
from edgestab.numerics.orbits.coordinates import evaluate
from edgestab.numerics.orbits.status import Status
from edgestab.theory.region import Region
from edgestab.theory.symbols import ETA

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]

_WORDS = {
    Status.PENDING: "not computed",
    Status.CONVERGED: "converged",
    Status.PERIODIC: "on a cycle",
    Status.BOUNDED: "bounded",
    Status.DIVERGED: "diverged",
    Status.NONFINITE: "diverged",
    Status.UNDECIDED: "out of steps",
    Status.EXCLUDED: "excluded",
    Status.LEFT_DOMAIN: "left the domain",
}
_COLOURS = {
    "converged": BLUE,
    "on a cycle": GREEN,
    "bounded": SKY,
    "diverged": ORANGE,
    "left the domain": PURPLE,
    "out of steps": GREY,
    "not computed": GREY,
    "excluded": GREY,
}


@dataclass(frozen=True)
class Layer:
    """Orbits that ended alike."""

    name: str
    colour: str
    marker: str
    rows: NDArray[np.bool_]


def layers(status: NDArray[Any], margin: Array) -> list[Layer]:
    """Return the orbits by outcome, and by whether the conclusion holds; empty layers are left out."""
    found = []
    words = np.array([_WORDS[Status(int(s))] for s in status], dtype=object)
    open_ = np.isnan(margin)
    for word, colour in _COLOURS.items():
        for holds in (True, False):
            rows = (words == word) & ~open_ & ((margin >= 0) == holds)
            # Where the conclusion fails the colour is vermillion only after convergence: the outcome stays visible.
            shade = colour if holds else (VERMILLION if word == "converged" else colour)
            text = f"{word}, conclusion {'holds' if holds else 'fails'}"
            found.append(Layer(text, shade, "o" if holds else "x", rows))
    found.append(Layer("undecided", GREY, "+", open_))
    return [layer for layer in found if layer.rows.any()]


def axes_of(columns: Mapping[str, Any], variables: Sequence[str]) -> tuple[str, str] | None:
    """Return the two columns to draw: the first two variables that vary and are not tied to each other."""
    free = [v for v in variables if v in columns and np.ptp(columns[v]) > 0]
    if len(free) == 1 and np.ptp(columns["eta"]) > 0:
        return "eta", free[0]
    if len(free) < 2:
        return None
    for one, two in itertools.combinations(free, 2):
        if abs(np.corrcoef(columns[one], columns[two])[0, 1]) < 0.9:
            return one, two
    return free[0], free[1]


def draw_starts(
    ax: Axes,
    columns: Mapping[str, Any],
    names: tuple[str, str],
    *,
    worst: Mapping[str, float] | None = None,
    counterexample: Mapping[str, float] | None = None,
    eta_name: str = "eta",
) -> None:
    """Draw the starts in two of the region's variables.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    columns : mapping
        The series of the evidence: the variables, ``eta``, ``margin`` and ``status``, each of shape (n,).
    names : tuple of str
        The variables on the two axes.
    worst, counterexample : mapping, optional
        Starts to mark.
    eta_name : str
        What the step size is called in this statement.
    """
    x, y = (np.asarray(columns[n], dtype=float) for n in names)
    dense = x.size > MOST_MARKERS
    size = 9.0 if x.size <= 800 else 5.0
    for order, layer in enumerate(layers(np.asarray(columns["status"]), np.asarray(columns["margin"], dtype=float))):
        crossed = layer.marker != "o"
        ax.scatter(
            x[layer.rows],
            y[layer.rows],
            s=(3.0 if crossed else 1.0) * size,
            c=layer.colour,
            marker=layer.marker,
            linewidths=0.9 if crossed else 0,
            alpha=1.0 if crossed else 0.55,
            rasterized=dense,
            label=layer.name,
            zorder=2 + 0.1 * order,
        )
    mark(ax, names, worst, "least margin", "D")
    mark(ax, names, counterexample, "counterexample", "*")
    labels = [label(eta_name if name == "eta" else name) for name in names]
    ax.set_xlabel(labels[0])
    ax.set_ylabel(labels[1])
    ax.margins(0.03)


def mark(ax: Axes, names: tuple[str, str], point: Mapping[str, float] | None, text: str, marker: str) -> None:
    """Mark one start, when it has both coordinates."""
    if point is None or any(n not in point for n in names):
        return
    size = 130 if marker == "*" else 42
    ax.scatter(
        [point[names[0]]],
        [point[names[1]]],
        s=size,
        marker=marker,
        facecolors=VERMILLION if marker == "*" else "none",
        edgecolors=BLACK,
        linewidths=1.1,
        label=text,
        zorder=6,
    )


def draw_edges(ax: Axes, region: Region, names: tuple[str, str], eta: float) -> None:
    """Draw the bounds of one variable as curves in the other, where they depend on nothing else."""
    by_name = {v.name: (v, pair) for v, pair in zip(region.variables, region.bounds, strict=True)}
    if any(n not in by_name for n in names):
        return
    for along, across in (names, names[::-1]):
        (u, (u_low, u_high)), (_, (low, high)) = by_name[along], by_name[across]
        used = low.free_symbols | high.free_symbols
        if u not in used or not used <= {u, ETA} or not (u_low.free_symbols | u_high.free_symbols) <= {ETA}:
            continue
        ends = [float(sp.N(e.subs(ETA, eta))) for e in (u_low, u_high)]
        grid = np.linspace(ends[0], ends[1], 200)[1:-1]
        for edge in evaluate([low, high], {u: grid, ETA: np.full(grid.size, eta)}):
            pair = (grid, edge) if along == names[0] else (edge, grid)
            first = not any(line.get_gid() == "bound" for line in ax.lines)
            ax.plot(*pair, color=GUIDE, lw=1.0, ls="--", zorder=1.5, gid="bound",
                    label="bounds of the region" if first else None)  # fmt: skip
