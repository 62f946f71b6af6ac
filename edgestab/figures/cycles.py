"""Bifurcation diagrams of branches of cycles, and the law by which a cascade of period doublings accumulates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from edgestab.errors import InputError
from edgestab.figures.annotate import legend_above, note
from edgestab.figures.style import BIFURCATION, BLACK, CYCLE, GUIDE, label, small_size
from edgestab.numerics.cycles.branch import Branch
from edgestab.numerics.cycles.cascade import Cascade

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MARKERS = {"fold": ">", "flip": "s", "Neimark-Sacker": "D", "branch point": "^"}
"""The marker of each kind of special point."""

NEAR = 100.0
"""The error of a cascade's end is drawn where it is not smaller than the distances by more than this factor."""


def draw_branches(
    ax: Axes, branches: Sequence[Branch], *, variable: int = 0, name: str | None = None, legend: bool = True
) -> None:
    """Draw branches of cycles: every point of a cycle, solid where it attracts and dashed where it does not.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    branches : sequence of Branch
        Of one map in one parameter.
    variable : int
        Which state variable is drawn.
    name : str, optional
        What it is called.
    legend : bool
        Whether to put the legend above the axes. Without, its entries are there for a legend of the figure.

    Raises
    ------
    InputError
        When there is no branch, or the branches are in different parameters.
    """
    parameters = {b.parameter for b in branches}
    if len(parameters) != 1:
        raise InputError(f"draw branches in one parameter at a time, got {', '.join(sorted(parameters)) or 'none'}")
    periods = sorted({b.period for b in branches})
    for branch in branches:
        colour = CYCLE[periods.index(branch.period) % len(CYCLE)]
        for first, last in _runs(branch.stable):
            style = "-" if branch.stable[first] else (0, (4, 2.2))
            # One point more, so that no gap is left where the stability changes.
            part = slice(first, min(last + 2, len(branch.values)))
            for phase in range(branch.period):
                ax.plot(branch.values[part], branch.points[part, phase, variable], color=colour, ls=style,
                        lw=1.5 if branch.stable[first] else 1.0, zorder=2, solid_capstyle="round",
                        gid="stable" if branch.stable[first] else "unstable")  # fmt: skip
    for period in periods:
        ax.plot([], [], color=CYCLE[periods.index(period) % len(CYCLE)], label=f"period {period}")
    for text, style, there in (
        ("stable", "-", any(b.stable.any() for b in branches)),
        ("unstable", "--", any((~b.stable).any() for b in branches)),
    ):
        if there:
            ax.plot([], [], color=GUIDE, ls=style, label=text)
    _draw_special(ax, branches, variable)
    ax.set_xlabel(label(parameters.pop()))
    ax.set_ylabel(label(name) if name else rf"$x_{{{variable + 1}}}$")
    ax.margins(x=0)
    if legend:
        legend_above(ax)


def _runs(stable: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last index of each stretch of one stability."""
    ends = np.flatnonzero(np.diff(stable)).tolist()
    return list(zip([0, *(e + 1 for e in ends)], [*ends, len(stable) - 1], strict=True))


def _draw_special(ax: Axes, branches: Sequence[Branch], variable: int) -> None:
    """Mark each special point once, at every point of its cycle; one that is not proved is hollow.

    Where a doubled cycle begins its branch has a branch point, and the flip it begins at is marked already.
    """
    named: set[str] = set()
    seen: set[tuple[float, float]] = set()
    points = ((b, branch) for branch in branches for b in branch.special)
    for point, branch in sorted(points, key=lambda pair: pair[0].kind == "branch point"):
        place = (round(point.value, 9), round(float(point.centre[variable]), 9))
        if place in seen:
            continue
        seen.add(place)
        text = point.kind if point.proved else f"{point.kind} (computed)"
        for height in branch.cycle_at(point)[:, variable]:
            ax.plot(point.value, height, MARKERS[point.kind], ms=5.5, mew=0.9, mec=BLACK, ls="none", zorder=4,
                    color=BIFURCATION if point.proved else "white", label=None if text in named else text,
                    gid=point.kind)  # fmt: skip
            named.add(text)


def draw_cascade(ax: Axes, found: Cascade, *, name: str | None = None, legend: bool = True) -> None:
    r"""Draw how far the flips of a cascade lie from its end.

    The line beside them is Feigenbaum's law, :math:`\ln|\mu_n - \mu_\infty| = c - n\ln\delta`. At each flip
    stands the ratio of the gaps on both sides of it, :math:`\delta_n`, which tends to :math:`\delta = 4.669\dots`

    Parameters
    ----------
    ax : Axes
        Where to draw.
    found : Cascade
        With four flips or more.
    name : str, optional
        The parameter, if it is to be called otherwise.
    legend : bool
        Whether to put the legend above the axes.

    Raises
    ------
    InputError
        When there are too few flips to extrapolate the end.
    """
    end, error = found.accumulation
    away = np.array(found.distances)
    number = np.arange(1, len(away) + 1)
    ratios = [float(r.mid()) for r in found.ratios]
    symbol = label(name or found.parameter).strip("$")
    # The line goes through the last flip whose distance is known to a percent.
    known = np.flatnonzero(away > 100 * error)
    anchor = int(known[-1]) if known.size else 0
    ax.plot(number, found.law(anchor), color=GUIDE, lw=1.0, zorder=1, label=r"slope $-\ln\delta$", gid="law")
    ax.plot(number, away, "o", ms=5, color=BIFURCATION, zorder=3, label="flips", gid="flips")
    least = float(away[away > 0].min())
    if error > least / NEAR:
        ax.axhline(error, color=GUIDE, lw=0.9, ls=":", zorder=1, label="estimated error of the end", gid="error")
        least = min(least, error)
    for n, ratio in zip(number[1:], ratios, strict=False):
        ax.annotate(f"{ratio:.7g}", (n, away[n - 1]), xytext=(7, 3), textcoords="offset points", fontsize=small_size(),
                    gid="ratio")  # fmt: skip
    ax.set_yscale("log")
    ax.set_xlim(0.5, len(away) + 1.0)
    ax.set_ylim(least / 4, 4 * float(away.max()))
    ax.set_xticks(number, [str(f.period) for f in found.flips])
    ax.set_xlabel(rf"period that doubles at ${symbol}_n$")
    ax.set_ylabel(rf"$|{symbol}_n - {symbol}_\infty|$")
    digits = max(1, min(16, int(-math.log10(error)))) if error > 0 else 16
    note(ax, [rf"${symbol}_\infty \approx {end:.{digits}f}$, extrapolated", r"beside the flips: the ratios $\delta_n$"])
    if legend:
        legend_above(ax)
