"""The compiled kernel of a program: many orbits advanced in lock-step, printed as one numba module.

One orbit is a chain of dependent operations and leaves the vector units idle. Here a block of orbits
("lanes") advances together through a small local buffer whose width is a run-time argument, so the inner
loop vectorises. No test is made inside a step: divergence and convergence are looked for every
`check_every` steps, and the block that failed is replayed, one orbit at a time, for the exact step.
Finished lanes are refilled from the queue of starts, and compacted away when it is empty.
Everything is plain IEEE arithmetic without contraction: an orbit's bits depend on its start alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from numerics.printers.scalar import statements
from numerics.program import Program

_TEMPLATE = '''"""Generated: {n} state variables, {p} parameters. Digest {digest}."""

import math

import numba
import numpy as np

_OPTIONS = dict(cache=True, nogil=True, fastmath=False, error_model="numpy")


@numba.njit(inline="always", **_OPTIONS)
def step({scalars}):
{step_body}
    return {step_outputs}


@numba.njit(inline="always", **_OPTIONS)
def residual({scalars}):
{residual_body}
    return {residual_output}


@numba.njit(**_OPTIONS)
def advance({state}, {parameters}width, steps):
    for _ in range(steps):
        for j in range(width):
{lane_body}
{lane_store}


@numba.njit(**_OPTIONS)
def inside({watched_y}, radius):
    return {inside}


@numba.njit(**_OPTIONS)
def drive(
    starts, {lane_arguments}{parameters_in}tolerance, max_steps, check_every, radius, lanes,
    status, steps, final, residuals, ratios,
):
    count = starts.shape[1]
    lanes = min(lanes, count)
{allocate}
    index = np.empty(lanes, np.int64)
    age = np.zeros(lanes, np.int64)
    before = np.empty(lanes)
    arrival = np.full(lanes, -1)
    queued = 0
    active = 0
    while queued < count and active < lanes:
        i = queued
        queued += 1
{load_active}
        index[active] = i
        age[active] = 0
        before[active] = residual({at_active})
        active += 1
    while active > 0:
{save}
        advance({state}, {parameters}active, check_every)
        j = 0
        while j < active:
            i = index[j]
            outcome = 0
            elapsed = age[j] + check_every
            now = np.inf
            if not inside({watched_j}, radius):
                {restore}
                elapsed = age[j]
                outcome = 4
                while inside({watched_y}, radius):
                    {step_y}
                    elapsed += 1
                if not ({finite}):
                    outcome = 5
{final_y}
                residuals[i] = np.inf
                ratios[i] = np.inf
            else:
                now = residual({at_j})
                # Contracting, or at rest on the rounding floor; a start beside an unstable minimum is neither.
                falling = now < before[j] or (now == before[j] and now <= 1e-3 * tolerance[i])
                if now <= tolerance[i] and falling:
                    if arrival[j] < 0:
                        {restore}
                        arrival[j] = age[j]
                        while arrival[j] < elapsed and not residual({at_y}) <= tolerance[i]:
                            {step_y}
                            arrival[j] += 1
                    if before[j] <= 2.0 * tolerance[i]:
                        outcome = 1
                        steps[i] = arrival[j]
                else:
                    arrival[j] = -1
                if outcome == 0 and elapsed >= max_steps[i]:
                    outcome = 6
                if outcome != 0:
                    residuals[i] = now
                    ratios[i] = now / before[j] if before[j] > 0.0 else 0.0
{final_j}
            if outcome == 0:
                age[j] = elapsed
                before[j] = now
                j += 1
                continue
            status[i] = outcome
            if outcome != 1:
                steps[i] = elapsed
            if queued < count:
                i = queued
                queued += 1
{load_j}
                index[j] = i
                age[j] = 0
                arrival[j] = -1
                before[j] = residual({at_j})
                j += 1
            else:
                # Compaction: the last lane takes this place and is examined next, unless this was the last.
                active -= 1
{move_last}
{move_saved}
                index[j] = index[active]
                age[j] = age[active]
                before[j] = before[active]
                arrival[j] = arrival[active]
'''


def source(step: Program, residual: Program, n_state: int, n_watched: int, per_orbit: Sequence[bool]) -> str:
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
        How many of these, from the first, are tested against the radius; the rest are observers.
    per_orbit : sequence of bool
        For each parameter whether every orbit has its own value (an array) or all share one (a scalar).
    """
    n, p = n_state, len(per_orbit)
    x = [f"x{i}" for i in range(n)]
    y = [f"y{i}" for i in range(n)]
    watched = range(n_watched)
    at = {"j": [f"x{i}[j]" for i in range(n)], "active": [f"x{i}[active]" for i in range(n)]}
    par = {w: [f"p{i}[{w}]" if own else f"p{i}" for i, own in enumerate(per_orbit)] for w in ("j", "active")}
    own = [i for i, yes in enumerate(per_orbit) if yes]

    def block(lines: Sequence[str], indent: int) -> str:
        return "\n".join(" " * indent + line for line in lines) or " " * indent + "pass"

    def body(program: Program, names: Sequence[str], indent: int) -> tuple[str, list[str]]:
        lines, outputs = statements(program, names)
        return block(lines, indent), outputs

    scalars = [*x, *(f"p{i}" for i in range(p))]
    step_body, step_outputs = body(step, scalars, 4)
    residual_body, residual_outputs = body(residual, scalars, 4)
    lane_body, lane_outputs = body(step, [*at["j"], *par["j"]], 12)

    def load(where: str) -> list[str]:
        return [f"x{i}[{where}] = starts[{i}, i]" for i in range(n)] + [f"p{k}[{where}] = own{k}[i]" for k in own]

    def call(name: str, state: Sequence[str], parameters: Sequence[str]) -> str:
        return f"{name}({', '.join([*state, *parameters])})"

    return _TEMPLATE.format(
        n=n,
        p=p,
        digest=step.digest,
        scalars=", ".join(scalars),
        step_body=step_body,
        step_outputs=", ".join(step_outputs) + ("," if n == 1 else ""),
        residual_body=residual_body,
        residual_output=residual_outputs[0],
        state=", ".join(x),
        parameters="".join(f"p{i}, " for i in range(p)),
        lane_body=lane_body,
        lane_store=block([f"{a} = {o}" for a, o in _ordered_stores(at["j"], lane_outputs)], 12),
        watched_y=", ".join(y[i] for i in watched),
        inside=" and ".join(f"abs({y[i]}) <= radius" for i in watched),
        lane_arguments="".join(f"own{i}, " for i in own),
        parameters_in="".join(f"p{i}, " for i, yes in enumerate(per_orbit) if not yes),
        allocate=block(
            [f"{v}{i} = np.empty(lanes)" for i in range(n) for v in "xs"] + [f"p{i} = np.empty(lanes)" for i in own],
            4,
        ),
        load_active=block(load("active"), 8),
        load_j=block(load("j"), 16),
        at_active=", ".join([*at["active"], *par["active"]]),
        at_j=", ".join([*at["j"], *par["j"]]),
        watched_j=", ".join(at["j"][i] for i in watched),
        at_y=", ".join([*y, *par["j"]]),
        save=block([f"s{i}[:active] = x{i}[:active]" for i in range(n)], 8),
        restore="; ".join(f"y{i} = s{i}[j]" for i in range(n)),
        step_y=f"{', '.join(y)}{',' if n == 1 else ''} = {call('step', y, par['j'])}",
        finite=" and ".join(f"math.isfinite({y[i]})" for i in watched),
        final_y=block([f"final[{i}, i] = y{i}" for i in range(n)], 16),
        final_j=block([f"final[{i}, i] = x{i}[j]" for i in range(n)], 20),
        move_last=block([f"x{i}[j] = x{i}[active]" for i in range(n)] + [f"p{i}[j] = p{i}[active]" for i in own], 16),
        move_saved=block([f"s{i}[j] = s{i}[active]" for i in range(n)], 16),
    )


def _ordered_stores(targets: Sequence[str], outputs: Sequence[str]) -> list[tuple[str, str]]:
    # An output that is itself an old state (momentum carries the previous iterate) must be stored
    # before that state is overwritten; a temporary cannot be.
    plain = [(t, o) for t, o in zip(targets, outputs, strict=True) if o in targets]
    made = [(t, o) for t, o in zip(targets, outputs, strict=True) if o not in targets]
    if any(o in [a for a, _ in plain[:k]] for k, (_, o) in enumerate(plain)):
        raise ValueError("a step that permutes its own state needs a binding for one of the old values")
    return plain + made
