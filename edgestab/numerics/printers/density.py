"""The compiled kernel of an orbit diagram: orbits advanced in lock-step and counted into bins, none stored.

The lanes, their local buffers and the arithmetic are those of `edgestab.numerics.printers.lanes`: an orbit's bits are
those of the NumPy reference. In every step that counts, the observable's bin is computed for all lanes in the vector
loop, and a scalar loop then adds one to each lane's entry of the table; nothing is tested and no orbit is kept.

An observed value v falls into row ``floor((v - low) * scale)`` of a column. Row -1 takes what lies below the window,
row ``rows`` what lies above, row ``rows + 1`` what is infinite or not a number: a column's entries sum to the number
of values observed, whatever became of its orbits.
"""

from __future__ import annotations

from collections.abc import Sequence

from edgestab.errors import InputError
from edgestab.numerics.printers.helpers import imports
from edgestab.numerics.printers.scalar import statements
from edgestab.numerics.programs.program import Program

_TEMPLATE = '''"""Generated: {n} state variables, {p} parameters. Digests {digest}, {observed_digest}."""

import math

import numba
import numpy as np
{imports}
_OPTIONS = dict(cache=True, nogil=True, fastmath=False, error_model="numpy")


@numba.njit(**_OPTIONS)
def advance({lanes}width, steps):
    for _ in range(steps):
        for j in range(width):
{step}
{store}


@numba.njit(**_OPTIONS)
def count({lanes}first, slot, table, width, steps, low, scale, rows, along):
    above = float(rows)
    lost = float(rows + 1)
    for _ in range(steps):
        for j in range(width):
{step}
{store}
{observe}
            row = np.floor((value - low) * scale)
            row = row if row < above else above
            row = row if row > -1.0 else -1.0
            row = row if abs(value) < np.inf else lost
            slot[j] = np.uint32(np.int32(row * along) + first[j])
        for j in range(width):
            table[slot[j]] += 1


@numba.njit(**_OPTIONS)
def fresh(starts, {given}column, table, settle, kept, low, scale, rows, along, across, wide, narrow):
{buffers}
    total = starts.shape[1]
    for begin in range(0, total, wide):
        width = min(wide, total - begin)
        for j in range(width):
            first[j] = column[begin + j] * across + along
{load_fresh}
        advance({lanes}width, settle)
        for a in range(0, width, narrow):
            b = min(a + narrow, width)
            count({part}first[a:b], slot, table, b - a, kept, low, scale, rows, float(along))


@numba.njit(**_OPTIONS)
def follow(
    starts, swept, order, {shared}table, settle, kept, low, scale, rows, along, across, wide, narrow, radius, nudge,
):
{buffers}
    total = starts.shape[1]
    for begin in range(0, total, wide):
        width = min(wide, total - begin)
        for j in range(width):
{load_follow}
        for c in order:
            for j in range(width):
                first[j] = c * across + along
{set_swept}
                if {inside}:
{nudge}
                else:
{restart}
            advance({lanes}width, settle)
            for a in range(0, width, narrow):
                b = min(a + narrow, width)
                count({part}first[a:b], slot, table, b - a, kept, low, scale, rows, float(along))
'''


def source(step: Program, observable: Program, n_state: int, swept: int | None) -> str:
    """Return the text of the module that counts one observable along the orbits of one step map.

    Its functions add to ``table``, a flat array of uint32 in which the entries of ``rows + 3`` rows, the first of them
    row -1, lie ``along`` apart in a column, and those of neighbouring columns ``across``. ``fresh`` follows lanes that
    each have a start and a column of their own; ``follow`` carries every start through the columns in the given order,
    and where the next column begins nudges it, or puts an orbit outside the radius back on its start.

    Parameters
    ----------
    step : Program
        Inputs: the state, then the parameters. Outputs: the next state.
    observable : Program
        The same inputs; one output. It is observed after each step that counts.
    n_state : int
        How many of the inputs are state.
    swept : int, optional
        Which parameter varies from column to column; none when the starts do.

    Examples
    --------
    >>> from edgestab.numerics.programs.program import program_of
    >>> from edgestab.theory.symbols import symbols
    >>> d, s = symbols("d s")
    >>> text = source(program_of([d + s], [d, s]), program_of([d**2], [d, s]), 1, 0)
    >>> "value = t0" in text
    True
    """
    n, p = n_state, len(step.inputs) - n_state
    if observable.inputs != step.inputs or len(observable.outputs) != 1:
        raise InputError("the observable must be one expression of the step's state and parameters, in their order")
    if swept is not None and not 0 <= swept < p:
        raise InputError(f"there is no parameter number {swept} to sweep: the step has {p}")
    parameters = [f"p{i}[j]" if i == swept else f"p{i}" for i in range(p)]
    lines, outputs = statements(step, [*(f"x{i}[j]" for i in range(n)), *parameters])
    seen, (value,) = statements(observable, [*(f"y{i}" for i in range(n)), *parameters])
    shared = [i for i in range(p) if i != swept]

    def block(text: Sequence[str], indent: int) -> str:
        return "\n".join(" " * indent + line for line in text) or " " * indent + "pass"

    def listed(names: Sequence[str]) -> str:
        return "".join(f"{name}, " for name in names)

    arrays = [*(f"x{i}" for i in range(n)), *([] if swept is None else [f"p{swept}"])]
    part = [f"x{i}[a:b]" for i in range(n)] + [f"p{i}[a:b]" if i == swept else f"p{i}" for i in range(p)]
    load = [f"x{i}[j] = starts[{i}, begin + j]" for i in range(n)]
    return _TEMPLATE.format(
        n=n,
        p=p,
        digest=step.digest,
        imports=imports(step, observable),
        observed_digest=observable.digest,
        lanes=listed([*(f"x{i}" for i in range(n)), *(f"p{i}" for i in range(p))]),
        part=listed(part),
        given=listed([f"own{i}" if i == swept else f"p{i}" for i in range(p)]),
        shared=listed([f"p{i}" for i in shared]),
        # All new values exist before the first is stored, so a step may permute its own state.
        step=block([*lines, *(f"y{i} = {o}" for i, o in enumerate(outputs))], 12),
        store=block([f"x{i}[j] = y{i}" for i in range(n)], 12),
        observe=block([*seen, f"value = {value}"], 12),
        buffers=block(_buffers(arrays), 4),
        load_fresh=block([*load, *([] if swept is None else [f"p{swept}[j] = own{swept}[begin + j]"])], 12),
        load_follow=block(load, 12),
        set_swept=block([] if swept is None else [f"p{swept}[j] = swept[c]"], 16),
        inside=" and ".join(f"abs(x{i}[j]) <= radius" for i in range(n)),
        nudge=block([f"x{i}[j] += nudge * (1.0 + abs(x{i}[j]))" for i in range(n)], 20),
        restart=block([f"x{i}[j] = starts[{i}, begin + j]" for i in range(n)], 20),
    )


def _buffers(arrays: Sequence[str]) -> list[str]:
    # On cache-line boundaries: vector loads that straddle lines cost a quarter of the speed.
    lines = [
        f"room = np.empty({len(arrays) + 1} * wide + 8)",
        "edge = (-room.ctypes.data % 64) // 8",
    ]
    lines += [f"{name} = room[edge + {k} * wide : edge + {k + 1} * wide]" for k, name in enumerate(arrays)]
    spare = f"room[edge + {len(arrays)} * wide : edge + {len(arrays) + 1} * wide]"
    return [*lines, f"first = {spare}.view(np.int32)[:wide]", f"slot = {spare}.view(np.uint32)[wide : 2 * wide]"]
