"""A program as a tape of interval instructions, and its evaluation on batches of boxes."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgestab.errors import InputError
from edgestab.numerics.intervals.assembly import assemble
from edgestab.numerics.intervals.kernel import kernel
from edgestab.numerics.programs import modules
from edgestab.numerics.programs.program import Program

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Tape:
    """A program for the interpreter of `edgestab.numerics.intervals.kernel`.

    Parameters
    ----------
    code : ndarray of int64, shape (m, 4)
        The instructions.
    constants : ndarray, shape (c, 2)
        Enclosures of the exact constants; they are registers 0 .. c - 1.
    scales : ndarray, shape (s, 2)
        Positive factors, with the inflation that a product with them needs.
    registers : int
        How many there are: constants, then inputs, then what else is alive at one time.
    inputs, outputs : int
        How many values a box has, and how many are returned.
    """

    code: NDArray[np.int64]
    constants: Array
    scales: Array
    registers: int
    inputs: int
    outputs: int

    def run(self, lower: Array, upper: Array) -> tuple[Array, Array, int]:
        """Evaluate without any check: writable C-contiguous float64 ends of shape (inputs, n).

        Returns
        -------
        lower, upper : ndarray, shape (outputs, n)
            The enclosures.
        fault : int
            The first box with lower > upper, where the evaluation ended, or -1.
        """
        shape = (self.outputs, lower.shape[1])
        below, above, fault = np.empty(shape), np.empty(shape), np.empty(1, np.int64)
        modules.call(
            kernel(), "run", self.code, self.constants, self.scales, self.registers, lower, upper, below, above, fault
        )
        return below, above, int(fault[0])


@functools.lru_cache(maxsize=512)
def tape_of(program: Program) -> Tape:
    """Return the tape of a program.

    A product of powers of one value is one power: a square or an odd power, which are tight across zero. A product
    with a constant is a scaling. What no output needs is left out.

    Raises
    ------
    InputError
        When an operation has no interval form.
    """
    a = assemble(program)
    return Tape(
        np.array(a.code, np.int64).reshape(-1, 4),
        np.array(a.constants, np.float64).reshape(-1, 2),
        np.array(a.scales, np.float64).reshape(-1, 2),
        a.registers,
        len(program.inputs),
        len(program.outputs),
    )


def evaluate(program: Program, lower: ArrayLike, upper: ArrayLike) -> tuple[Array, Array]:
    r"""Enclose the outputs of a program over boxes: its natural interval extension.

    For every real x with lower <= x <= upper at which the program is defined, lower' <= f(x) <= upper' holds in the
    results. Where a square root, a logarithm, a real power or a quotient may leave its domain, nothing is known of
    its value: it is the whole line.

    Parameters
    ----------
    program : Program
        What to enclose.
    lower, upper : array_like, shape (inputs, n)
        The ends of n boxes. Infinite ends are no real numbers; a NaN end makes an input the whole line.

    Returns
    -------
    lower, upper : ndarray, shape (outputs, n)
        The enclosures; ends are never NaN.

    Raises
    ------
    InputError
        When the shapes are wrong, a box is empty, or an operation of the program has no interval form.
    ArithmeticError
        When the processor does not round to nearest or flushes subnormal numbers to zero.

    Examples
    --------
    >>> from edgestab.theory.symbols import symbols
    >>> from edgestab.numerics.programs.program import program_of
    >>> x, = symbols("x")
    >>> low, high = evaluate(program_of([x**2 - 2 * x], [x]), [[0.0, -1.0]], [[1.0, 2.0]])
    >>> low.round(12).tolist(), high.round(12).tolist()
    ([[-2.0, -4.0]], [[1.0, 6.0]])
    """
    tape = tape_of(program)
    low, high = np.ascontiguousarray(lower, np.float64), np.ascontiguousarray(upper, np.float64)
    if low.ndim != 2 or low.shape != high.shape or len(low) != tape.inputs:
        raise InputError(
            f"lower and upper must both have the shape ({tape.inputs}, n), one row for each input, "
            f"got {np.shape(lower)} and {np.shape(upper)}"
        )
    require_ieee_arithmetic()
    below, above, fault = tape.run(_writable(low), _writable(high))
    if fault >= 0:
        row = int(np.flatnonzero(low[:, fault] > high[:, fault])[0])
        raise InputError(
            f"box {fault} is empty: {program.inputs[row]} has lower {low[row, fault]} > upper {high[row, fault]}"
        )
    return below, above


def _writable(values: Array) -> Array:
    """The kernel is compiled for one type of array; a read-only one is another type."""
    return values if values.flags.writeable else values.copy()


_PROBES = (1.0, 2.0**-53, 2.0**-1022)


def require_ieee_arithmetic() -> None:
    """Raise ArithmeticError unless this thread rounds to nearest and keeps subnormal numbers.

    Libraries built with fast-math change both for the whole thread when they are loaded.
    """
    one, half_unit, least_normal = _PROBES
    if not (one + half_unit == one == one - half_unit / 2 and least_normal / 2 > 0):
        raise ArithmeticError(
            "intervals need rounding to nearest and subnormal numbers, which another library has switched off in "
            "this thread: load that library in another process"
        )
