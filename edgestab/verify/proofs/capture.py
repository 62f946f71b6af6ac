"""Capture: every start of a region comes into a ball in a bounded number of steps, cell by cell."""

from __future__ import annotations

import flint
import sympy as sp

from edgestab.numerics.printers.ball import evaluate
from edgestab.numerics.programs.program import Program, jacobian_program, step_program
from edgestab.numerics.rigorous.balls import Point, values
from edgestab.theory.relations import compare
from edgestab.theory.statement import OrbitStatement
from edgestab.theory.symbols import ETA
from edgestab.verify.proofs.argument import Box, NoArgument, across, halves, over, step_sizes

MOST_CELLS, MOST_STEPS, MOST_WORK = 20_000, 400, 200_000
"""How many cells a region is cut into, how many steps each is followed, and how many steps are taken in all."""

WIDEST = 0.25
"""How wide the enclosure of a cell may become, in units of the ball's radius, before the cell is cut."""


def captured(statement: OrbitStatement, box: Box, point: Point, radius: flint.arb) -> tuple[int, int]:
    """Return on how many cells it is shown that all starts come within a radius of a point, and in how many steps.

    Raises
    ------
    NoArgument
        When it is not shown.
    """
    step = statement.model.own.step
    program, slope = step_program(step), jacobian_program(step)
    if slope is None:
        raise NoArgument("the step has no Jacobian that can be enclosed")
    todo = [(tuple(over(pair) for pair in box), over(ends)) for ends in step_sizes(statement)]
    cells = steps = work = 0
    while todo:
        cell, eta = todo.pop()
        if is_excluded(statement, cell, eta):
            continue
        cells += 1
        if cells > MOST_CELLS:
            raise NoArgument(f"that every start comes near the minimum is not shown with {MOST_CELLS} cells")
        at = cell
        for number in range(MOST_STEPS + 1):
            if _is_inside(at, point, radius):
                steps = max(steps, number)
                break
            work += 1
            if work > MOST_WORK:
                raise NoArgument(f"that every start comes near the minimum is not shown in {MOST_WORK} steps of cells")
            at = image_of(program, slope, at, [eta] * (len(program.inputs) - len(at)))
            if not all(x.is_finite() and x.rad() < WIDEST * radius for x in at):
                todo.extend(parts_of(cell, eta))
                break
        else:
            raise NoArgument(f"a start is not near the minimum after {MOST_STEPS} steps")
    return cells, steps


def is_excluded(statement: OrbitStatement, cell: Point, eta: flint.arb) -> bool:
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


def parts_of(cell: Point, eta: flint.arb) -> list[tuple[Point, flint.arb]]:
    """Return the halves of a cell across its widest side, or across the step sizes where these are wider."""
    widest = max(range(len(cell)), key=lambda i: float(cell[i].rad()))
    if float(eta.rad()) / float(eta.mid()) > float(cell[widest].rad()) / (1e-30 + float(abs(cell[widest]).upper())):
        return [(cell, half) for half in halves(eta)]
    return [(part, eta) for part in across(cell)]
