r"""Trapping boxes: a box that the step carries into itself holds every orbit that begins in it.

From the hull of the starts the box grows to the hull of itself and its image, a little widened, until it holds its
image. Images are enclosed on cells in ball arithmetic, by the natural extension met with the mean-value form
:math:`F(m) + DF(X)(X - m)`.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from fractions import Fraction

import flint
import sympy as sp

from edgestab.numerics.printers.ball import ball, evaluate
from edgestab.numerics.programs.program import jacobian_program, step_program
from edgestab.numerics.rigorous.balls import Point, precision, values
from edgestab.theory.conclusions.along import Along
from edgestab.theory.conclusions.bounded import Bounded
from edgestab.theory.statement import OrbitStatement
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import ETA
from edgestab.verify.proofs.argument import (
    Argument,
    NoArgument,
    over,
    region_box,
    require_every_start,
    step_sizes,
)
from edgestab.verify.proofs.capture import image_of
from edgestab.verify.proofs.cells import LETTERS, Sides, bisected, ends, leaves, widest_side
from edgestab.verify.proofs.document import box_text, document

CELLS = (512, 24, 8)
"""Into how many cells each side of a box is cut, by the dimension of the state."""

ROUNDS, MOST_BOXES = 60, 20_000
"""How often a box is widened, and on how many cells an inequality is tried."""

WIDER = 1e-6
"""By how much a box is widened, relative to its sides: more than the enclosures of cells are too wide."""

BITS = 64


METHOD = "a trapping box in ball arithmetic"


def require(statement: OrbitStatement) -> None:
    """Refuse a statement that is not about every iterate in few variables.

    Raises
    ------
    NoArgument
        The message says which ingredient is missing.
    """
    require_every_start(statement)
    step, conclusion = statement.model.own.step, statement.conclusion
    if not isinstance(conclusion, Bounded | Along) or (isinstance(conclusion, Along) and conclusion.counts):
        raise NoArgument("the conclusion is about other things than every iterate")
    if len(step.state) > len(CELLS) or set(step.parameters) - {ETA} or step.clock is not None:
        raise NoArgument(f"the state has more than {len(CELLS)} variables, or counts steps, or the step has constants")
    region_box(statement)


def prove(statement: OrbitStatement) -> Argument:
    """Prove that orbits stay in a box, and an inequality that holds all over it.

    Raises
    ------
    NoArgument
        The message says which ingredient is missing.
    """
    require(statement)
    step, conclusion, start = statement.model.own.step, statement.conclusion, region_box(statement)
    shown, boxes, total = [], [], 0
    with precision(BITS):
        for sizes in step_sizes(statement):
            eta = over(sizes)
            box = _trapped(step, [over(pair) for pair in start], eta)
            where = f"eta = {sizes[0]}" if sizes[0] == sizes[1] else f"every eta in [{sizes[0]}, {sizes[1]}]"
            shown.append(f"for {where} the step carries the box {sides(box)}, which holds all starts, into itself")
            trap, tree = tuple(map(ends, box)), None
            if isinstance(conclusion, Along):
                tree = _everywhere(step, conclusion, trap, eta)
                total += leaves(tree)
                shown.append(f"all over it the inequality holds, on {leaves(tree)} cells")
            image = _carried(step, trap, box, eta)
            boxes.append({"box": [box_text(side) for side in trap], "image": image, "claim": tree})
            total += leaves(image)
    return Argument(METHOD, tuple(shown), document(statement, "trapping", {"boxes": boxes}), total)


def sides(box: Sequence[flint.arb]) -> str:
    """Return the sides of a box in words."""
    return " x ".join(f"[{float(x.lower()):.6g}, {float(x.upper()):.6g}]" for x in box)


def trapped_in(
    step: StepMap, start: Sequence[flint.arb], parameters: Mapping[sp.Symbol, Fraction]
) -> list[flint.arb] | None:
    """Return a box about a point that the step carries into itself; None where none is found.

    Examples
    --------
    >>> from edgestab.theory.symbols import symbols
    >>> x, = symbols("x")
    >>> halving = StepMap("halving", (x,), (x - ETA * x,), (ETA,))
    >>> trapped_in(halving, [flint.arb(1)], {ETA: Fraction(1, 2)}) is not None
    True
    """
    if len(start) > len(CELLS) or set(parameters) - {ETA} or step.clock is not None:
        return None
    eta = parameters.get(ETA, Fraction(1))
    with precision(BITS):
        try:
            # A point has no sides to grow from: the box begins as the one about 0 that the point is a corner of.
            wide = [flint.arb(0, abs(x).upper()) for x in start]
            return _trapped(step, wide, ball(eta))
        except NoArgument:
            return None


def _trapped(step: StepMap, start: list[flint.arb], eta: flint.arb) -> list[flint.arb]:
    length = max((abs(x).upper() for x in start), key=float)
    length = length if length > 0 else flint.arb(1)
    box = [_wider(x, length) for x in start]
    farthest = 1e6 * float(length)
    for _ in range(ROUNDS):
        image = _image(step, box, eta)
        if all(x.contains_interior(y) for x, y in zip(box, image, strict=True)):
            return box
        box = [_wider(x.union(y), length) if not x.contains(y) else x for x, y in zip(box, image, strict=True)]
        if not all(x.is_finite() and float(abs(x).upper()) < farthest for x in box):
            break
    raise NoArgument("no box about the starts is found that the step carries into itself")


def _wider(x: flint.arb, length: flint.arb) -> flint.arb:
    """A ball with exact ends a little beyond, in units of its own and of the box."""
    return flint.arb(x.mid(), (x.rad() * (1 + WIDER) + flint.arb(2) ** -50 * (length + abs(x.mid()))).upper())


def _image(step: StepMap, box: list[flint.arb], eta: flint.arb) -> list[flint.arb]:
    """The hull of the images of the cells of a box."""
    program, slope, n = step_program(step), jacobian_program(step), len(box)
    constants = [eta for _ in step.parameters]
    cuts = [_cut(x, CELLS[n - 1]) for x in box]
    hull: list[flint.arb] = []
    for cell in itertools.product(*cuts):
        found = evaluate(program, [*cell, *constants])
        if slope is not None:
            middle = [x.mid() for x in cell]
            at = evaluate(program, [*middle, *constants])
            rows = evaluate(slope, [*cell, *constants])
            off = [x - m for x, m in zip(cell, middle, strict=True)]
            for i in range(n):
                mean = at[i] + sum((rows[n * i + j] * off[j] for j in range(n)), flint.arb(0))
                found[i] = found[i].intersection(mean) if mean.is_finite() and found[i].is_finite() else found[i]
        hull = found if not hull else [a.union(b) for a, b in zip(hull, found, strict=True)]
        if not all(x.is_finite() for x in hull):
            raise NoArgument("the step is not defined all over a box about the starts")
    return hull


def _cut(x: flint.arb, pieces: int) -> list[flint.arb]:
    """Pieces that cover a ball: neighbours share an end, which is a ball itself, so that nothing lies between them."""
    ends = [x.mid() + x.rad() * (flint.arb(2 * i) / pieces - 1) for i in range(pieces + 1)]
    return [a.union(b) for a, b in itertools.pairwise(ends)]


def _carried(step: StepMap, trap: Sides, box: Sequence[flint.arb], eta: flint.arb) -> list[str]:
    """The cells of a box on each of which its image is shown to lie in it, as the hull of all images does."""
    program, slope, letters = step_program(step), jacobian_program(step), LETTERS[: len(trap)]

    def inside(cell: Point) -> str | None:
        constants = [eta for _ in step.parameters]
        image = evaluate(program, [*cell, *constants]) if slope is None else image_of(program, slope, cell, constants)
        return "." if all(x.contains(y) for x, y in zip(box, image, strict=True)) else None

    return bisected(trap, inside, widest_side, letters, MOST_BOXES, "the images of a trapping box are not enclosed")


def _everywhere(step: StepMap, conclusion: Along, trap: Sides, eta: flint.arb) -> list[str]:
    """The cells that cover a box on which the inequality was shown."""
    names = (*step.state, *step.parameters)
    slopes = [sp.diff(conclusion.margin, s) for s in step.state]
    smooth = not any(s.has(sp.DiracDelta, sp.Derivative) for s in slopes)

    def holds(cell: Point) -> str | None:
        known = dict(zip(names, (*cell, *(eta for _ in step.parameters)), strict=True)) | {ETA: eta}
        margin, *steep = values([conclusion.margin, *(slopes if smooth else ())], known)
        if smooth:
            middle = {**known, **dict(zip(step.state, (c.mid() for c in cell), strict=True))}
            mean = values([conclusion.margin], middle)[0] + sum(
                (d * (c - c.mid()) for d, c in zip(steep, cell, strict=True)), flint.arb(0)
            )
            margin = margin.intersection(mean) if mean.is_finite() and margin.is_finite() else margin
        if margin > 0 if conclusion.strict else margin >= 0:
            return "."
        if margin < 0:
            raise NoArgument("the inequality fails somewhere in the trapping box")
        return None

    what = f"the inequality is not shown all over the trapping box with {MOST_BOXES} cells"
    return bisected(trap, holds, widest_side, LETTERS[: len(trap)], MOST_BOXES, what)
