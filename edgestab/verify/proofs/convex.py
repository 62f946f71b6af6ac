r"""Convex surroundings of a minimum: every step of gradient descent leads nearer to it, and every start comes there.

Let p be an isolated minimum, and :math:`0 \le H < 2/\eta` on the ball of radius R about p. For
:math:`|\theta - p| \le R` the mean value theorem gives :math:`F(\theta) - p = (I - \eta\bar H)(\theta - p)` with a
mean Hessian :math:`\bar H` over the segment to p. It is positive definite, since H is so near p, and below
:math:`2/\eta`: so :math:`|F(\theta) - p| < |\theta - p|` unless :math:`\theta = p`, and every orbit from the closed
ball converges to p. The loss falls at every step there,
:math:`L(F(\theta)) - L(\theta) \le -\eta(1 - \eta\lambda/2)|\nabla L|^2`.

Where the region does not lie in such a ball it is cut into cells, and each is followed until it does.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import flint
import numpy as np
import sympy as sp

from edgestab.numerics.rigorous.balls import Point, precision, values
from edgestab.numerics.rigorous.isolated import minimum_beside, point_in_words
from edgestab.theory.conclusions.bounded import Bounded
from edgestab.theory.conclusions.converges import Converges
from edgestab.theory.conclusions.final_sharpness import FinalSharpness
from edgestab.theory.conclusions.limit import AtTheLimit
from edgestab.theory.conclusions.monotone import Monotone
from edgestab.theory.loss import Loss
from edgestab.theory.statement import OrbitStatement
from edgestab.theory.symbols import ETA, symbol
from edgestab.verify.proofs.argument import (
    Argument,
    NoArgument,
    exactly,
    over,
    region_box,
    require_every_start,
    require_plain,
    step_sizes,
)
from edgestab.verify.proofs.capture import captured
from edgestab.verify.proofs.cells import LETTERS, bisected, ends, leaves, widest_side
from edgestab.verify.proofs.direction import steepest
from edgestab.verify.proofs.document import document

MOST_BOXES, FEW_BOXES, LARGEST = 20_000, 500, 3
"""How many boxes a ball is cut into, the one that holds the region and smaller ones; and of how many parameters."""

SMALLER = 14
"""How many smaller balls are tried, each 0.7 of the one before."""

BITS = 128

INSIDE = flint.arb("0.999999")
"""How far into the ball starts are followed, so that it does not matter where in its enclosure the minimum is."""


METHOD = "convexity about a minimum"


def require(statement: OrbitStatement) -> None:
    """Refuse a statement about another step than gradient descent, of many parameters, or not about an end.

    Raises
    ------
    NoArgument
        The message says which ingredient is missing.
    """
    require_every_start(statement)
    require_plain(statement)
    if statement.model.loss is None or len(statement.model.loss.parameters) > LARGEST:
        raise NoArgument(f"the loss has more than {LARGEST} parameters")
    require_ending(statement)
    region_box(statement)


def prove(statement: OrbitStatement) -> Argument:
    """Prove a statement about gradient descent that ends in the convex surroundings of a minimum.

    Raises
    ------
    NoArgument
        The message says which ingredient is missing.
    """
    require(statement)
    loss, box = statement.model.loss, region_box(statement)
    if loss is None:
        raise AssertionError("a statement that fits has a loss")
    largest = max(high for _, high in step_sizes(statement))
    with precision(BITS):
        point = _minimum(loss, box)
        away = [[abs(exactly(end) - x).upper() for end in pair] for pair, x in zip(box, point, strict=True)]
        whole = sum((max(a, b, key=float) ** 2 for a, b in away), flint.arb(0)).sqrt().upper()
        # A little more than the farthest corner: in units of the starts, or of a single one.
        far = max((abs(exactly(end)).upper() for pair in box for end in pair), key=float)
        whole = whole + sum((x.rad() for x in point), flint.arb(0)) + flint.arb("1e-9") * (whole + far)
        whole = whole.upper() if whole > 0 else flint.arb("1e-9")
        radius, tree = _convex_ball(loss, point, whole, exactly(sp.Integer(2)) / exactly(largest))
        boxes, capture = leaves(tree), None
        shown = [f"near {point_in_words(loss.parameters, point)} there is one minimum p, by Krawczyk's operator"]
        ball = f"|theta - p| <= {float(radius):.6g}"
        nearer = f"0 <= Hessian < 2/eta on {boxes} boxes in ball arithmetic, so that every step leads nearer to p"
        if radius == whole:
            shown.append(f"where {ball}, which holds all starts, {nearer}")
        else:
            if isinstance(statement.conclusion, Monotone):
                raise NoArgument("the loss is not convex all over a ball that holds the starts")
            capture = captured(statement, box, point, radius * INSIDE)
            cells = sum(map(leaves, capture))
            steps = max(int(token) for tokens in capture for token in tokens if token.isdecimal())
            shown.append(f"where {ball}, {nearer}")
            shown.append(f"every start comes there in {steps} steps or fewer, on {cells} cells in ball arithmetic")
            boxes += cells
        shown += _of_the_conclusion(statement, loss, point)
        proof = {**_near(loss, point, radius), "radius": str(ends(radius)[1]), "hessian": tree, "capture": capture}
    return Argument(METHOD, tuple(shown), document(statement, "convex", proof), boxes)


def _near(loss: Loss, point: Point, radius: flint.arb) -> dict[str, Any]:
    """That there is a minimum: half its least curvature, and a distance over which this outweighs the gradient."""
    unit = sp.Integer(2) ** (math.frexp(float(radius))[1] - BITS + 24)  # coordinates are rounded to it
    centre = [round(ends(x.mid())[0] / unit) * unit for x in point]
    at = dict(zip(loss.parameters, map(exactly, centre), strict=True))
    entries = [float(h.mid()) for h in values(list(loss.hessian), at)]
    n = len(point)
    curvature = Fraction(float(np.linalg.eigvalsh(np.array(entries).reshape(n, n))[0]) / 2)
    steep = sum((g.abs_upper() ** 2 for g in values(list(loss.gradient), at)), flint.arb(0)).sqrt()
    near = flint.arb(max(8 * float(steep.upper()) / float(curvature), float(unit)))
    return {
        "centre": list(map(str, centre)),
        "near": str(ends(near)[1]),
        "curvature": str(curvature),
        "direction": steepest(entries),
    }


def require_ending(statement: OrbitStatement) -> None:
    """Refuse a conclusion that says nothing of where orbits end.

    Raises
    ------
    NoArgument
        For those.
    """
    conclusion = statement.conclusion
    if isinstance(conclusion, Monotone):
        loss = statement.model.loss
        if loss is None or conclusion.direction != "nonincreasing":
            raise NoArgument("no loss is claimed to fall")
        if sp.expand(conclusion.quantity - loss.value).free_symbols & set(loss.parameters):
            raise NoArgument("the quantity is not the loss")
    elif not isinstance(conclusion, Converges | FinalSharpness | AtTheLimit | Bounded):
        raise NoArgument("the conclusion is not about where orbits end")


def _convex_ball(loss: Loss, point: Point, whole: flint.arb, edge: flint.arb) -> tuple[flint.arb, list[str]]:
    """The radius of a ball about a minimum on which 0 <= H < edge, and the cells on which that was shown."""
    radius = whole
    for most in (MOST_BOXES, *[FEW_BOXES] * SMALLER):
        try:
            return radius, _convex(loss, point, radius, edge, most)
        except NoArgument:
            radius = (radius * flint.arb("0.7")).upper()
    raise NoArgument("the Hessian is not between 0 and 2/eta on a ball about the minimum")


def _minimum(loss: Loss, box: tuple[tuple[sp.Rational, sp.Rational], ...]) -> Point:
    """An enclosed minimum beside the region."""
    for share in itertools.product((0.5, 0.05, 0.95), repeat=len(box)):
        guess = [float(a) + s * float(b - a) for s, (a, b) in zip(share, box, strict=True)]
        found = minimum_beside(loss, guess)
        if found is not None:
            return found.point
    raise NoArgument("no isolated minimum is found from the region by Newton's method")


def _convex(loss: Loss, point: Point, radius: flint.arb, edge: flint.arb, most: int) -> list[str]:
    """The cells that cover the ball on which 0 <= H < edge was shown."""
    state, entries = loss.parameters, list(loss.hessian)

    def between(cell: Point) -> str | None:
        if sum((_nearest(c, x) ** 2 for c, x in zip(cell, point, strict=True)), flint.arb(0)) > radius**2:
            return "."
        if _is_between(values(entries, dict(zip(state, cell, strict=True))), len(state), edge):
            return "."
        centre = [c.mid() for c in cell]
        inside = sum(((c - x) ** 2 for c, x in zip(centre, point, strict=True)), flint.arb(0)) < radius**2
        if inside and _is_not_between(values(entries, dict(zip(state, centre, strict=True))), len(state), edge):
            raise NoArgument("the Hessian is not between 0 and 2/eta in a ball about the minimum")
        return None

    reach = ends(radius)[1]
    cube = tuple((ends(x.mid())[0] - reach, ends(x.mid())[0] + reach) for x in point)
    what = f"0 <= Hessian < 2/eta is not shown about the minimum with {most} boxes"
    return bisected(cube, between, widest_side, LETTERS[: len(state)], most, what)


def _nearest(cell: flint.arb, x: flint.arb) -> flint.arb:
    return (cell - x).abs_lower()


def _is_between(entries: list[flint.arb], n: int, edge: flint.arb) -> bool:
    """Whether 0 <= H < edge for every symmetric matrix with these entries: by principal and by leading minors."""
    matrix = [[entries[n * i + j] for j in range(n)] for i in range(n)]
    other = [[(edge if i == j else 0) - matrix[i][j] for j in range(n)] for i in range(n)]
    principal = (of for k in range(1, n + 1) for of in itertools.combinations(range(n), k))
    return all(_minor(other, range(k)) > 0 for k in range(1, n + 1)) and all(
        _minor(matrix, of) >= 0 for of in principal
    )


def _minor(matrix: list[list[flint.arb]], of: Sequence[int]) -> flint.arb:
    return flint.arb_mat([[matrix[i][j] for j in of] for i in of]).det()


def _is_not_between(entries: list[flint.arb], n: int, edge: flint.arb) -> bool:
    """Whether a diagonal entry shows that 0 <= H < edge is false."""
    return any(entries[n * i + i] < 0 or entries[n * i + i] > edge for i in range(n))


def _of_the_conclusion(statement: OrbitStatement, loss: Loss, point: Point) -> list[str]:
    """What is left to show once every orbit converges to p."""
    conclusion = statement.conclusion
    if isinstance(conclusion, Bounded):
        return []
    if isinstance(conclusion, Monotone):
        return ["so the loss falls at every step"]
    if isinstance(conclusion, Converges | FinalSharpness | AtTheLimit) and conclusion.to is not None:
        wanted = next(s for s in statement.model.minima if s.name == conclusion.to)
        inside = wanted.box and all(over(b).contains(x) for b, x in zip(wanted.box, point, strict=True))
        if not inside:
            raise NoArgument(f"the minimum is not shown to be {conclusion.to}")
    shown = []
    at = dict(zip(loss.parameters, point, strict=True))
    final = {symbol(f"{p}_final"): x for p, x in at.items()}
    for sizes in step_sizes(statement):
        known = {**at, **final, ETA: over(sizes)}
        if isinstance(conclusion, FinalSharpness):
            if loss.sharpness is None or _free(conclusion.low, conclusion.high) - set(known):
                raise NoArgument("the sharpness is not an expression, or the window depends on the start")
            steep, low, high = values([loss.sharpness, conclusion.low, conclusion.high], known)
            if not (low < steep and steep < high):
                raise NoArgument("the sharpness at p is not shown to be inside the window")
            shown.append(f"the sharpness at p is {steep.str(9, radius=False)}, inside the window")
        if isinstance(conclusion, AtTheLimit):
            if _free(conclusion.margin) - set(known):
                raise NoArgument("the inequality depends on the start")
            (margin,) = values([conclusion.margin], known)
            if not (margin > 0 if conclusion.strict else margin >= 0):
                raise NoArgument("the inequality at p is not shown")
            shown.append(f"the margin of the inequality at p is {margin.str(9, radius=False)}")
    return shown


def _free(*expressions: sp.Expr) -> set[sp.Symbol]:
    return {s for e in expressions for s in e.free_symbols}
