"""Degree 2: the final gap against the initial excess."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edgestab.figures.panels import Drawing, Panel, grid
from edgestab.figures.statements import shown_in
from edgestab.figures.style import CYCLE, PREDICTION, WINDOW, number
from edgestab.numerics.orbits.gap import claimed_excesses
from edgestab.theory.conclusions.final_sharpness import FinalSharpness
from edgestab.theory.symbols import symbol
from edgestab.verify.verdict import Verdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw(verdict: Verdict) -> Drawing | None:
    """Return the ratio of the two for every orbit, or None when none was followed."""
    statements = shown_in(verdict)
    if not statements:
        return None
    columns, conclusion = statements[0].series, statements[0].statement.conclusion
    window = claimed_excesses(conclusion, symbol("offset")) if isinstance(conclusion, FinalSharpness) else None

    def paint(ax: Axes) -> None:
        u = np.asarray(columns["offset"], dtype=float)
        eta = np.asarray(columns["eta"], dtype=float)
        ratio = np.asarray(columns["gap"], dtype=float) * eta**2 / u
        if window is not None:
            ax.axhspan(*window, color=WINDOW, lw=0, label="claimed window")
        ax.axhline(1, color=PREDICTION, lw=1.2, ls="--", label="mirror image")
        for i, size in enumerate(np.unique(eta)[::-1]):
            rows = eta == size
            ax.scatter(u[rows], ratio[rows], s=(16, 7, 3)[i % 3], color=CYCLE[i % len(CYCLE)], lw=0, alpha=0.8,
                       rasterized=bool(rows.sum() > 1000), label=rf"$\eta = {number(size)}$")  # fmt: skip
        ax.set_xlabel("initial excess $u$")
        ax.set_ylabel(r"final gap over excess, $(2 - \eta S_\infty)/u$")

    return Drawing(
        grid([Panel("", paint)]),
        "Final gap 2 − η S∞ of gradient descent on ½ (1 − xy)², as a multiple of the initial excess u: it does not "
        "shrink with η, and the sharper the start the flatter the end.",
    )
