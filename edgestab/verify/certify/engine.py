"""Certifying: a tube is proposed, and every inequality of docs/certificates.md is proved of it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from fractions import Fraction

from edgestab.theory.drift import NoDriftForm
from edgestab.verify.certify.arrival import arrival
from edgestab.verify.certify.basin import basin
from edgestab.verify.certify.cells import Budget, Cells, Interval, prove
from edgestab.verify.certify.contraction import contraction
from edgestab.verify.certify.document import Certificate
from edgestab.verify.certify.limit import limit
from edgestab.verify.certify.plan import Problem, at, propose, spread
from edgestab.verify.certify.power import power_start
from edgestab.verify.certify.starts import starts
from edgestab.verify.certify.tube import Tube

Report = Callable[[str, float], None]

CELLS = 400_000
"""How many cells are tried before it is given up."""


STARTS = 30_000
"""How many boxes of starts are tried: each is followed for many steps."""


def certify(
    problem: Problem, *, tube: Tube | None = None, cells: int = CELLS, report: Report | None = None
) -> Certificate:
    """Prove that every start of a box ends in a window, or say which cell could not be proved.

    Parameters
    ----------
    problem : Problem
        The map, the step sizes, the box of starts and the window.
    tube : Tube, optional
        A tube of your own; fitted by default.
    cells : int
        The budget.
    report : callable, optional
        Called with the name of the stage and the fraction done.

    Raises
    ------
    NoDriftForm
        When the map lacks what the proof needs.
    Unproved
        When a cell could not be proved; the message shows the hardest one.
    """

    def tell(stage: str, fraction: float) -> None:
        if report is not None:
            report(stage, fraction)

    if problem.timed and problem.basin is not None:
        raise NoDriftForm("the time is that of the starts alone: leave out the basin")
    budget = Budget(cells)
    tell("fitting the slow manifold", 0.0)
    tube = tube or propose(problem)
    tell("contraction", 0.2)
    proved = contract(tube, problem.eps, budget)
    tell("starts", 0.8)
    box = (problem.x, tube.strip if problem.basin is not None else problem.b, problem.eps)
    if problem.power is not None:
        box = ((Fraction(0), problem.x[1]), problem.b, problem.eps)
        power = power_start(tube, problem.x[1], problem.b, problem.eps[1], problem.power)
        start = Cells("xbe", box, ())
    else:
        power = None
        start = prove("the capture of the starts", "xbe", box, starts(tube), Budget(STARTS), _scale(box))
    lowest = proved[0].box[0][0]
    window = limit(tube, problem, lowest)
    tell("basin", 0.9)
    around = basin(tube, start, budget, *problem.basin) if problem.basin is not None else None
    time = None
    if problem.timed:
        if any(leaf not in ("0", *start.axes) for leaf in start.tree):
            raise NoDriftForm("the time needs starts that are captured at once: shorten the interval of b, or raise x")
        time = arrival(tube, problem, window, lowest, budget, None if power is None else power.reach)
    return Certificate(tube, problem.eta, proved, start, window, around, power, time)


def contract(tube: Tube, eps: Interval, budget: Budget) -> tuple[Cells, ...]:
    """Prove the contraction below the edge, and above it up to the ceiling."""
    ends = sorted({bottom(tube, eps), Fraction(0), tube.floor[0], tube.ceiling})
    proved = []
    for low, high in itertools.pairwise(ends):
        scale = (max(float(high), 0.05), 0.1, 4 * float(eps[1]))
        proved.append(prove("contraction", "xbe", ((low, high), tube.strip, eps), contraction(tube), budget, scale))
    return tuple(proved)


def bottom(tube: Tube, eps: Interval) -> Fraction:
    """Return a number below eps (c - rho0) for every eps of the range."""
    low = min(float(e) * (at(tube.curve.c, float(e)) - float(tube.rho[0])) for e in spread(eps, 257))
    return Fraction(f"{1.05 * low:.3g}")


def _scale(box: tuple[Interval, ...]) -> list[float]:
    return [max(float(b - a), 1e-300) for a, b in box]
