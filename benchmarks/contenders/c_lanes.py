"""C, the same statements in the same lanes, compiled by `cc` at run time: what the generated kernel should reach."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.contender import Contender, Unavailable
from benchmarks.start import ETA, Array, program
from benchmarks.timing import fastest
from edgestab.numerics.printers.scalar import statements

WIDTHS = (64, 128, 256)
FLAGS = ("-O3", "-march=native")
EXTRA_FLAGS = ((), ("-mprefer-vector-width=512",), ("-funroll-loops",), ("-mprefer-vector-width=512", "-funroll-loops"))
"""An older gcc does not know a newer CPU and would use half of its vector registers; unrolling may pay or not."""

_SOURCE = """
#include <string.h>
#define LANES {lanes}

static void steps_of(double *restrict x, double *restrict y, const double eta, long steps) {{
    for (long k = 0; k < steps; k++)
        for (long j = 0; j < LANES; j++) {{
{body}
            x[j] = {x};
            y[j] = {y};
        }}
}}

void advance(double *restrict x, double *restrict y, double eta, long count, long steps) {{
    _Alignas(64) double a[LANES] = {{0}}, b[LANES] = {{0}};
    for (long low = 0; low < count; low += LANES) {{
        const size_t size = sizeof(double) * (count - low < LANES ? count - low : LANES);
        memcpy(a, x + low, size);
        memcpy(b, y + low, size);
        steps_of(a, b, eta, steps);
        memcpy(x + low, a, size);
        memcpy(y + low, b, size);
    }}
}}
"""


def ieee() -> Contender:
    """Return C without contraction, bitwise comparable: the best lane count and flags."""
    return fastest(_variants("c", "C, lanes", "off", exact=True))


def contracted() -> Contender:
    """Return C with fused multiply-add: other bits, for information."""
    return fastest(_variants("c-fma", "C, lanes, contracted", "fast", exact=False))


def _variants(name: str, title: str, contraction: str, *, exact: bool) -> Iterator[Contender]:
    if shutil.which("cc") is None:
        raise Unavailable("no C compiler: put cc on the PATH")
    for lanes in WIDTHS:
        for extra in EXTRA_FLAGS:
            flags = (*FLAGS, f"-ffp-contract={contraction}", *extra)
            try:
                advance = _compiled(lanes, flags)
            except subprocess.CalledProcessError as error:
                if extra:  # not a flag of this compiler
                    continue
                raise Unavailable(f"cc {' '.join(flags)} failed: {error.stderr.strip().splitlines()[0]}") from None
            note = f"{lanes} lanes, cc {' '.join(flags)}"
            yield Contender(name, title, advance, 4096, 10_000, exact=exact, note=note)


def _compiled(lanes: int, flags: tuple[str, ...]) -> Callable[[Array, int], Array]:
    lines, (x, y) = statements(program(), ["x[j]", "y[j]", "eta"])
    # The statements of an algebraic program read the same in C as in Python.
    body = "\n".join(f"            const double {line};" for line in lines)
    with tempfile.TemporaryDirectory() as folder:
        source, library = Path(folder, "lanes.c"), Path(folder, "lanes.so")
        source.write_text(_SOURCE.format(lanes=lanes, body=body, x=x, y=y))
        command = ["cc", *flags, "-shared", "-fPIC", "-o", str(library), str(source)]
        subprocess.run(command, check=True, capture_output=True, text=True)
        function: Any = ctypes.CDLL(str(library)).advance
    pointer = np.ctypeslib.ndpointer(np.float64, ndim=1, flags="C_CONTIGUOUS")
    function.argtypes = [pointer, pointer, ctypes.c_double, ctypes.c_long, ctypes.c_long]
    function.restype = None

    def run(state: Array, steps: int) -> Array:
        final = np.array(state)
        function(final[0], final[1], ETA, final.shape[1], steps)
        return final

    return run
