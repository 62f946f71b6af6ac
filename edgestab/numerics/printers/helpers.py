"""Compiled functions of programs that kernels call: eigenvalues, and the sharpness at the end of gradient flow."""

from __future__ import annotations

from collections.abc import Callable

from edgestab.numerics.printers.scalar import statements
from edgestab.numerics.programs import modules
from edgestab.numerics.programs.called import called, called_by
from edgestab.numerics.programs.program import Program

_TEMPLATE = '''"""Generated. Digest {digest}."""

import math

import numba


@numba.njit(cache=True, nogil=True, fastmath=False, error_model="numpy")
def {op}({arguments}):
{body}
    return {output}
'''


def imports(*programs: Program) -> str:
    """Return the lines by which a generated module has the functions that its programs call; empty without any.

    Examples
    --------
    >>> from edgestab.numerics.programs.program import program_of
    >>> from edgestab.theory.symbols import symbols
    >>> x, = symbols("x")
    >>> imports(program_of([x**2], [x]))
    ''
    """
    ops = called_by(programs)
    lines = [f"{op} = function({op!r}, {called(op).digest!r})" for op in ops]
    return "\n".join([f"\nfrom {__name__} import function\n", *lines, ""]) if ops else ""


def function(op: str, digest: str) -> Callable[..., float]:
    """Return the compiled function of an operation.

    Parameters
    ----------
    op, digest : str
        The operation, and the digest of its program: what was made for another one is not used.
    """
    program = called(op)
    if program.digest != digest:
        raise ValueError(f"{op} is not the program it was when the module was made")
    lines, (output,) = statements(program, program.inputs)
    body = "\n".join(f"    {line}" for line in lines)
    text = _TEMPLATE.format(digest=digest, op=op, arguments=", ".join(program.inputs), body=body, output=output)
    found: Callable[..., float] = getattr(modules.load(text), op)
    return found
