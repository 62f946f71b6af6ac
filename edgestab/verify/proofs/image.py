"""Images of cells: an inequality shown after one step, or a few, on a cover of all starts in ball arithmetic."""

from __future__ import annotations

import flint
import sympy as sp

from edgestab.numerics.orbits.domain import guards_of
from edgestab.numerics.programs.program import Program, jacobian_program, step_program
from edgestab.numerics.rigorous.balls import Point, precision, values
from edgestab.theory.conclusions.along import Along
from edgestab.theory.conclusions.invariant import Invariant
from edgestab.theory.statement import OrbitStatement
from edgestab.theory.stepmap import StepMap, T
from edgestab.theory.symbols import ETA
from edgestab.verify.proofs.argument import (
    Argument,
    Box,
    NoArgument,
    region_box,
    require_every_start,
    step_sizes,
)
from edgestab.verify.proofs.capture import image_of, is_excluded
from edgestab.verify.proofs.cells import LETTERS, bisected, leaves, widest_of_orbits
from edgestab.verify.proofs.document import document

METHOD = "images of cells in ball arithmetic"

FEW, LARGEST, BITS = 8, 4, 64
"""The most steps, the most variables, and the precision."""

MOST_CELLS = 20_000
"""How many cells the starts are cut into at most."""


def require(statement: OrbitStatement) -> None:
    """Refuse a statement that is not about the first few steps from a box.

    Raises
    ------
    NoArgument
        The message says which ingredient is missing.
    """
    require_every_start(statement)
    conclusion = statement.conclusion
    if not isinstance(conclusion, Along) or conclusion.until is None or conclusion.until > FEW:
        raise NoArgument(f"the conclusion is not about the first {FEW} steps")
    step = statement.model.own.step
    if len(step.state) > LARGEST + (step.clock is not None) or set(step.parameters) - {ETA}:
        raise NoArgument(f"the state has more than {LARGEST} variables, or the step has constants")
    _box(statement)


def _box(statement: OrbitStatement) -> Box:
    return region_box(statement, clock=statement.model.own.step.clock)


def prove(statement: OrbitStatement) -> Argument:
    """Prove an inequality of the first few iterates from all starts.

    Raises
    ------
    NoArgument
        The message says which ingredient is missing.
    """
    require(statement)
    conclusion, box = statement.conclusion, _box(statement)
    if not isinstance(conclusion, Along) or conclusion.until is None:
        raise AssertionError("a statement that fits is about the first few steps")
    step = statement.model.own.step
    timeless = step if step.clock is None else step.at_a_time()
    program, slope = step_program(timeless), jacobian_program(timeless)
    if slope is None:
        raise NoArgument("the step has no Jacobian that can be enclosed")

    def shown(cell: Point) -> str | None:
        *at, eta = cell
        done = is_excluded(statement, at, eta) or _holds(conclusion, timeless, program, slope, tuple(at), eta)
        return "." if done else None

    what = f"the inequality is not shown with {MOST_CELLS} cells: it may be sharp somewhere"
    letters = f"{LETTERS[: len(box)]}e"
    with precision(BITS):
        sizes = step_sizes(statement)
        trees = [bisected((*box, ends), shown, widest_of_orbits, letters, MOST_CELLS, what) for ends in sizes]
    cells = sum(map(leaves, trees))
    steps = "after the first step" if conclusion.until == 1 == conclusion.begin else f"up to step {conclusion.until}"
    what = "every orbit is in the region" if isinstance(conclusion, Invariant) else "the inequality holds"
    words = f"{steps} {what}, from each of {cells} cells that cover the starts"
    return Argument(METHOD, (words,), document(statement, "image", {"cells": trees}), cells)


def _holds(conclusion: Along, step: StepMap, program: Program, slope: Program, at: Point, eta: flint.arb) -> bool:
    """Whether the inequality holds of all orbits from a cell, for the steps it is claimed for."""
    for number in range((conclusion.until or 0) + 1):
        known: dict[sp.Symbol, flint.arb] = {**dict(zip(step.state, at, strict=True)), ETA: eta, T: flint.arb(number)}
        # A point outside the domain of the loss is no iterate.
        if not all(v.is_finite() for v in values(guards_of(step), known)):
            return False
        if number >= conclusion.begin:
            margin = values([conclusion.margin], known)[0]
            if not (margin > 0 if conclusion.strict else margin >= 0):
                return False
        if number < (conclusion.until or 0):
            constants = [flint.arb(number) if p == T else eta for p in step.parameters]
            at = image_of(program, slope, at, constants)
            if not all(x.is_finite() for x in at):
                return False
    return True
