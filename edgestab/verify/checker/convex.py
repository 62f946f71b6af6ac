"""Convex surroundings of a minimum, proved again.

With H > mu on the box of half side r about c and |grad L(c)| < mu r, the loss has one stationary point p in the ball
B(c, r): it is a minimum there that is not on the sphere. Where 0 <= H < 2/eta on B(c, R), each step from B(p, R - r)
leads nearer to p. Starts are in B(c, R - 2 r), which that ball holds, or come into it.
"""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import combinations
from typing import Any

from flint import arb, ctx

from edgestab.verify.checker.enclosures import ball, positive
from edgestab.verify.checker.ends import check_end, is_below, is_definite, minor
from edgestab.verify.checker.evaluation import Code
from edgestab.verify.checker.image import prove_cells
from edgestab.verify.checker.reading import Box, demand, listed, number, record
from edgestab.verify.checker.statement import SIDES, Statement, over, whole_number
from edgestab.verify.checker.trees import settle, tree

BITS, LARGEST, STEPS = 128, 3, 400  # the precision; the most parameters; the most steps until a start is near


class ConvexProof:
    """What a file says of a minimum and its surroundings."""

    def __init__(self, said: Statement, proof: Any) -> None:
        centre, near, curvature, radius, hessian, capture, self.direction = record(
            proof, "centre near curvature radius hessian capture direction", "proof"
        )
        self.said, self.n = said, len(said.state)
        demand(said.gradient and self.n <= LARGEST and said.box, f"no gradient descent in at most {LARGEST} parameters")
        self.centre = listed(number, centre, "proof.centre", LARGEST)
        self.near, self.curvature, self.radius = (number(v, "proof") for v in (near, curvature, radius))
        demand(len(self.centre) == self.n and min(self.near, self.curvature) > 0, "proof: a length or a sign is wrong")
        self.reach = self.radius - 2 * self.near
        demand(self.reach > 0, "proof.radius must be more than twice proof.near")
        self.gradient, self.hessian = (Code(said.work, said.tape, f) for f in (said.gradient, said.hessian))
        self._minimum()
        edge = 2 / max(high for _, high in said.eta)
        whole = tuple((c - self.radius, c + self.radius) for c in self.centre)
        shallow = ball(edge)

        def between(_: str, cell: Box) -> None:
            if self._least(cell) <= self.radius**2:
                self._defined(cell)
                demand(self._between(cell, shallow), "0 <= Hessian < 2/eta is not proved")

        tree(between, hessian, whole, SIDES[: self.n], "proof.hessian", said.work, lambda _: said.operations())
        self.is_far = capture is not None
        self.middle, self.reach_squared = [ball(c) for c in self.centre], ball(self.reach**2)
        if not self.is_far:
            demand(self._most(said.box) <= self.reach**2, "proof.radius: the ball does not hold the starts")
        else:
            self.move = said.mean_value(said.update)
            prove_cells(said, self._captured, capture, "proof.capture", lambda token: said.operations(_steps(token)))

    def _minimum(self) -> None:
        """One stationary point within `near` of the centre."""
        at = self._balls(tuple((c, c) for c in self.centre))
        slopes = self.gradient(at)
        steep = sum((g * g for g in slopes), arb(0))

        def bent(_: str, cell: Box) -> None:
            self._defined(cell)
            matrix = self.matrix(cell)
            less = [[h - ball(self.curvature) * (i == j) for j, h in enumerate(row)] for i, row in enumerate(matrix)]
            demand(is_definite(less), "that the loss is convex near the minimum is not proved")

        settle(bent, ".", self._near, "proof.near")
        positive(minimum=ball((self.curvature * self.near) ** 2) - steep)

    @property
    def _near(self) -> Box:
        return tuple((c - self.near, c + self.near) for c in self.centre)

    def _balls(self, cell: Box) -> list[arb]:
        # A loss does not depend on eta; where it is said to be defined may.
        sizes = ball(min(low for low, _ in self.said.eta), max(high for _, high in self.said.eta))
        return self.said.balls([*over(cell), sizes])

    def matrix(self, cell: Box) -> list[list[arb]]:
        """Return the Hessian over a box."""
        found = self.hessian(self._balls(cell))
        return [found[self.n * i : self.n * (i + 1)] for i in range(self.n)]

    def _defined(self, cell: Box) -> None:
        balls = self._balls(cell)
        defined = self.said.is_defined(balls) and all(g.is_finite() for g in self.gradient(balls))
        demand(defined, "that the loss has a gradient is not proved")

    def _between(self, cell: Box, edge: arb) -> bool:
        matrix = self.matrix(cell)
        principal = (of for k in range(1, self.n + 1) for of in combinations(range(self.n), k))
        return is_below(matrix, edge) and all(minor(matrix, of) >= 0 for of in principal)

    def _least(self, cell: Box) -> Fraction:
        """The square of the least distance of a box from the centre."""
        away = (max(a - c, c - b, Fraction(0)) for c, (a, b) in zip(self.centre, cell, strict=True))
        return sum((x * x for x in away), Fraction(0))

    def _most(self, cell: Box) -> Fraction:
        """The square of the greatest distance."""
        away = (max(c - a, b - c) for c, (a, b) in zip(self.centre, cell, strict=True))
        return sum((x * x for x in away), Fraction(0))

    def _captured(self, token: str, cell: Box) -> None:
        """Prove that all starts of a cell are near the centre after so many steps, or fewer: there they stay."""
        said, (*at, eta) = self.said, over(cell)
        if said.is_left_out(said.balls([*at, eta])):
            return
        for step in range(_steps(token) + 1):
            far = sum(((x - c).abs_upper() ** 2 for x, c in zip(at, self.middle, strict=True)), arb(0))
            if far < self.reach_squared:
                return
            demand(step < _steps(token) and far.is_finite(), f"that a start is near after {token} steps is not proved")
            balls = said.balls([*at, eta])
            demand(said.is_defined(balls), "that an iterate is in the domain is not proved")
            at = self.move(balls)

    def end(self) -> str:
        """Prove the claim, and return it in words."""
        if self.said.kind == "monotone":
            record(self.said.claim, "kind", "claim")
            demand(not self.is_far, "proof: the loss falls where it is convex all over a ball that holds the starts")
            return "has a loss L that never rises from one iterate to the next"
        return check_end(self.said, self._near, self.matrix(self._near), self.direction)


def _steps(token: str) -> int:
    return whole_number(int(token) if re.fullmatch("[0-9]{1,3}", token) else token, "a number of steps", STEPS)


def check_convex(said: Statement, proof: Any) -> str:
    """Prove a claim about gradient descent that ends at a minimum, and return it in words."""
    with ctx.workprec(BITS):
        return ConvexProof(said, proof).end()
