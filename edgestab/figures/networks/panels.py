"""Figures of observations: the first run of an experiment; of several, of the first and the last."""

from __future__ import annotations

from edgestab.figures.networks.observed import PANELS
from edgestab.figures.panels import Drawing, Panel, grid
from edgestab.theory.observation import Observation
from edgestab.verify.evidence.observed import ObservedEvidence
from edgestab.verify.verdict import Verdict


def draw_observations(verdict: Verdict) -> Drawing | None:
    """Return what was observed in a run, and None when nothing was that has a figure."""
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
    return Drawing(grid(panels), f"One run of each: {words}.")
