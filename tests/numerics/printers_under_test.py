"""Every printer of programs, called alike: the conformance suite passes over them. A new one is a line here."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import flint
import numpy as np
from numpy.typing import NDArray

from edgestab.numerics.intervals import tape
from edgestab.numerics.orbits.lanes import LaneKernel
from edgestab.numerics.printers import ball, reference, series
from edgestab.numerics.programs.double_double import doubled
from edgestab.numerics.programs.program import Instruction, Program
from edgestab.numerics.rigorous.balls import precision

Array = NDArray[np.float64]


class Printer(NamedTuple):
    """From the program of a step and its inputs, shape (inputs, n), to the ends of its outputs, shape (outputs, n).

    One that `rounds` does each operation in IEEE float64, and both ends are the value; else they enclose the exact one.
    """

    evaluate: Callable[[Program, Array], tuple[Array, Array]]
    rounds: bool


def by_numpy(program: Program, inputs: Array) -> tuple[Array, Array]:
    found = np.array(reference.evaluate(program, list(inputs)))
    return found, found


def by_lanes(program: Program, inputs: Array) -> tuple[Array, Array]:
    n = len(program.outputs)
    residual = Program(program.inputs, (Instruction("abs", (0,)),), (len(program.inputs),))
    kernel = LaneKernel(program, residual, n, (True,) * (len(inputs) - n))
    found = kernel.advance(inputs[:n], list(inputs[n:]), 1)
    return found, found


def by_double_double(program: Program, inputs: Array) -> tuple[Array, Array]:
    n = len(program.outputs)
    pairs = [*inputs[:n], *0 * inputs[:n], *inputs[n:], *0 * inputs[n:]]
    high = np.array(reference.evaluate(doubled(program, n), pairs))[:n]
    return np.nextafter(high, -np.inf), np.nextafter(high, np.inf)


def by_balls(program: Program, inputs: Array) -> tuple[Array, Array]:
    with precision(100):
        return ends([ball.evaluate(program, [flint.arb(v) for v in point]) for point in inputs.T.tolist()])


def by_series(program: Program, inputs: Array) -> tuple[Array, Array]:
    with precision(100), series.truncation(2):
        found = [series.evaluate(program, [series.Series([v, 1]) for v in point]) for point in inputs.T.tolist()]
        return ends([[s[0] for s in outputs] for outputs in found])


def by_tape(program: Program, inputs: Array) -> tuple[Array, Array]:
    return tape.evaluate(program, inputs, inputs)


def ends(found: list[list[flint.arb]]) -> tuple[Array, Array]:
    """The ends of balls as doubles, rounded outward."""
    low, high = (
        np.array([[float(end(x)) for x in row] for row in found]).T for end in (flint.arb.lower, flint.arb.upper)
    )
    return np.nextafter(low, -np.inf), np.nextafter(high, np.inf)


PRINTERS = {
    "NumPy reference": Printer(by_numpy, True),
    "numba lanes": Printer(by_lanes, True),
    "double-double": Printer(by_double_double, False),
    "Arb balls": Printer(by_balls, False),
    "Arb Taylor series": Printer(by_series, False),
    "interval tape": Printer(by_tape, False),
}
