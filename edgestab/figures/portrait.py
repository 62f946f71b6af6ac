"""Phase portraits in the plane (a, b): two-step orbits, the attracting parabola, the ellipses of degree two."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from edgestab.figures.style import BLACK, CYCLE, GUIDE, MINIMA, ORBIT, REFINED, WINDOW
from edgestab.numerics.maps.pictures.edge_plane import (
    ellipse,
    invariant_ellipse,
    orbits_of_degree_two,
    parabola,
    two_step_orbits,
    vertex,
    window,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]

ETA_SHOWN = 0.01
QUARTIC_STARTS = ((0.055, 0.003), (0.045, -0.13), (0.025, 0.12), (0.035, -0.004), (0.012, 0.06))
DEGREE_TWO_STARTS = ((0.004, 0.002), (0.008, 0.002), (0.012, 0.002), (0.012, -0.002))


@functools.lru_cache(maxsize=4)
def _orbits(name: str) -> Array:
    """The orbits of the figure; the same for every claim that shows it."""
    if name == "quartic":
        return two_step_orbits(name, ETA_SHOWN, np.array(QUARTIC_STARTS).T, 500_000, 500)
    return two_step_orbits(name, ETA_SHOWN, np.array(DEGREE_TWO_STARTS).T, 20_000, 900)


def draw_portrait(
    ax: Axes, eta: float, orbits: Array, a_range: tuple[float, float], b_range: tuple[float, float]
) -> None:
    """Draw two-step orbits of the quartic, the parabola, the window and the limit.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    eta : float
        Step size.
    orbits : ndarray, shape (points, 2, n)
        Even iterates in (a, b), from `two_step_orbits`.
    a_range, b_range : tuple of float
        What part of the plane to show.
    """
    low, high = window(eta)
    ax.axvspan(low, high, color=WINDOW, lw=0, zorder=0, label="window for the limit", gid="window")
    a = vertex(eta) + (a_range[1] - vertex(eta)) * np.linspace(0, 1, 300) ** 2
    b = parabola(a, eta)
    both = (np.r_[a[::-1], a], np.r_[-b[::-1], b])
    ax.plot(*both, color=REFINED, lw=1.4, ls=(0, (5, 2)), zorder=4, label="parabola", gid="parabola")
    for i in range(orbits.shape[2]):
        colour = CYCLE[i % len(CYCLE)]
        ax.plot(orbits[:, 0, i], orbits[:, 1, i], "-", color=colour, lw=0.8, zorder=2)
        ax.plot(orbits[:, 0, i], orbits[:, 1, i], "o", ms=1.8, mew=0, color=colour, zorder=2.5, rasterized=True,
                label="GD, every other step" if i == 0 else None)  # fmt: skip
        ax.plot(*orbits[0, :, i], "s", ms=4.5, color=colour, mec=BLACK, mew=0.5, zorder=5,
                label="starts" if i == 0 else None)  # fmt: skip
    end = orbits[-1].mean(axis=1)
    star: Any = {"ms": 11, "color": MINIMA, "mec": BLACK, "mew": 0.5, "ls": "none"}
    ax.plot(end[0], 0.0, "*", zorder=6, label="limit", gid="limit", **star)
    ax.axhline(0, color=GUIDE, lw=0.6, zorder=1, gid="axis")
    ax.set_xlim(*a_range)
    ax.set_ylim(*b_range)
    ax.set_xlabel("$a$")
    ax.set_ylabel("$b$")


def portrait_orbits() -> Array:
    """Return the orbits of the portrait at eta = 0.01."""
    return _orbits("quartic")


def ellipse_orbits() -> Array:
    """Return the orbits of the degree-2 figure at eta = 0.01."""
    return _orbits("degree-2")


def draw_ellipses(ax: Axes, eta: float, orbits: Array) -> None:
    """Draw two-step orbits of the degree-2 loss over the ellipses b^2 = 4 (C - a^2)/k^2 through their starts."""
    angle = np.linspace(0, np.pi, 200)
    for i in range(orbits.shape[2]):
        a0, b0 = orbits[0, :, i]
        ax.plot(*ellipse(a0, b0, eta, angle), color=REFINED, lw=1.2, ls=(0, (5, 2)), zorder=3,
                label="ellipses" if i == 0 else None, gid="ellipse")  # fmt: skip
        colour = CYCLE[i % len(CYCLE)]
        ax.plot(orbits[:, 0, i], orbits[:, 1, i], "o", ms=2.2, mew=0, color=colour, zorder=2, rasterized=True,
                label="GD, every other step" if i == 0 else None)  # fmt: skip
        ax.plot(a0, b0, "s", ms=5, color=colour, mec=BLACK, mew=0.5, zorder=5, label="starts" if i == 0 else None)
        ax.plot(orbits[-1, 0, i], 0.0, "*", ms=10, color=MINIMA, mec=BLACK, mew=0.5, zorder=6, ls="none",
                label="limits" if i == 0 else None)  # fmt: skip
    ax.axhline(0, color=GUIDE, lw=0.6, zorder=1, gid="axis")
    ax.axvline(0, color=GUIDE, lw=0.6, zorder=1, gid="axis")
    ax.set_xlabel("$a$")
    ax.set_ylabel("$b$")


def draw_invariant_ellipse(ax: Axes, eta: float = 0.5) -> None:
    """Draw the invariant ellipse x^2 + y^2 - eta x y = 4/eta - eta of degree two, with orbits inside and on it."""
    x, y = invariant_ellipse(eta, np.linspace(0, 2 * np.pi, 400))
    ax.plot(x, y, color=REFINED, lw=1.5, label="$F = 0$", gid="ellipse", zorder=3)
    reach = 1.12 * float(np.abs(x).max())
    branch = np.geomspace(1 / reach, reach, 200)
    for sign in (1, -1):
        name = "minima, $xy = 1$" if sign == 1 else None
        ax.plot(sign * branch, sign / branch, color=MINIMA, lw=2.6, zorder=1, label=name, gid="minima")
    starts = np.array([[2.55, -1.2, 0.5, -2.4], [-0.3, 1.9, 1.6, -0.2]])
    inside = orbits_of_degree_two(starts, eta, 60)
    for i in range(starts.shape[1]):
        colour = CYCLE[i % len(CYCLE)]
        ax.plot(inside[:, 0, i], inside[:, 1, i], "o-", ms=2.6, lw=0.5, color=colour, zorder=2,
                label="orbits inside" if i == 0 else None)  # fmt: skip
        ax.plot(*starts[:, i], "s", ms=5, color=colour, mec=BLACK, mew=0.5, zorder=5,
                label="starts" if i == 0 else None)  # fmt: skip
    on = orbits_of_degree_two(np.array([[x[37]], [y[37]]]), eta, 16)
    ax.plot(on[:, 0, 0], on[:, 1, 0], "D", ms=3.4, color=ORBIT, mew=0, zorder=4, label="an orbit on it")
    ax.set_aspect("equal")
    ax.set_xlim(-reach, reach)
    ax.set_ylim(-reach, reach)
    ax.set_xlabel("$x$")
    ax.set_ylabel("$y$")
