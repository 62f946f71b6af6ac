"""The compiled interpreter of tapes: blocks of boxes go through one instruction after another.

One function is compiled for all programs. An instruction is a loop over a block, whose registers lie in the
first-level cache, so that looking up the operation costs little and the loop vectorises.
"""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path
from types import ModuleType

from edgestab.numerics.programs import modules

BLOCK = 64
"""Boxes that go through an instruction together."""

_ONE, _TWO = "low[a, j], high[a, j]", "low[a, j], high[a, j], low[b, j], high[b, j]"

_LOOPS = {
    "neg": f"neg({_ONE})",
    "abs": f"magnitude({_ONE})",
    "sqr": f"sqr({_ONE})",
    "sqrt": f"sqrt({_ONE})",
    "exp": f"exp({_ONE})",
    "log": f"log({_ONE})",
    "add": f"add({_TWO})",
    "sub": f"sub({_TWO})",
    "mul": f"mul({_TWO})",
    "div": f"div({_TWO})",
    "min": f"minimum({_TWO})",
    "max": f"maximum({_TWO})",
    "pow": f"real_power({_TWO})",
    "inside": f"inside({_TWO})",
    "bounded": f"bounded({_TWO})",
}

CODES = {name: code for code, name in enumerate((*_LOOPS, "scale", "scale_neg", "odd", "store"))}
"""The number of every operation of a tape.

An instruction is (operation, destination, a, b). The operands a and b are registers, but b is a row of the tape's
scales for `scale` and `scale_neg`, and the exponent for `odd`. `store` copies register a to output `destination`.
"""

_TEMPLATE = '''"""Generated: the interpreter of interval tapes. Digest of the operations {digest}."""

import numba
import numpy as np

from edgestab.numerics.intervals.arithmetic import (
    MOST, add, bounded, div, down, exp, inside, log, magnitude, maximum, minimum, mul, neg, odd_error, real_power,
    scale, sqr, sqrt, sub, up,
)

_OPTIONS = dict(nogil=True, fastmath=False, error_model="numpy")


@numba.njit(**_OPTIONS)
def _register_file(registers):
    raw = np.empty(registers * {block} + 8)
    offset = (-raw.ctypes.data % 64) // 8  # vector loads that straddle cache lines are slow
    return raw[offset : offset + registers * {block}].reshape((registers, {block}))


@numba.njit(cache=True, **_OPTIONS)
def run(code, constants, scales, registers, lower, upper, out_lower, out_upper, fault):
    count = lower.shape[1]
    low, high = _register_file(registers), _register_file(registers)
    first = constants.shape[0]
    for i in range(first):
        low[i, :] = constants[i, 0]
        high[i, :] = constants[i, 1]
    fault[0] = -1
    for start in range(0, count, {block}):
        width = min({block}, count - start)
        for i in range(lower.shape[0]):
            empty = 0
            for j in range(width):
                at = np.uintp(start) + np.uintp(j)  # a signed index that may be negative does not vectorise
                x, y = lower[i, at], upper[i, at]
                empty += x > y
                known = (x == x) & (y == y)
                x, y = (MOST if x > MOST else x), (-MOST if y < -MOST else y)
                low[first + i, j], high[first + i, j] = (x if known else -np.inf), (y if known else np.inf)
            for j in range(width, {block}):
                low[first + i, j], high[first + i, j] = 0.0, 0.0
            if empty:
                for j in range(width):
                    if lower[i, start + j] > upper[i, start + j]:
                        fault[0] = start + j
                        return
        for p in range(code.shape[0]):
            # No views of rows: each would count its references.
            op, to, a, b = code[p, 0], code[p, 1], code[p, 2], code[p, 3]
            if op == {store}:
                for j in range(width):
                    at = np.uintp(start) + np.uintp(j)
                    out_lower[to, at], out_upper[to, at] = low[a, j], high[a, j]
            elif op == {scale}:
                factor, phi = scales[b, 0], scales[b, 1]
                for j in range({block}):
                    low[to, j], high[to, j] = scale(low[a, j], high[a, j], factor, phi)
            elif op == {scale_neg}:
                factor, phi = scales[b, 0], scales[b, 1]
                for j in range({block}):
                    low[to, j], high[to, j] = scale(-high[a, j], -low[a, j], factor, phi)
            elif op == {odd}:
                for j in range({block}):
                    low[to, j], high[to, j] = low[a, j], high[a, j]
                for _ in range(b - 1):
                    for j in range({block}):
                        low[to, j] *= low[a, j]
                        high[to, j] *= high[a, j]
                phi, tiny = odd_error(b)
                for j in range({block}):
                    low[to, j] = down(low[to, j], phi, min(abs(low[a, j]), tiny))
                    high[to, j] = up(high[to, j], phi, min(abs(high[a, j]), tiny))
{loops}
'''

_LOOP = """\
            elif op == {code}:
                for j in range({block}):
                    low[to, j], high[to, j] = {call}"""


@functools.cache
def kernel() -> ModuleType:
    """Return the module whose `run` evaluates a tape; it is made once for a text of `arithmetic`.

    ``run(code, constants, scales, registers, lower, upper, out_lower, out_upper, fault)`` writes the outputs, and the
    number of the first box with lower > upper, or -1, into ``fault[0]``.
    """
    # Numba looks only at a function's own file for changes: the digest makes a change of the operations one of this.
    texts = [Path(__file__).with_name(name).read_bytes() for name in ("arithmetic.py", "rounding.py")]
    digest = hashlib.sha256(b"".join(texts)).hexdigest()
    loops = "\n".join(_LOOP.format(code=CODES[name], block=BLOCK, call=call) for name, call in _LOOPS.items())
    return modules.load(_TEMPLATE.format(digest=digest, block=BLOCK, loops=loops, **CODES))
