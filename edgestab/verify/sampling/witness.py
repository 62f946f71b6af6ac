"""A search for a start at which a conclusion holds, shown in ball arithmetic."""

from __future__ import annotations

import numpy as np

from edgestab.theory.effort import Effort
from edgestab.theory.statement import OrbitStatement
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
    points, holding, why = 0, 0, ""
    for sample, measured in stages(statement, effort, threads=threads, report=report):
        points += sample.count
        good = np.flatnonzero(measured.margin > 0)
        holding += good.size
        # Short orbits first; those that are not near to failing.
        order = np.lexsort((-measured.margin[good], measured.outcomes["steps"].values[good]))
        for index in good[order][:MOST_TRIED]:
            suspect = suspect_of(statement, sample, measured, int(index))
            try:
                confirm(statement, suspect, Work(effort.confirm_operations / 8))
            except HoldsAsStated as shown:
                return WitnessEvidence(statement.name, points, holding, point_of(statement, suspect), str(shown))
            except NotConfirmed as error:
                why = why or str(error)
    return WitnessEvidence(statement.name, points, holding, {}, why)
