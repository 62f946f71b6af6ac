"""The invariant ellipse of the degree-2 loss."""

from __future__ import annotations

from edgestab.figures.panels import Drawing, Panel, grid
from edgestab.figures.portrait import draw_invariant_ellipse
from edgestab.verify.verdict import Verdict


def draw(_: Verdict) -> Drawing:
    """Return the ellipse with orbits inside it and on it."""
    panel = Panel(r"$\eta = 0.5$", draw_invariant_ellipse)
    return Drawing(
        grid([panel]),
        "The invariant ellipse F = 0 of ½ (1 − xy)² at η = 0.5. The orbits that start inside stay inside and reach the "
        "minima xy = 1; the orbit that starts on the ellipse stays on it.",
    )
