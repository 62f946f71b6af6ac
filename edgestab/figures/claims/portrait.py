"""The orbits of the quartic near the edge, which fall onto a parabola."""

from __future__ import annotations

from edgestab.figures.panels import Drawing, Panel, grid
from edgestab.figures.portrait import ETA_SHOWN, draw_portrait, portrait_orbits
from edgestab.figures.statements import shown_in, start_panels
from edgestab.verify.verdict import Verdict


def draw(verdict: Verdict) -> Drawing:
    """Return two portraits, and the maps of the sampled starts where there are any."""
    orbits = portrait_orbits()
    cube = ETA_SHOWN**1.5
    panels = [
        Panel(rf"$\eta = {ETA_SHOWN}$", lambda ax: draw_portrait(ax, ETA_SHOWN, orbits, (-0.004, 0.06), (-0.15, 0.15))),
        Panel(
            "near the limit", lambda ax: draw_portrait(ax, ETA_SHOWN, orbits, (-2.2 * cube, 3 * cube), (-0.016, 0.016))
        ),
    ]
    maps = [p for s in shown_in(verdict) for p in start_panels(s, with_title=False, every=True)][:2]
    maps = [Panel(f"starts, {p.title}", p.paint) for p in maps]
    text = (
        "Every second iterate of gradient descent on the quartic, in offsets a and b from the minimum at the edge. The "
        "orbits fall onto the parabola b² = a k/2 + k⁴/16, k = √η, and follow it to the limit, inside the window "
        "(−5/3 k³, −k³/10)."
    )
    if maps:
        text += " Below: the sampled starts, coloured by what became of their orbits."
    return Drawing(grid([*panels, *maps]), text)
