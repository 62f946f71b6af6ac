"""A search for a start at which a conclusion holds, shown in ball arithmetic."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edgestab.theory.effort import Effort
from edgestab.theory.statement import OrbitStatement, StepSizes
from edgestab.verify.evidence.witness import WitnessEvidence
from edgestab.verify.orbits.walk import HoldsAsStated, NotConfirmed, Work
from edgestab.verify.sampling.confirm import confirm, point_of
from edgestab.verify.sampling.in_balls import suspect_of
from edgestab.verify.sampling.stages import Report, stages

MOST_TRIED = 16
"""How many starts are followed in ball arithmetic."""


def find_witness(
    statement: OrbitStatement, effort: Effort, threads: int | None = None, report: Report | None = None
) -> WitnessEvidence:
    """Look for a start of the region from which the conclusion holds.

    Parameters
    ----------
    statement, effort, threads, report
        As for `edgestab.verify.sampling.sampling.sample_statement`.
    """
    points, holding = 0, 0
    found: dict[str, str] = {}
    for eta in statement.step_sizes.values:
        here = replace(statement, step_sizes=StepSizes((eta,)))
        seen, held, point, detail = _witness(here, effort, threads, report)
        points, holding = points + seen, holding + held
        if not point:
            return WitnessEvidence(statement.name, points, holding, {}, detail)
        several = len(statement.step_sizes.values) > 1
        found |= {f"{name}{f' at eta = {eta}' if several else ''}": v for name, v in point.items()}
    return WitnessEvidence(statement.name, points, holding, found, detail)


def _witness(
    statement: OrbitStatement, effort: Effort, threads: int | None, report: Report | None
) -> tuple[int, int, dict[str, str], str]:
    """How many starts were followed, on how many it seems to hold, one at which it is shown, and what was shown."""
    points, holding, why = 0, 0, ""
    left = effort.confirm_operations / 2
    for sample, measured in stages(statement, effort, threads=threads, report=report):
        points += sample.count
        good = np.flatnonzero(measured.margin > 0)
        holding += good.size
        # Short orbits first; those that are not near to failing.
        order = np.lexsort((-measured.margin[good], measured.outcomes["steps"].values[good]))
        for index in good[order][:MOST_TRIED]:
            suspect, work = suspect_of(statement, sample, measured, int(index)), Work(left / 4)
            try:
                confirm(statement, suspect, work)
            except HoldsAsStated as shown:
                return points, holding, point_of(statement, suspect), str(shown)
            except NotConfirmed as error:
                why = why or str(error)
            left -= left / 4 - work.left
    return points, holding, {}, why
