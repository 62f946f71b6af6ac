"""The sharp constant of the quartic: its series against measured gaps."""

from __future__ import annotations

import numpy as np

from edgestab.figures.gap import draw_deviation, draw_sharp_constant
from edgestab.figures.panels import Drawing, Panel, grid
from edgestab.numerics.orbits.gap import measured_gaps
from edgestab.verify.verdict import Verdict


def draw(_: Verdict) -> Drawing:
    """Return the series and the gaps, and the distance between them."""
    eta = np.concatenate([[0.02, 0.03], np.arange(0.04, 0.241, 0.01)])
    gap = measured_gaps(eta)
    panels = [
        Panel("", lambda ax: draw_sharp_constant(ax, eta, gap)),
        Panel("distance from the series", lambda ax: draw_deviation(ax, eta, gap)),
    ]
    return Drawing(
        grid(panels, height=3.0),
        "Left: the asymptotic series of G, cut after one to six terms (light to dark), and the gap at which "
        "one orbit for each step size ends, from P − 1 = 0.2 and b = 0.05. Right: the distance between the two.",
    )
