r"""The window of a 2-cycle of a map of the line: exactly one for every value of a parameter, stable up to one flip.

The points of least period 2 of :math:`d \mapsto f(d, s)` are the zeros of :math:`Q = (d - f(f(d)))/(f(d) - d)`. Every
cell in (d, s) is proved to have Q > 0, Q < 0, or Q falling in d; with Q > 0 at the lower end of d and Q < 0 at the
upper one, Q has exactly one zero for every s. On cells that may hold it the multiplier M is compared with -1 and 1,
and where it is near -1 it falls along the curve of zeros:
:math:`dM/ds = M_s - M_d Q_s/Q_d < 0`, so that it passes -1 once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from edgestab.numerics.intervals.forms import mean_value
from edgestab.numerics.intervals.tape import evaluate
from edgestab.numerics.programs.derivative import derivative
from edgestab.numerics.programs.program import Program, program_of
from edgestab.theory.parts.two_cycle import TwoCycleWindow
from edgestab.verify.certify.cells import Array, Budget, Cells, Interval, Judge, Unproved, prove
from edgestab.verify.certify.outcome import Attempt, Outcome
from edgestab.verify.checker.check import TWO_CYCLE

CELLS = 200_000


@dataclass(frozen=True)
class TwoCycleCertificate:
    """What was proved of the 2-cycles of a map of the line, with every cell.

    Parameters
    ----------
    window : TwoCycleWindow
        The map, its parameter, and the intervals.
    trees : mapping of str to Cells
        Where Q has its sign at either end of d, falls in d, and where the multiplier lies.
    """

    window: TwoCycleWindow
    trees: Mapping[str, Cells]

    @property
    def cells(self) -> int:
        """How many cells were proved."""
        return sum(t.leaves for t in self.trees.values())

    where = ""

    @property
    def sentence(self) -> str:
        """The theorem in words."""
        w = self.window
        low, high = (f"{w.parameter} = {v}" for v in w.flip)
        return (
            f"for {w.parameter} in [{w.values[0]}, {w.values[1]}] the map has exactly one 2-cycle with a point in "
            f"({w.points[0]}, {w.points[1]}); it attracts up to {low}, repels from {high} on, and its multiplier "
            "passes -1 once in between"
        )

    @property
    def document(self) -> dict[str, Any]:
        """What the file holds."""
        w = self.window
        ((d,), (f,)) = w.step.state, w.step.closed_form()
        written = f.xreplace({d: sp.Symbol("d"), w.parameter: sp.Symbol("s")})
        return {
            "format": TWO_CYCLE,
            "version": 1,
            "map": str(sp.expand(written)),
            "points": [str(v) for v in w.points],
            "values": [str(v) for v in w.values],
            "flip": [str(v) for v in w.flip],
            **{name: list(cells.tree) for name, cells in self.trees.items()},
            "made": {"by": "edgestab"},
        }

    @property
    def text(self) -> str:
        """The file."""
        return json.dumps(self.document, separators=(",", ":"), allow_nan=False)


def certify_window(window: TwoCycleWindow, budget: int = CELLS) -> Outcome:
    """Prove a window of a 2-cycle, and again by the independent checker.

    Examples
    --------
    >>> from edgestab.theory.claims.catalogue import find
    >>> part = next(p for p in find("zhu2023.R4").parts if isinstance(p, TwoCycleWindow))
    >>> str(certify_window(part).evidence.standing)
    'PROVED'
    """
    return prove_window(window, budget).checked()


def prove_window(window: TwoCycleWindow, budget: int = CELLS) -> Attempt:
    """Make the certificate of a window of a 2-cycle."""
    (d,), (f,) = window.step.state, window.step.closed_form()
    s = window.parameter
    quotient = sp.cancel((d - f.subs(d, f)) / (f - d))
    slope = sp.diff(f, d)
    program = derivative(program_of([quotient, slope * slope.subs(d, f)], [d, s]), [0, 1])
    points, values = _interval(window.points), _interval(window.values)
    near = _interval(window.flip)
    ends: tuple[tuple[str, Fraction, int], ...] = (("low", points[0], 1), ("high", points[1], -1))
    ranges = {
        "one": (values, _one),
        "attracting": ((values[0], near[0]), _attracting),
        "passing": (near, _passing),
        "repelling": ((near[1], values[1]), _repelling),
    }
    left, trees = Budget(budget), {}
    try:
        for what, end, sign in ends:
            edge = ((end, end), values)
            trees[what] = prove("the sign of Q at the ends", "ds", edge, _sign(program, sign), left, [1, 0.1])
        for what, (between, decide) in ranges.items():
            box = (points, between)
            trees[what] = prove(f"the 2-cycle ({what})", "ds", box, _judge(program, decide), left, [0.1, 0.3])
    except Unproved as error:
        return Attempt(window.name, (), (str(error),))
    return Attempt(window.name, (("", TwoCycleCertificate(window, trees)),))


def _interval(pair: tuple[sp.Rational, sp.Rational]) -> Interval:
    low, high = (Fraction(int(v.p), int(v.q)) for v in pair)
    return low, high


def _sign(program: Program, sign: int) -> Judge:
    def judge(lower: Array, upper: Array) -> tuple[Sequence[str | None], Array]:
        low, high = evaluate(program, lower, upper)
        excess = -low[0] if sign > 0 else high[0]
        return ["." if e < 0 else None for e in excess], excess

    return judge


def _judge(program: Program, decide: Callable[[Array, Array], Array]) -> Judge:
    values = Program(program.inputs, program.instructions, program.outputs[:2])

    def judge(lower: Array, upper: Array) -> tuple[Sequence[str | None], Array]:
        low, high = evaluate(program, lower, upper)
        low[:2], high[:2] = mean_value(values, lower, upper)
        free = (low[0] > 0) | (high[0] < 0)  # Q has no zero
        excess = decide(low, high)
        return ["." if f or e < 0 else None for f, e in zip(free, excess, strict=True)], excess

    return judge


def _one(_low: Array, high: Array) -> Array:
    slopes: Array = high[2]
    return slopes


def _attracting(low: Array, high: Array) -> Array:
    worst: Array = np.maximum(high[1] - 1, -1 - low[1])
    return worst


def _repelling(_low: Array, high: Array) -> Array:
    multipliers: Array = high[1] + 1
    return multipliers


def _passing(low: Array, high: Array) -> Array:
    """Minus a lower bound of M_s Q_d - M_d Q_s: with Q_d < 0 the multiplier falls where that is positive."""
    first, second = _product(low, high, 5, 2), _product(low, high, 4, 3)
    return np.where(high[2] < 0, -np.nextafter(first[0] - second[1], -np.inf), np.inf)


def _product(low: Array, high: Array, a: int, b: int) -> tuple[Array, Array]:
    """Enclose the product of two rows; NaN where an end is infinite, which proves nothing."""
    with np.errstate(invalid="ignore", over="ignore"):
        ends = np.array([x * y for x in (low[a], high[a]) for y in (low[b], high[b])])
    return np.nextafter(ends.min(axis=0), -np.inf), np.nextafter(ends.max(axis=0), np.inf)
