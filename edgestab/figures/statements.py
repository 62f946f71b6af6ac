"""The sampled orbits of a verdict's statements: the map of their starts, and their gaps to the edge."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from edgestab.figures.gap import draw_gap
from edgestab.figures.panels import Drawing, Panel, grid
from edgestab.figures.starts import axes_of, draw_edges, draw_starts
from edgestab.figures.style import label, number
from edgestab.numerics.orbits.gap import claimed_gaps
from edgestab.theory.conclusions.final_sharpness import FinalSharpness
from edgestab.verify.evidence.followed import Counterexample, Followed
from edgestab.verify.verdict import Verdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_PANELS = 6
"""Panels of one figure; beyond them only the largest step size of each statement is drawn."""


def draw_statements(verdict: Verdict) -> Drawing | None:
    """Return the map of the starts and the gap, whichever the evidence has; None when it has neither."""
    statements = shown_in(verdict)
    with_titles = verdict.claim.kind != "user" and len(statements) > 1
    panels = [p for s in statements for p in start_panels(s, with_titles, every=True)]
    gaps = [_gap_panel(s, with_titles) for s in statements if isinstance(s.statement.conclusion, FinalSharpness)]
    if len(panels) + len(gaps) > MOST_PANELS:
        panels = [p for s in statements for p in start_panels(s, with_titles, every=False)]
    panels = _interleaved(panels, gaps)[:MOST_PANELS]
    if not panels:
        return None
    figure = grid(panels)
    words = []
    if len(panels) > len(gaps):
        words.append("Starts, coloured by what became of their orbits.")
    if gaps:
        words.append("Gap between 2/η and the final sharpness, in units of η; dashed, the edge of stability.")
    constants = sorted({s.constant for s in statements if s.constant})
    if constants:
        words.append(f"Drawn for {', '.join(constants)}.")
    return Drawing(figure, " ".join(words))


def _interleaved(panels: list[Panel], gaps: list[Panel]) -> list[Panel]:
    """Maps first; a gap stands beside the map when there is one of each for every statement."""
    if len(panels) == len(gaps):
        return [p for pair in zip(panels, gaps, strict=True) for p in pair]
    return panels + gaps


def shown_in(verdict: Verdict) -> list[Followed]:
    """Return the sampled statements of a verdict; of a family, the member it is judged by."""
    parts = zip(verdict.claim.parts, verdict.evidence, strict=False)
    checks = zip(verdict.claim.checks, verdict.checks, strict=False)
    found = [evidence.followed(part) for part, evidence in (*parts, *checks)]
    return [f for f in found if f is not None and f.series and len(f.series["eta"])]


def start_panels(shown: Followed, with_title: bool, *, every: bool) -> list[Panel]:
    """Return the maps of a statement's starts: one for each of a few step sizes, or one for all.

    Parameters
    ----------
    shown : Followed
        The statement and its orbits.
    with_title : bool
        Whether the statement's name stands above each.
    every : bool
        Whether to draw every step size, or the first alone.
    """
    statement, columns = shown.statement, shown.series
    names = axes_of(columns, [v.name for v in statement.region.variables])
    if names is None:
        return []
    single = statement.step_sizes.values
    sizes: list[float | None] = [float(v) for v in single] if 1 <= len(single) <= 4 else [None]
    if not every:
        sizes = sizes[:1]
    parameters = statement.model.own.step.parameters
    eta_name = "eta" if columns["uses_eta"].all() or len(parameters) != 1 else parameters[0].name
    worst = dict(shown.worst)
    against = _point_of(shown.counterexample)
    panels = []
    for size in sizes:
        rows = np.ones(len(columns["eta"]), dtype=bool) if size is None else np.asarray(columns["eta"]) == size
        if not rows.any():
            continue
        part = {k: np.asarray(v)[rows] for k, v in columns.items()}

        def paint(ax: Axes, part: dict[str, Any] = part, size: float | None = size) -> None:
            here = [p if p and (size is None or abs(p["eta"] - size) < 1e-9 * size) else None for p in (worst, against)]
            draw_starts(ax, part, names, worst=here[0], counterexample=here[1], eta_name=eta_name)
            if size is not None:
                draw_edges(ax, statement.region, names, size)

        title = "" if size is None else f"{label(eta_name)} = {number(size)}"
        if with_title:
            title = f"{_plain(statement.name)}{', ' if title else ''}{title}"
        panels.append(Panel(title, paint))
    return panels


def _gap_panel(shown: Followed, with_title: bool) -> Panel:
    conclusion = shown.statement.conclusion
    window = claimed_gaps(conclusion) if isinstance(conclusion, FinalSharpness) else None
    series = shown.statement.model.name == "quartic"
    title = _plain(shown.statement.name) if with_title else ""
    free = [v.name for v in shown.statement.region.variables if np.ptp(shown.series[v.name]) > 0]
    against = free[0] if free else None
    return Panel(title, lambda ax: draw_gap(ax, shown.series, window, series=series, against=against))


def _point_of(counterexample: Counterexample | None) -> dict[str, float] | None:
    if counterexample is None:
        return None
    try:
        return {k: float(Fraction(v)) for k, v in counterexample.point.items()}
    except (ValueError, ZeroDivisionError):
        return None


def _plain(text: str) -> str:
    """The words of a catalogue's part, with nothing read as mathematics, broken into short lines."""
    import textwrap

    return "\n".join(textwrap.wrap(text.replace("$", r"\$"), 44))
