"""The orbit diagram of the frozen-s cubic, alone or under a run of gradient descent."""

from __future__ import annotations

from edgestab.figures.orbits import Array, density, draw_orbit_diagram, long_run
from edgestab.figures.panels import Drawing, legend
from edgestab.figures.style import WIDTH, new_figure
from edgestab.verify.verdict import Verdict


def draw(_: Verdict) -> Drawing:
    """Return the diagram with its exact bifurcation values."""
    return _drawn(None)


def draw_with_run(_: Verdict) -> Drawing:
    """Return the diagram under a run of gradient descent."""
    return _drawn(long_run())


def _drawn(run: tuple[Array, Array] | None) -> Drawing:
    figure = new_figure(WIDTH, 4.3)
    draw_orbit_diagram(figure.subplots(), density(), run=run)
    legend(figure)
    text = (
        "Orbit diagram of the frozen-s cubic d′ = d (1 + s − s d²) from positive starts, with its exact bifurcation "
        "values and, dashed, where the 2-cycle of the simplified map of the text flips."
    )
    if run is not None:
        text += " Dots: iterates of gradient descent from (12.5, 0.05) at η = 0.01, with s = η (x² + y²)."
    return Drawing(figure, text)
