"""Two enclosures of a program over boxes: the natural extension, and the mean-value form, which is second order."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgestab.numerics.intervals.tape import evaluate
from edgestab.numerics.programs.derivative import derivative
from edgestab.numerics.programs.program import Builder, Operand, Program

Array = NDArray[np.float64]


def natural(program: Program, lower: ArrayLike, upper: ArrayLike) -> tuple[Array, Array]:
    """Enclose the outputs over boxes by `edgestab.numerics.intervals.tape.evaluate`, operation by operation.

    The overestimation is of first order in the width of a box.
    """
    return evaluate(program, lower, upper)


def mean_value(
    program: Program, lower: ArrayLike, upper: ArrayLike, wrt: Sequence[int | str] | None = None
) -> tuple[Array, Array]:
    r"""Enclose the outputs over boxes by the mean-value form, intersected with the natural extension.

    For a box X with midpoint c and the partial derivatives J over X,

    .. math:: f(X) \subseteq \bigl(f(c) + J(X)(X - c)\bigr) \cap f_{\text{natural}}(X).

    Its overestimation is of second order in the width (Caprani and Madsen, Mean value forms in interval analysis,
    Computing 25 (1980)). Inputs that are not in `wrt` are intervals throughout, also in f(c).

    Parameters
    ----------
    program : Program
        What to enclose.
    lower, upper : array_like, shape (inputs, n)
        The ends of n boxes.
    wrt : sequence of int or str, optional
        Inputs that are expanded about the midpoint: all of them unless given.

    Returns
    -------
    lower, upper : ndarray, shape (outputs, n)
        The enclosures.

    Raises
    ------
    InputError
        As `edgestab.numerics.intervals.tape.evaluate` and `edgestab.numerics.programs.derivative.derivative`.

    Examples
    --------
    >>> from edgestab.theory.symbols import symbols
    >>> from edgestab.numerics.programs.program import program_of
    >>> x, = symbols("x")
    >>> cubic = program_of([x - x**3 / 3], [x])
    >>> [np.round(end, 3).tolist() for end in natural(cubic, [[0.9]], [[1.1]])]
    [[[0.456]], [[0.857]]]
    >>> [np.round(end, 3).tolist() for end in mean_value(cubic, [[0.9]], [[1.1]])]
    [[[0.646]], [[0.688]]]
    """
    low, high = np.asarray(lower, np.float64), np.asarray(upper, np.float64)
    chosen = tuple(range(len(program.inputs))) if wrt is None else tuple(wrt)
    both = _expansion(program, chosen)
    if low.ndim != 2 or low.shape != high.shape or len(low) != len(program.inputs):
        return evaluate(program, low, high)  # which says what is wrong
    rows = [program.inputs.index(i) if isinstance(i, str) else i for i in chosen]
    centre = midpoint(low[rows], high[rows])
    below, above = evaluate(both, np.vstack([low, centre]), np.vstack([high, centre]))
    m = len(program.outputs)
    enclosure = np.maximum(below[:m], below[m:]), np.minimum(above[:m], above[m:])
    if _is_rewritten(program):  # what was rewritten rounds elsewhere, and may be an ulp wider
        wide = evaluate(program, low, high)
        enclosure = np.maximum(enclosure[0], wide[0]), np.minimum(enclosure[1], wide[1])
    return enclosure


def midpoint(lower: Array, upper: Array) -> Array:
    """Return a double inside every interval, near its middle where the ends are finite."""
    with np.errstate(invalid="ignore"):
        middle = lower / 2 + upper / 2
    finite: Array = np.where(np.isfinite(middle), middle, 0.0)
    return np.minimum(np.maximum(finite, lower), upper)


@functools.lru_cache(maxsize=256)
def _expansion(program: Program, wrt: tuple[int | str, ...]) -> Program:
    """Return the program of the outputs and of their mean-value forms; its inputs are X, then c."""
    slopes = derivative(program, wrt)
    n, m = len(program.inputs), len(program.outputs)
    rows = [program.inputs.index(i) if isinstance(i, str) else i for i in wrt]
    names = (*program.inputs, *(f"{program.inputs[i]}_c" for i in rows))
    builder = Builder(names)
    over_box = _spliced(builder, slopes, list(range(n)))
    at = {row: n + k for k, row in enumerate(rows)}
    forms = _spliced(builder, program, [at.get(i, i) for i in range(n)])
    for k, row in enumerate(rows):
        away = builder.emit("sub", row, n + k)
        for i in range(m):
            slope = over_box[m + i * len(rows) + k]
            if not (isinstance(slope, Fraction) and slope == 0):
                forms[i] = builder.emit("add", forms[i], builder.emit("mul", slope, away))
    return Program(names, tuple(builder.instructions), (*over_box[:m], *forms))


@functools.lru_cache(maxsize=256)
def _is_rewritten(program: Program) -> bool:
    """Whether a program changes when it is built again: one that was not made by a builder may."""
    builder = Builder(program.inputs)
    outputs = _spliced(builder, program, list(range(len(program.inputs))))
    return program != Program(program.inputs, tuple(builder.instructions), tuple(outputs))


def _spliced(builder: Builder, program: Program, inputs: Sequence[Operand]) -> list[Operand]:
    """Add a program to one under construction, and return its outputs."""
    values = list(inputs)

    def at(operand: Operand) -> Operand:
        return operand if isinstance(operand, Fraction) else values[operand]

    for i in program.instructions:
        values.append(builder.emit(i.op, *map(at, i.args)))  # noqa: PERF401 (each needs those before)
    return [at(o) for o in program.outputs]
