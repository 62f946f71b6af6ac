"""The compiled functions of a program: many orbits advanced in lock-step, printed as one numba module.

One orbit is a chain of dependent operations and leaves the vector units idle. Here a block of orbits
("lanes") advances together through a small local buffer whose width is a run-time argument, so the inner
loop vectorises. No test is made inside a step: divergence and convergence are looked for every
`check_every` steps, and the lanes that left or arrived are replayed together for the exact step.
Finished lanes are refilled from the queue of starts, and compacted away when it is empty: that is done by
`edgestab.numerics.orbits.driver`, which calls these functions by their addresses.
Everything is plain IEEE arithmetic without contraction: an orbit's bits depend on its start alone.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from edgestab.errors import InputError
from edgestab.numerics.printers.helpers import imports
from edgestab.numerics.printers.scalar import statements
from edgestab.numerics.programs.program import Program

LARGEST = sys.float_info.max

_TEMPLATE = '''"""Generated: {n} state variables, {p} parameters. Digest {digest}."""

import math

from numba import types
{imports}
_ROWS, _LANES = types.Array(types.float64, 2, "C"), types.Array(types.float64, 1, "C")
_COUNTS, _COUNT = types.Array(types.int64, 1, "C"), types.int64
SIGNATURES = {{
    "advance": types.void(_ROWS, _ROWS, _COUNT, _COUNT),
    "look": types.void(_ROWS, _ROWS, _COUNT, _LANES, _LANES),
    "leave": types.void(_ROWS, _ROWS, _COUNT, _LANES, _COUNT, _COUNTS),
    "arrive": types.void(_ROWS, _ROWS, _COUNT, _LANES, _COUNT, _COUNTS),
}}


def advance(x, p, width, steps):
{rows}
    for _ in range(steps):
        for j in range(width):
{lane_body}
{lane_store}


def look(x, p, width, residuals, sizes):
{rows}
    for j in range(width):
{residual_body}
        residuals[j] = {residual_output}
    for j in range(width):
{size}


def leave(x, p, width, radius, limit, count):
{rows}
    for _ in range(limit):
        busy = 0
        for j in range(width):
            go = {inside}
{lane_body}
{select}
            count[j] += go
            busy += go
        if busy == 0:
            break


def arrive(x, p, width, tolerance, limit, count):
{rows}
    for _ in range(limit):
        busy = 0
        for j in range(width):
{residual_again}
            go = not {residual_output} <= tolerance[j]
{lane_body}
{select}
            count[j] += go
            busy += go
        if busy == 0:
            break
'''


def source(
    step: Program,
    residual: Program,
    n_state: int,
    n_watched: int,
    per_orbit: Sequence[bool],
    lengths: Sequence[int] | None = None,
) -> str:
    """Return the text of the module for one step map and its residual.

    Parameters
    ----------
    step : Program
        Inputs: the state, then the parameters. Outputs: the next state.
    residual : Program
        The same inputs; one output, non-negative, zero exactly on the set of limits.
    n_state : int
        How many of the inputs are state.
    n_watched : int
        How many of these, from the first, must stay finite; the rest are observers.
    per_orbit : sequence of bool
        For each parameter whether every orbit has its own value, in its lane, or all share that of the first lane.
    lengths : sequence of int, optional
        Which of those that must stay finite are tested against the radius; all of them by default.
    """
    measured = range(n_watched) if lengths is None else lengths
    at = [f"x{i}[j]" for i in range(n_state)]
    values = [f"p{k}[j]" if own else f"p{k}" for k, own in enumerate(per_orbit)]
    rows = [f"x{i} = x[{i}]" for i in range(n_state)]
    rows += [f"p{k} = p[{k}]" if own else f"p{k} = p[{k}, 0]" for k, own in enumerate(per_orbit)]
    residual_lines, residual_outputs = statements(residual, [*at, *values], "r")
    lane_lines, lane_outputs = statements(step, [*at, *values])

    def block(lines: Sequence[str], indent: int) -> str:
        return "\n".join(" " * indent + line for line in lines) or " " * indent + "pass"

    return _TEMPLATE.format(
        n=n_state,
        p=len(per_orbit),
        digest=step.digest,
        imports=imports(step, residual),
        rows=block(rows, 4),
        residual_body=block(residual_lines, 8),
        residual_again=block(residual_lines, 12),
        residual_output=residual_outputs[0],
        lane_body=block(lane_lines, 12),
        lane_store=block([f"{a} = {o}" for a, o in _ordered_stores(at, lane_outputs)], 12),
        size=block(_size([at[i] for i in measured]), 8),
        inside=" & ".join(
            f"(abs({a}) <= {'radius[j]' if i in measured else LARGEST})" for i, a in enumerate(at[:n_watched])
        ),
        select=block(
            [f"n{i} = {o}" for i, o in enumerate(lane_outputs)]
            + [f"{a} = n{i} if go else {a}" for i, a in enumerate(at)],
            12,
        ),
    )


def _size(values: Sequence[str]) -> list[str]:
    """The largest magnitude of some values, and what is undefined where one is, as selects that vectorise."""
    lines = [f"s0 = abs({values[0]})"]
    for k, value in enumerate(values[1:], 1):
        lines += [f"a{k} = abs({value})", f"s{k} = s{k - 1} if (s{k - 1} >= a{k}) | (s{k - 1} != s{k - 1}) else a{k}"]
    return [*lines, f"sizes[j] = s{len(values) - 1}"]


def _ordered_stores(targets: Sequence[str], outputs: Sequence[str]) -> list[tuple[str, str]]:
    # An output that is itself an old state (momentum carries the previous iterate) must be stored
    # before that state is overwritten; a temporary cannot be.
    plain = [(t, o) for t, o in zip(targets, outputs, strict=True) if o in targets]
    made = [(t, o) for t, o in zip(targets, outputs, strict=True) if o not in targets]
    if any(o in [a for a, _ in plain[:k]] for k, (_, o) in enumerate(plain)):
        raise InputError("a step that permutes its own state needs a binding for one of the old values")
    return plain + made
