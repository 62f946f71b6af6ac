"""The orbits of the degree-2 loss near the edge, which follow ellipses."""

from __future__ import annotations

from edgestab.figures.panels import Drawing, Panel, grid
from edgestab.figures.portrait import ETA_SHOWN, draw_ellipses, ellipse_orbits
from edgestab.verify.verdict import Verdict


def draw(_: Verdict) -> Drawing:
    """Return the orbits over the ellipses through their starts."""
    orbits = ellipse_orbits()
    panel = Panel(rf"$\eta = {ETA_SHOWN}$", lambda ax: draw_ellipses(ax, ETA_SHOWN, orbits))
    text = (
        "Every second iterate of gradient descent on ½ (1 − xy)², over the ellipses b² = 4 (C − a²)/k² through the "
        "starts: the sharper the start, the flatter the limit."
    )
    return Drawing(grid([panel]), text)
