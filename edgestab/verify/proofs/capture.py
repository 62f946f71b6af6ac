"""Capture: every start of a region comes into a ball in a bounded number of steps, cell by cell."""

from __future__ import annotations

from collections.abc import Sequence

import flint
import sympy as sp

from edgestab.numerics.printers.ball import evaluate
from edgestab.numerics.programs.program import Program, jacobian_program, step_program
from edgestab.numerics.rigorous.balls import Point, values
from edgestab.theory.relations import compare
from edgestab.theory.statement import OrbitStatement
from edgestab.theory.symbols import ETA
from edgestab.verify.proofs.argument import Box, NoArgument, step_sizes
from edgestab.verify.proofs.cells import LETTERS, bisected, widest_of_orbits

MOST_CELLS, MOST_STEPS, MOST_WORK = 20_000, 400, 200_000
"""How many cells a region is cut into, how many steps each is followed, and how many steps are taken in all."""

WIDEST = 0.25
"""How wide the enclosure of a cell may become, in units of the ball's radius, before the cell is cut."""


def captured(statement: OrbitStatement, box: Box, point: Point, radius: flint.arb) -> list[list[str]]:
    """Return the cells from which all starts come within a radius of a point: leaves are numbers of steps.

    Raises
    ------
    NoArgument
        When it is not shown.
    """
    step = statement.model.own.step
    program, slope = step_program(step), jacobian_program(step)
    if slope is None:
        raise NoArgument("the step has no Jacobian that can be enclosed")
    work = 0

    def steps(cell: Point) -> str | None:
        nonlocal work
        *begun, eta = cell
        if is_excluded(statement, begun, eta):
            return "0"
        at = tuple(begun)
        for number in range(MOST_STEPS + 1):
            if _is_inside(at, point, radius):
                return str(number)
            work += 1
            if work > MOST_WORK:
                raise NoArgument(f"that every start comes near the minimum is not shown in {MOST_WORK} steps of cells")
            at = image_of(program, slope, at, [eta] * (len(program.inputs) - len(at)))
            if not all(x.is_finite() and x.rad() < WIDEST * radius for x in at):
                return None
        raise NoArgument(f"a start is not near the minimum after {MOST_STEPS} steps")

    what = f"that every start comes near the minimum is not shown with {MOST_CELLS} cells"
    letters = f"{LETTERS[: len(box)]}e"
    sizes = step_sizes(statement)
    return [bisected((*box, ends), steps, widest_of_orbits, letters, MOST_CELLS, what) for ends in sizes]


def is_excluded(statement: OrbitStatement, cell: Sequence[flint.arb], eta: flint.arb) -> bool:
    """Return whether no start in a cell satisfies the hypotheses."""
    step = statement.model.own.step
    state = [s for s in step.state if s != step.clock]
    known = {**dict(zip(state, cell, strict=True)), **dict.fromkeys(step.parameters, eta), ETA: eta}
    for relation in statement.region.where:
        if isinstance(relation, sp.Gt | sp.Ge | sp.Lt | sp.Le) and compare(
            relation.negated, *values([relation.lhs, relation.rhs], known)
        ):
            return True
    return False


def _is_inside(at: Point, point: Point, radius: flint.arb) -> bool:
    return bool(sum((abs(x - p).upper() ** 2 for x, p in zip(at, point, strict=True)), flint.arb(0)) < radius**2)


def image_of(program: Program, slope: Program, at: Point, constants: list[flint.arb]) -> Point:
    """Return an enclosure of the image of a box: the natural extension met with the mean-value form."""
    n = len(at)
    middle = [x.mid() for x in at]
    found, centre = evaluate(program, [*at, *constants]), evaluate(program, [*middle, *constants])
    rows = evaluate(slope, [*at, *constants])
    image = []
    for i in range(n):
        mean = centre[i] + sum((rows[n * i + j] * (at[j] - middle[j]) for j in range(n)), flint.arb(0))
        # Where a value may be undefined nothing is known: the mean-value form does not see it.
        both = mean.is_finite() and found[i].is_finite()
        image.append(found[i].intersection(mean) if both else found[i])
    return tuple(image)
