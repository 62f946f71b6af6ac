"""The orbit diagram of the frozen-s cubic, its exact bifurcations, and a run of gradient descent laid over it."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from edgestab.figures.orbit_diagram import mark
from edgestab.figures.style import BIFURCATION, ORBIT, PREDICTION, REFINED
from edgestab.numerics.maps.pictures.orbit_diagram import OrbitDiagramJob, orbit_diagram
from edgestab.numerics.maps.pictures.passage import passage
from edgestab.numerics.orbits.coordinates import evaluate
from edgestab.theory.frozen_cubic import EVENTS, FLIP, SECOND_FLIP, SIMPLIFIED_SECOND_FLIP, S, slow_and_fast, two_cycle
from edgestab.theory.models.catalogue import model
from edgestab.theory.symbols import ETA

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]

S_RANGE = (0.9, 2.0)
D_RANGE = (-1.5, 1.5)
COLUMNS, ROWS = 660, 421


@functools.lru_cache(maxsize=2)
def density(columns: int = COLUMNS, rows: int = ROWS, settle: int = 3000, kept: int = 500, lanes: int = 8) -> Array:
    """Return how often orbits of the frozen-s cubic visit each cell of (s, d), shape (rows, columns).

    The orbits start at positive d; each column is scaled by its largest entry.
    """
    cubic = model("frozen-cubic").own.step
    starts = np.linspace(0.35, 0.95, lanes)[np.newaxis]
    (s,), (d,) = cubic.parameters, cubic.state
    job = OrbitDiagramJob(cubic, s, S_RANGE, columns, d, D_RANGE, rows, starts, settle, kept)
    table = orbit_diagram(job).density.values[0]
    return np.asarray(table / np.maximum(table.max(axis=0), 1))


@functools.lru_cache(maxsize=2)
def long_run(eta: float = 0.01, x: float = 12.5, y: float = 0.05, points: int = 2500) -> tuple[Array, Array]:
    """Return s = eta (x^2 + y^2) and d = xy along the run of gradient descent from (x, y), thinned evenly."""
    quartic = model("quartic")
    # Three e-folds of the drift rate eps (s-1)/s^2 reach the end of the 2-cycle.
    steps = int(6 / eta**2)
    run = passage(quartic, (x, y), {ETA: eta}, *slow_and_fast(*quartic.own.step.state), steps, points)
    return run.abscissa, run.ordinate


def draw_orbit_diagram(ax: Axes, image: Array, *, run: tuple[Array, Array] | None = None) -> None:
    """Draw the orbit diagram with its exact bifurcation values.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    image : ndarray, shape (rows, columns)
        From `density`.
    run : tuple of ndarray, optional
        s and d of a run to lay over it.
    """
    ax.imshow(
        image**0.45,
        origin="lower",
        extent=(*S_RANGE, *D_RANGE),
        aspect="auto",
        cmap="Greys",
        interpolation="nearest",
        zorder=0,
        vmin=0,
        vmax=1,
    )
    s = np.linspace(float(FLIP), float(SECOND_FLIP), 120)
    upper, lower = evaluate(two_cycle(), {S: s})
    ax.plot([S_RANGE[0], s[0]], [upper[0], upper[0]], color=REFINED, lw=1.4, gid="fixed point",
            label="fixed point and 2-cycle, exactly")  # fmt: skip
    ax.plot(np.r_[s[::-1], s], np.r_[upper[::-1], lower], color=REFINED, lw=1.4, gid="two-cycle")
    if run is not None:
        name = r"gradient descent, $\eta = 0.01$"
        ax.plot(*run, "o", ms=1.7, mew=0, color=ORBIT, alpha=0.8, rasterized=True, label=name, zorder=3)
    ax.set_xlim(S_RANGE[0], S_RANGE[1] + 0.01)
    ax.set_ylim(*D_RANGE)
    ax.set_xlabel("$s$")
    ax.set_ylabel("$d = xy$")
    text = SIMPLIFIED_SECOND_FLIP
    exact = {_where(at): float(at) for at in EVENTS.values() if at != text}
    mark(ax, exact, BIFURCATION, words="exact bifurcations of the cubic")
    mark(ax, {_where(text): float(text)}, PREDICTION, words="2-cycle of the simplified map flips", style="--", row=1)


def _where(value: sp.Expr) -> str:
    return f"${sp.latex(value, fold_short_frac=True, order='rev-lex')}$"  # a row is one line high
