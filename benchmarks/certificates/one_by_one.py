"""The judge of `edgestab.verify.certify.contraction`, one cell after another, in whatever arithmetic one has in Python.

Same inequalities, same order: factored, then direct. Since the left sides of the factored inequalities fall as 1/eps
grows, its lower end is enough, and no arithmetic here needs half-lines. What cannot be evaluated is not proved.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic

import numpy as np

from benchmarks.certificates.arithmetic import Arithmetic, Run, Undefined, V
from edgestab.numerics.programs.derivative import derivative
from edgestab.numerics.programs.program import Program
from edgestab.verify.certify.cells import Array, Judge
from edgestab.verify.certify.contraction import PIECES, inner
from edgestab.verify.certify.tube import Tube

Ends = Sequence[float]


class Stopped(Exception):
    """The cells that were allowed are spent."""


@dataclass(frozen=True)
class Cell(Generic[V]):
    """The inequalities on one cell; every program is made ready once, on first use."""

    tube: Tube
    arithmetic: Arithmetic[V]

    def _natural(self, program: Program) -> Run[V]:
        return self.arithmetic.compile(program)

    def _mean_value(self, program: Program, wrt: Sequence[int]) -> Run[V]:
        """Mean-value forms, cut with the natural extension."""
        at_centre, over = self.arithmetic.compile(program), self.arithmetic.compile(derivative(program, wrt))
        of, ends, both, count = self.arithmetic.of, self.arithmetic.ends, self.arithmetic.both, len(program.outputs)

        def run(box: Sequence[V]) -> list[V]:
            centre = list(box)
            for row in wrt:
                low, high = ends(box[row])
                centre[row] = of(low / 2 + high / 2, low / 2 + high / 2)
            away = [box[row] - centre[row] for row in wrt]
            values, slopes = at_centre(centre), over(box)
            for i, value in enumerate(values):
                for k, distance in enumerate(away):
                    value = value + slopes[count + i * len(away) + k] * distance
                values[i] = both(value, slopes[i])
            return values

        return run

    @cached_property
    def _step(self) -> Run[V]:
        return self._natural(self.tube.step)

    @cached_property
    def _centre(self) -> Run[V]:
        return self._mean_value(self.tube.centre, [0])

    @cached_property
    def _slope(self) -> Run[V]:
        return self._natural(self.tube.slope)

    @cached_property
    def _defect(self) -> Run[V]:
        return self._mean_value(self.tube.defect, [0, 1])

    @cached_property
    def _defect_slope(self) -> Run[V]:
        return self._mean_value(self.tube.defect_slope, [0, 1])

    @cached_property
    def _factored(self) -> Run[V]:
        return self._natural(self.tube.factored)

    @cached_property
    def _outside(self) -> Run[V]:
        return self._natural(self.tube.outside)

    @cached_property
    def _distance(self) -> Run[V]:
        return self._mean_value(self.tube.distance, [0, 1])

    @cached_property
    def _direct(self) -> Run[V]:
        return self._natural(self.tube.direct)

    @cached_property
    def _strip(self) -> tuple[float, float]:
        return inner(self.tube.strip)

    @cached_property
    def _parts(self) -> list[tuple[V, V]]:
        """The points t and 1 - t that cut a way into equal pieces."""
        of = self.arithmetic.of
        return [(of(k / PIECES, k / PIECES), of(1 - k / PIECES, 1 - k / PIECES)) for k in range(PIECES + 1)]

    def leaf(self, lower: Ends, upper: Ends) -> str | None:
        """Return F, D or O when the cell is proved."""
        of, ends = self.arithmetic.of, self.arithmetic.ends
        f0, f1 = map(float, self.tube.floor)
        above = upper[0] > math.nextafter(f0 + f1 * lower[2], -math.inf)
        box = [of(low, high) for low, high in zip(lower, upper, strict=True)]
        try:
            drift, multiplier, after, image = self._step(box)
            inside = ends(image)
            stays = ends(drift)[0] > 0 and ends(multiplier)[1] < 0
            stays = stays and self._strip[0] <= inside[0] and inside[1] <= self._strip[1]
            x_curve, y = self._centre(box[1:])
            delta = box[0] - x_curve
            stays = stays and (lower[0] >= 0 or ends(y)[0] >= 0)
            lam = math.nextafter(float(self.tube.rate), math.inf) if above else 0.0
            rate = of(lam, lam)
            if stays and self._is_factored(lower, upper, box, drift, delta, x_curve, rate):
                return "F"
            size, height = self._outside([box[0], box[2], delta])
            if not above and ends(size)[0] > ends(height)[1]:
                return "O"
            if not stays:
                return None
            distance, bound = self._direct([*box, drift, delta, self._distance(box)[0], after, rate])
            return "D" if ends(distance)[1] < ends(bound)[0] else None
        except Undefined:
            return None

    def _is_factored(self, lower: Ends, upper: Ends, box: list[V], drift: V, delta: V, x_curve: V, rate: V) -> bool:
        of, ends, hull = self.arithmetic.of, self.arithmetic.ends, self.arithmetic.hull
        try:
            way = [x_curve * rest + box[0] * t for t, rest in self._parts]
            pieces = [self._slope([hull(way[k], way[k + 1]), *box[1:]])[0] for k in range(PIECES)]
            slope = _mean(pieces, self._parts[1][0])
            if ends(slope)[1] >= 0:  # then B + Q > 0
                return False
            inverse = math.nextafter(1 / upper[2], 0)
            rising = of(float(lower[0] >= 0), float(upper[0] > 0))
            defect = self._mean_defect(lower, upper, box)
            sides = self._factored([*box[:2], of(inverse, inverse), drift, delta, slope, defect, rising, rate])
            return all(ends(side)[1] <= 0 for side in sides)
        except Undefined:
            return False

    def _mean_defect(self, lower: Ends, upper: Ends, box: list[V]) -> V:
        of, ends = self.arithmetic.of, self.arithmetic.ends
        pieces = []
        for k in range(PIECES):
            start, end = lower[2] * (k / PIECES), math.nextafter(upper[2] * ((k + 1) / PIECES), math.inf)
            pieces.append(self._defect_slope([box[1], of(math.nextafter(start, 0), end)])[0])
        total = _mean(pieces, self._parts[1][0])
        if lower[2] == 0:
            return total
        low, high = ends(self._defect(box[1:])[0])
        size = math.nextafter(max(-low, high) / lower[2], math.inf)
        return self.arithmetic.both(total, of(-size, size))


def _mean(pieces: list[V], share: V) -> V:
    total = pieces[0]
    for piece in pieces[1:]:
        total = total + piece
    return total * share


def one_by_one(cell: Cell[V], most: int) -> Judge:
    """Return a judge for `cells.prove` that decides at most so many cells and then raises Stopped."""
    left = most

    def judge(lower: Array, upper: Array) -> tuple[Sequence[str | None], Array]:
        nonlocal left
        leaves: list[str | None] = []
        for low, high in zip(lower.T.tolist(), upper.T.tolist(), strict=True):
            if left == 0:
                raise Stopped
            left -= 1
            leaves.append(cell.leaf(low, high))
        return leaves, np.ones(len(leaves))

    return judge
