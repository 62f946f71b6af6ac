"""The NumPy reference of a program: an interpreter, one array operation an instruction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgestab.errors import InputError
from edgestab.numerics.programs.called import called
from edgestab.numerics.programs.program import Program, double, is_called

_OPERATIONS: dict[str, Callable[..., Any]] = {
    "neg": np.negative,
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "sqrt": np.sqrt,
    "exp": np.exp,
    "log": np.log,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "abs": np.abs,
    "sign": lambda a: np.where(a > 0, 1.0, np.where(a < 0, -1.0, a * 0.0)),
    "kink": lambda a, b: np.where((a > 0) | (a < 0) | (b == 0), 0.0, np.nan),
    "choose": lambda a: np.where(np.abs(a) <= 1.0, a, 0.0),
    "near": lambda a, _: a,
    "remainder": lambda b, _, low, high, *__: np.where((b >= low) & (b <= high), 0.0, np.nan),
    "pow": np.power,
    "pi": lambda: np.float64(np.pi),
    "min": lambda a, b: np.where((a < b) | (a != a), a, b),
    "max": lambda a, b: np.where((a > b) | (a != a), a, b),
}


def evaluate(program: Program, inputs: Sequence[Any]) -> list[NDArray[np.float64]]:
    """Evaluate a program on arrays, in float64, in the program's own order.

    Parameters
    ----------
    program : Program
        What to evaluate.
    inputs : sequence of array_like
        One for each input, broadcast against each other.

    Returns
    -------
    list of ndarray
        One for each output, all of the broadcast shape. Overflow and invalid operations give
        infinities and NaN silently, as in the compiled kernels.

    Examples
    --------
    >>> from edgestab.theory.symbols import symbols
    >>> from edgestab.numerics.programs.program import program_of
    >>> x, = symbols("x")
    >>> evaluate(program_of([x**2 + 1], [x]), [[1.0, 2.0]])
    [array([2., 5.])]
    """
    if len(inputs) != len(program.inputs):
        raise InputError(f"the program takes {len(program.inputs)} inputs, got {len(inputs)}")
    values: list[Any] = list(np.broadcast_arrays(*(np.asarray(i, dtype=np.float64) for i in inputs)))
    shape = values[0].shape if values else ()

    def value(operand: int | Fraction) -> Any:
        return np.float64(double(operand)) if isinstance(operand, Fraction) else values[operand]

    with np.errstate(all="ignore"):
        for instruction in program.instructions:
            arguments = [value(a) for a in instruction.args]
            if is_called(instruction.op):
                values.append(evaluate(called(instruction.op), arguments)[0])
            else:
                values.append(_OPERATIONS[instruction.op](*arguments))
    return [np.broadcast_to(np.asarray(value(o)), shape).copy() for o in program.outputs]
