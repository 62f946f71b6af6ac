"""Figures of verdicts: which one shows a claim, and how its panels are put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from edgestab.figures.style import WIDTH, label, new_figure, number, publication, to_svg
from edgestab.theory.conclusions.final_sharpness import FinalSharpness
from edgestab.theory.observation import Observation
from edgestab.verify.evidence.followed import Counterexample, Followed
from edgestab.verify.evidence.observed import ObservedEvidence
from edgestab.verify.verdict import Verdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Drawing", "draw", "figure_for", "to_svg"]

MOST_PANELS = 6
"""Panels of one figure; beyond them only the largest step size of each statement is drawn."""


@dataclass(frozen=True)
class Drawing:
    """A figure and what it shows, in words."""

    figure: Figure
    caption: str


@dataclass(frozen=True)
class Panel:
    """One pair of axes."""

    title: str
    paint: Callable[[Axes], None]


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
    own = _OWN.get(verdict.claim.id) if verdict.claim.kind != "user" else None
    with publication():
        if own is not None:
            return own(verdict)
        return _general(verdict) or _observed(verdict)


def _observed(verdict: Verdict) -> Drawing | None:
    """The first run of an observation; of several, of the first and the last."""
    from edgestab.figures.networks.observed import PANELS

    runs = [
        (part, evidence)
        for part, evidence in zip(verdict.claim.parts, verdict.evidence, strict=False)
        if isinstance(part, Observation) and isinstance(evidence, ObservedEvidence) and evidence.series
    ]
    runs = [(part, evidence) for part, evidence in runs if part.experiment in PANELS]
    runs = [runs[0], runs[-1]] if len(runs) > 2 else runs
    panels = [
        Panel("", lambda ax, paint=paint, series=evidence.series: paint(ax, series))  # type: ignore[misc]  # bound here
        for part, evidence in runs
        for paint in PANELS[part.experiment]
    ]
    if not panels:
        return None
    words = "; ".join(f"{evidence.networks}, seed {evidence.seeds[0]}" for _, evidence in runs)
    return Drawing(_grid(panels), f"One run of each: {words}.")


def shown_in(verdict: Verdict) -> list[Followed]:
    """Return the sampled statements of a verdict; of a family, the member it is judged by."""
    parts = zip(verdict.claim.parts, verdict.evidence, strict=False)
    checks = zip(verdict.claim.checks, verdict.checks, strict=False)
    found = [evidence.followed(part) for part, evidence in (*parts, *checks)]
    return [f for f in found if f is not None and f.series and len(f.series["eta"])]


def _general(verdict: Verdict) -> Drawing | None:
    """The map of the starts and the gap, whichever the evidence has."""
    statements = shown_in(verdict)
    with_titles = verdict.claim.kind != "user" and len(statements) > 1
    panels = [p for s in statements for p in _start_panels(s, with_titles, every=True)]
    gaps = [_gap_panel(s, with_titles) for s in statements if isinstance(s.statement.conclusion, FinalSharpness)]
    if len(panels) + len(gaps) > MOST_PANELS:
        panels = [p for s in statements for p in _start_panels(s, with_titles, every=False)]
    panels = _interleaved(panels, gaps)[:MOST_PANELS]
    if not panels:
        return None
    figure = _grid(panels)
    words = []
    if len(panels) > len(gaps):
        words.append("Starts, coloured by what became of their orbits.")
    if any(line.get_gid() == "edge" for ax in figure.axes for line in ax.lines):
        words.append("Dashed lines bound the region.")
    if gaps:
        words.append("Gap between 2/η and the final sharpness, in units of η; zero is the edge of stability.")
    constants = sorted({s.constant for s in statements if s.constant})
    if constants:
        words.append(f"Drawn for {', '.join(constants)}.")
    return Drawing(figure, " ".join(words))


def _interleaved(panels: list[Panel], gaps: list[Panel]) -> list[Panel]:
    """Maps first; a gap stands beside the map when there is one of each for every statement."""
    if len(panels) == len(gaps):
        return [p for pair in zip(panels, gaps, strict=True) for p in pair]
    return panels + gaps


def _start_panels(shown: Followed, with_title: bool, *, every: bool) -> list[Panel]:
    from edgestab.figures.starts import axes_of, draw_edges, draw_starts

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
    from edgestab.figures.gap import draw_gap, window_of

    conclusion = shown.statement.conclusion
    window = window_of(conclusion) if isinstance(conclusion, FinalSharpness) else None
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


def _grid(panels: list[Panel], *, height: float = 2.75, width: float = WIDTH) -> Figure:
    """Panels two to a row, one legend under them all."""
    columns = min(2, len(panels))
    rows = -(-len(panels) // columns)
    single = len(panels) == 1
    figure = new_figure(width if not single else 0.78 * width, height * rows + 0.45 if not single else 3.6)
    axes = figure.subplots(rows, columns, squeeze=False)
    for ax, panel in zip(axes.flat, panels, strict=False):
        panel.paint(ax)
        if panel.title:
            ax.set_title(panel.title)
    for ax in axes.flat[len(panels) :]:
        ax.remove()
    _legend(figure)
    return figure


def _legend(figure: Figure, columns: int = 3) -> None:
    """One legend for the whole figure, outside its axes, each name once."""
    from matplotlib.collections import PathCollection

    found: dict[str, Any] = {}
    for ax in figure.axes:
        for handle, name in zip(*ax.get_legend_handles_labels(), strict=True):
            found.setdefault(name, handle)
    if found:
        legend = figure.legend(
            list(found.values()),
            list(found),
            loc="outside lower center",
            ncols=min(columns, len(found)),
            columnspacing=1.4,
            handletextpad=0.5,
        )
        for shown in legend.legend_handles:
            if isinstance(shown, PathCollection):
                shown.set_alpha(1)
                shown.set_sizes([max(size, 22) for size in shown.get_sizes()])


def _portrait(verdict: Verdict) -> Drawing:
    from edgestab.figures.portrait import ETA_SHOWN, draw_portrait, portrait_orbits

    orbits = portrait_orbits()
    cube = ETA_SHOWN**1.5
    panels = [
        Panel(rf"$\eta = {ETA_SHOWN}$", lambda ax: draw_portrait(ax, ETA_SHOWN, orbits, (-0.004, 0.06), (-0.15, 0.15))),
        Panel(
            "near the limit", lambda ax: draw_portrait(ax, ETA_SHOWN, orbits, (-2.2 * cube, 3 * cube), (-0.016, 0.016))
        ),
    ]
    maps = [p for s in shown_in(verdict) for p in _start_panels(s, with_title=False, every=True)][:2]
    maps = [Panel(f"starts, {p.title}", p.paint) for p in maps]
    text = (
        "Every second iterate of gradient descent on the quartic, in offsets a and b from the minimum at the edge. The "
        "orbits fall onto the parabola b² = a k/2 + k⁴/16, k = √η, and follow it to the limit, inside the window "
        "(−5/3 k³, −k³/10)."
    )
    if maps:
        text += " Below: the sampled starts, coloured by what became of their orbits."
    return Drawing(_grid([*panels, *maps]), text)


def _ellipses(_: Verdict) -> Drawing:
    from edgestab.figures.portrait import ETA_SHOWN, draw_ellipses, ellipse_orbits

    orbits = ellipse_orbits()
    panel = Panel(rf"$\eta = {ETA_SHOWN}$", lambda ax: draw_ellipses(ax, ETA_SHOWN, orbits))
    text = (
        "Every second iterate of gradient descent on ½ (1 − xy)², over the ellipses b² = 4 (C − a²)/k² through the "
        "starts: the sharper the start, the flatter the limit."
    )
    return Drawing(_grid([panel]), text)


def _invariant_ellipse(_: Verdict) -> Drawing:
    from edgestab.figures.portrait import draw_invariant_ellipse

    panel = Panel(r"$\eta = 0.5$", draw_invariant_ellipse)
    return Drawing(
        _grid([panel]),
        "The invariant ellipse F = 0 of ½ (1 − xy)² at η = 0.5. The orbits that start inside stay inside and reach the "
        "minima xy = 1; the orbit that starts on the ellipse stays on it.",
    )


def _orbit_diagram(verdict: Verdict) -> Drawing:
    from edgestab.figures.orbits import density, draw_orbit_diagram, long_run

    run = long_run() if verdict.claim.id == "zhu2023.sec5-long-run" else None
    figure = new_figure(WIDTH, 4.3)
    draw_orbit_diagram(figure.subplots(), density(), run=run)
    _legend(figure)
    text = (
        "Orbit diagram of the frozen-s cubic d′ = d (1 + s − s d²) from positive starts, with its exact bifurcation "
        "values and, dashed, where the simplified map of the text doubles its period."
    )
    if run is not None:
        text += " Red: iterates of gradient descent from (12.5, 0.05) at η = 0.01, with s = η (x² + y²)."
    return Drawing(figure, text)


def _sharp_constant(_: Verdict) -> Drawing:
    from edgestab.figures.gap import draw_deviation, draw_sharp_constant, measured_gaps

    eta = np.concatenate([[0.02, 0.03], np.arange(0.04, 0.241, 0.01)])
    gap = measured_gaps(eta)
    panels = [
        Panel("", lambda ax: draw_sharp_constant(ax, eta, gap)),
        Panel("distance from the series", lambda ax: draw_deviation(ax, eta, gap)),
    ]
    return Drawing(
        _grid(panels, height=3.0),
        "Left: the asymptotic series of G, cut after one to six terms (light to dark), and the gap at which "
        "one orbit for each step size ends, from P − 1 = 0.2 and b = 0.05. Right: the distance between the two.",
    )


def _excess(verdict: Verdict) -> Drawing | None:
    """Degree 2: the final gap against the initial excess."""
    statements = shown_in(verdict)
    if not statements:
        return None
    from edgestab.figures.style import BLACK, CYCLE, SKY

    columns = statements[0].series

    def paint(ax: Axes) -> None:
        u = np.asarray(columns["offset"], dtype=float)
        eta = np.asarray(columns["eta"], dtype=float)
        ratio = np.asarray(columns["gap"], dtype=float) * eta**2 / u
        ax.axhspan(0.99, 1.5, color=SKY, alpha=0.22, lw=0, label="claimed window")
        ax.axhline(1, color=BLACK, lw=1.0, ls="--", label="mirror image")
        for i, size in enumerate(np.unique(eta)[::-1]):
            rows = eta == size
            ax.scatter(u[rows], ratio[rows], s=(16, 7, 3)[i % 3], color=CYCLE[i % len(CYCLE)], lw=0, alpha=0.8,
                       rasterized=bool(rows.sum() > 1000), label=rf"$\eta = {number(size)}$")  # fmt: skip
        ax.set_xlabel("initial excess $u$")
        ax.set_ylabel(r"final gap over excess, $(2 - \eta S_\infty)/u$")

    return Drawing(
        _grid([Panel("", paint)]),
        "Final gap 2 − η S∞ of gradient descent on ½ (1 − xy)², as a multiple of the initial excess u: it does not "
        "shrink with η, and the sharper the start the flatter the end.",
    )


_OWN: Mapping[str, Callable[[Verdict], Drawing | None]] = {
    "zhu2023.thm3.1": _portrait,
    "zhu2023.eq8-ode": _portrait,
    "zhu2023.parabola-attracts": _portrait,
    "zhu2023.sec4-ellipses": _ellipses,
    "zhu2023.sec4-no-concentration": _excess,
    "zhu2023.sec5-simplified": _orbit_diagram,
    "zhu2023.sec5-long-run": _orbit_diagram,
    "zhu2023.R2": _sharp_constant,
    "zhu2023.R4": _orbit_diagram,
    "zhu2023.R5": _invariant_ellipse,
}
"""Claims with a figure of their own."""
