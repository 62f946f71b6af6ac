"""Programs that other programs call as one operation: eigenvalues, and the sharpness at the end of gradient flow.

They are long: a kernel calls what is compiled of them once, and the printers that follow a program instruction by
instruction evaluate them in its place.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from fractions import Fraction

from edgestab.numerics.programs.eigenvalues import emit_eigenvalue, emit_overlap
from edgestab.numerics.programs.flow_sharpness import emit_comes_there, emit_flow_sharpness
from edgestab.numerics.programs.program import EIGENVALUE, OVERLAP, Builder, Program, is_called


def called_by(programs: Iterable[Program]) -> list[str]:
    """Return the operations of programs that are programs of their own, in alphabetical order."""
    return sorted({i.op for p in programs for i in p.instructions if is_called(i.op)})


@functools.cache
def called(op: str) -> Program:
    """Return the program of an operation; its inputs are the operands.

    ``eigenvalue_n_k`` and ``overlap_n_j`` take the entries on and above the diagonal of a matrix of n rows;
    ``flow_p_q_0_k1_k2...``, with T = p/q and 1 for 0 where flow comes through 0, takes the side, the weights and then
    the numbers A.

    Examples
    --------
    >>> from edgestab.numerics.printers import reference
    >>> float(reference.evaluate(called("eigenvalue_3_2"), [1.0, 0.0, 0.0, 3.0, 0.0, 2.0])[0])
    2.0
    """
    kind, *numbers = op.split("_")
    first, second, *powers = map(int, numbers)
    if kind in (EIGENVALUE, OVERLAP):
        inputs = [f"a{i}" for i in range(first * (first + 1) // 2)]
        builder = Builder(inputs)
        emit = emit_eigenvalue if kind == EIGENVALUE else emit_overlap
        value = emit(builder, range(len(inputs)), first, second)
    else:
        through, powers = powers[0], powers[1:]
        n = len(powers)
        inputs = ["s", *(f"c{i}" for i in range(n)), *(f"a{i}" for i in range(n))]
        builder = Builder(inputs)
        value = emit_flow_sharpness(builder, Fraction(first, second), range(1, n + 1), powers, range(n + 1, 2 * n + 1))
        value = builder.emit("add", value, emit_comes_there(builder, 0, range(n + 1, 2 * n + 1), bool(through)))
    return Program(tuple(inputs), tuple(builder.instructions), (value,))
