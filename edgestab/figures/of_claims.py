"""Which figure shows a verdict. A claim with a figure of its own: a file in `claims`, and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from edgestab.figures.claims import ellipses, excess, frozen_cubic, invariant_ellipse, portrait, sharp_constant
from edgestab.figures.networks.panels import draw_observations
from edgestab.figures.panels import Drawing
from edgestab.figures.statements import draw_statements
from edgestab.figures.style import publication
from edgestab.verify.verdict import Verdict

if TYPE_CHECKING:
    from matplotlib.figure import Figure

OWN: Mapping[str, Callable[[Verdict], Drawing | None]] = {
    "zhu2023.thm3.1": portrait.draw,
    "zhu2023.eq8-ode": portrait.draw,
    "zhu2023.parabola-attracts": portrait.draw,
    "zhu2023.sec4-ellipses": ellipses.draw,
    "zhu2023.sec4-no-concentration": excess.draw,
    "zhu2023.sec5-simplified": frozen_cubic.draw,
    "zhu2023.sec5-long-run": frozen_cubic.draw_with_run,
    "zhu2023.R2": sharp_constant.draw,
    "zhu2023.R4": frozen_cubic.draw,
    "zhu2023.R5": invariant_ellipse.draw,
}
"""Claims with a figure of their own."""


def figure_for(verdict: Verdict) -> Figure | None:
    """Return the figure that shows a verdict, or None when there is nothing to draw.

    Parameters
    ----------
    verdict : Verdict
        From `edgestab.verify.check.check`. Claims of the catalogue have figures of their own; any other claim with
        sampled orbits gets the map of its starts, and the gap to the edge where it speaks of the final sharpness.
    """
    drawing = draw(verdict)
    return None if drawing is None else drawing.figure


def draw(verdict: Verdict) -> Drawing | None:
    """Return the figure that shows a verdict with its caption, or None when there is nothing to draw."""
    own = OWN.get(verdict.claim.id) if verdict.claim.kind != "user" else None
    with publication():
        if own is not None:
            return own(verdict)
        return draw_statements(verdict) or draw_observations(verdict)
