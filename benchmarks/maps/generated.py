"""Other people's loops, written around the same statements in the same order: modules for numba, libraries of C."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from benchmarks.contender import Unavailable
from edgestab.numerics.printers.scalar import statements
from edgestab.numerics.programs import modules
from edgestab.numerics.programs.program import Program

FLAGS = ("-O3", "-march=native", "-ffp-contract=off")
"""IEEE arithmetic in the order written, so that every bit must agree."""

WIDE = ("-mprefer-vector-width=512",)
"""An older gcc does not know a newer CPU and would use half of its vector registers."""


def body(program: Program, names: Sequence[str], outputs: Sequence[str], indent: int, form: str = "{} = {}") -> str:
    """Return a program's statements as indented lines; the last of them give its outputs names.

    Parameters
    ----------
    program : Program
        What to print.
    names, outputs : sequence of str
        The text that stands for each input, and the name each output is to have.
    indent : int
        Spaces before every line.
    form : str
        An assignment: Python's by default.
    """
    lines, values = statements(program, names)
    assigned = [line.split(" = ", 1) for line in lines] + [list(pair) for pair in zip(outputs, values, strict=True)]
    return "\n".join(" " * indent + form.format(*pair) for pair in assigned)


C_FORM = "const double {} = {};"


def python(source: str) -> ModuleType:
    """Return a module of generated text, compiled by numba once per machine."""
    return modules.load(source)


def c_library(source: str, flags: Sequence[str] = FLAGS) -> ctypes.CDLL:
    """Compile C and return the library.

    Raises
    ------
    Unavailable
        When there is no compiler, or it does not take the flags.
    """
    if shutil.which("cc") is None:
        raise Unavailable("no C compiler: put cc on the PATH")
    with tempfile.TemporaryDirectory() as folder:
        text, library = Path(folder, "generated.c"), Path(folder, "generated.so")
        text.write_text(source)
        command = ["cc", *flags, "-shared", "-fPIC", "-o", str(library), str(text), "-lm"]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            raise Unavailable(f"cc {' '.join(flags)} failed: {done.stderr.strip().splitlines()[0]}")
        return ctypes.CDLL(str(library))
