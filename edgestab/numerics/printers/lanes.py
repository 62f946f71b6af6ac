"""The compiled kernel of a program: many orbits advanced in lock-step, printed as one numba module.

One orbit is a chain of dependent operations and leaves the vector units idle. Here a block of orbits
("lanes") advances together through a small local buffer whose width is a run-time argument, so the inner
loop vectorises. No test is made inside a step: divergence and convergence are looked for every
`check_every` steps, and the lanes that left or arrived are replayed together for the exact step.
Finished lanes are refilled from the queue of starts, and compacted away when it is empty.
Everything is plain IEEE arithmetic without contraction: an orbit's bits depend on its start alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from edgestab.errors import InputError
from edgestab.numerics.printers.scalar import statements
from edgestab.numerics.programs.program import Program

_MOST_INLINED = 30
"""The most arguments of a function that numba inlines: Python passes more of them as a tuple."""

_TEMPLATE = '''"""Generated: {n} state variables, {p} parameters. Digest {digest}."""

import math

import numba
import numpy as np

_OPTIONS = dict(cache=True, nogil=True, fastmath=False, error_model="numpy")


@numba.njit({inline}**_OPTIONS)
def residual({scalars}):
{residual_body}
    return {residual_output}


@numba.njit(**_OPTIONS)
def advance({state}, {parameters}width, steps):
    for _ in range(steps):
        for j in range(width):
{lane_body}
{lane_store}


@numba.njit({inline}**_OPTIONS)
def inside({watched_y}, radius):
    return {inside}


@numba.njit(**_OPTIONS)
def look({state}, {parameters}width, residuals):
    for j in range(width):
        residuals[j] = residual({at_j})


@numba.njit(**_OPTIONS)
def leave({state}, {parameters}width, radius, limit, count):
    for _ in range(limit):
        busy = 0
        for j in range(width):
            go = inside({watched_j}, radius[j])
{lane_body}
{select}
            count[j] += go
            busy += go
        if busy == 0:
            break


@numba.njit(**_OPTIONS)
def arrive({state}, {parameters}width, tolerance, limit, count):
    for _ in range(limit):
        busy = 0
        for j in range(width):
            go = not residual({at_j}) <= tolerance[j]
{lane_body}
{select}
            count[j] += go
            busy += go
        if busy == 0:
            break


@numba.njit(**_OPTIONS)
def drive(
    starts, {lane_arguments}{parameters_in}tolerance, per_length, max_steps, radius, check_every, lanes,
    status, steps, final, residuals, ratios,
):
    count = starts.shape[1]
    lanes = min(lanes, count)
{allocate}
    index = np.empty(lanes, np.int64)
    age = np.zeros(lanes, np.int64)
    before = np.empty(lanes)
    after = np.empty(lanes)
    allowed = np.empty(lanes)
    arrival = np.full(lanes, -1)
    fate = np.zeros(lanes, np.int64)
    place = np.zeros(lanes, np.int64)
    gone_steps = np.empty(lanes, np.int64)
    come_steps = np.empty(lanes, np.int64)
    come_tolerance = np.empty(lanes)
    gone_radius = np.empty(lanes)
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
        # Not as slices: for the message of the error that these can raise numba compiles its strings, for seconds.
        for j in range(active):
{save}
        advance({state}, {parameters}active, check_every)
        look({state}, {parameters}active, after)
        # Lanes that left, and lanes that have just arrived, are replayed together for the exact step.
        gone = active - active  # not the literal 0: for that numba would compile `leave` and `arrive` once more
        come = active - active
        for j in range(active):
            i = index[j]
            fate[j] = 0
            if not inside({watched_j}, radius[i]):
                fate[j] = 1
                place[j] = gone
                gone_steps[gone] = 0
                gone_radius[gone] = radius[i]
{gather_gone}
                gone += 1
                continue
            now = after[j]
            allowed[j] = tolerance[i] * max(1.0, {reach} * per_length[i])
            # Contracting, or at rest on the rounding floor; beside an unstable minimum an orbit grows, and exactly on
            # it the multipliers tell.
            falling = now <= before[j]
            if now <= allowed[j] and falling:
                fate[j] = 2
                if arrival[j] < 0:
                    fate[j] = 3
                    place[j] = come
                    come_steps[come] = 0
                    come_tolerance[come] = allowed[j]
{gather_come}
                    come += 1
        if gone > 0:
            leave({gone_state}, {gone_parameters}gone, gone_radius, check_every, gone_steps)
        if come > 0:
            arrive({come_state}, {come_parameters}come, come_tolerance, check_every, come_steps)
        j = 0
        while j < active:
            i = index[j]
            k = place[j]
            outcome = 0
            elapsed = age[j] + check_every
            now = after[j]
            if fate[j] == 1:
                {restore}
                elapsed = age[j] + gone_steps[k]
                outcome = 4
                if not ({finite}):
                    outcome = 5
{final_y}
                residuals[i] = np.inf
                ratios[i] = np.inf
            else:
                if fate[j] == 0:
                    arrival[j] = -1
                else:
                    if fate[j] == 3:
                        arrival[j] = age[j] + come_steps[k]
                    if before[j] <= 2.0 * allowed[j]:
                        outcome = 1
                        steps[i] = arrival[j]
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
                index[j] = index[active]
                age[j] = age[active]
                before[j] = before[active]
                after[j] = after[active]
                allowed[j] = allowed[active]
                arrival[j] = arrival[active]
                fate[j] = fate[active]
                place[j] = place[active]
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
    residual_body, residual_outputs = body(residual, scalars, 4)
    lane_body, lane_outputs = body(step, [*at["j"], *par["j"]], 12)

    def load(where: str) -> list[str]:
        return [f"x{i}[{where}] = starts[{i}, i]" for i in range(n)] + [f"p{k}[{where}] = own{k}[i]" for k in own]

    def gather(to: str) -> list[str]:
        return [f"{to}{i}[{to}] = s{i}[j]" for i in range(n)] + [f"{to}_p{k}[{to}] = p{k}[j]" for k in own]

    return _TEMPLATE.format(
        n=n,
        p=p,
        digest=step.digest,
        inline='inline="always", ' if max(len(scalars), n_watched + 1) <= _MOST_INLINED else "",
        scalars=", ".join(scalars),
        residual_body=residual_body,
        residual_output=residual_outputs[0],
        state=", ".join(x),
        parameters="".join(f"p{i}, " for i in range(p)),
        lane_body=lane_body,
        lane_store=block([f"{a} = {o}" for a, o in _ordered_stores(at["j"], lane_outputs)], 12),
        reach=_largest([f"abs({at['j'][i]})" for i in watched]),
        watched_y=", ".join(y[i] for i in watched),
        inside=" & ".join(f"(abs({y[i]}) <= radius)" for i in watched),
        select=block(
            [f"n{i} = {o}" for i, o in enumerate(lane_outputs)]
            + [f"{a} = n{i} if go else {a}" for i, a in enumerate(at["j"])],
            12,
        ),
        lane_arguments="".join(f"own{i}, " for i in own),
        parameters_in="".join(f"p{i}, " for i, yes in enumerate(per_orbit) if not yes),
        allocate=block(
            [f"{v}{i} = np.empty(lanes)" for i in range(n) for v in ("x", "s", "gone", "come")]
            + [f"{v}{i} = np.empty(lanes)" for i in own for v in ("p", "gone_p", "come_p")],
            4,
        ),
        load_active=block(load("active"), 8),
        load_j=block(load("j"), 16),
        at_active=", ".join([*at["active"], *par["active"]]),
        at_j=", ".join([*at["j"], *par["j"]]),
        watched_j=", ".join(at["j"][i] for i in watched),
        save=block([f"s{i}[j] = x{i}[j]" for i in range(n)], 12),
        gather_gone=block(gather("gone"), 16),
        gather_come=block(gather("come"), 20),
        gone_state=", ".join(f"gone{i}" for i in range(n)),
        come_state=", ".join(f"come{i}" for i in range(n)),
        gone_parameters="".join(f"gone_p{i}, " if yes else f"p{i}, " for i, yes in enumerate(per_orbit)),
        come_parameters="".join(f"come_p{i}, " if yes else f"p{i}, " for i, yes in enumerate(per_orbit)),
        restore="; ".join(f"y{i} = gone{i}[k]" for i in range(n)),
        finite=" and ".join(f"math.isfinite({y[i]})" for i in watched),
        final_y=block([f"final[{i}, i] = y{i}" for i in range(n)], 16),
        final_j=block([f"final[{i}, i] = x{i}[j]" for i in range(n)], 20),
        move_last=block([f"x{i}[j] = x{i}[active]" for i in range(n)] + [f"p{i}[j] = p{i}[active]" for i in own], 16),
    )


def _largest(values: Sequence[str]) -> str:
    """The text of the largest of some values."""
    text = values[0]
    for value in values[1:]:
        text = f"max({text}, {value})"
    return text


def _ordered_stores(targets: Sequence[str], outputs: Sequence[str]) -> list[tuple[str, str]]:
    # An output that is itself an old state (momentum carries the previous iterate) must be stored
    # before that state is overwritten; a temporary cannot be.
    plain = [(t, o) for t, o in zip(targets, outputs, strict=True) if o in targets]
    made = [(t, o) for t, o in zip(targets, outputs, strict=True) if o not in targets]
    if any(o in [a for a, _ in plain[:k]] for k, (_, o) in enumerate(plain)):
        raise InputError("a step that permutes its own state needs a binding for one of the old values")
    return plain + made
