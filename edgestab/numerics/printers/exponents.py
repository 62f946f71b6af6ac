r"""The compiled kernel of a step and its tangent vectors, printed as one numba module.

Many orbits advance in lock-step, as in `edgestab.numerics.printers.lanes`. Every `every` steps the tangent vectors are
made orthogonal and each is scaled by an exact power of two whose exponent is counted: no logarithm is taken and scaling
rounds nothing. The same is done with the volume :math:`\det DF^n`, where it stands for the last tangent vector.

A lane of which anything looks wrong then (outside the radius, a size near the ends of the range of doubles,
a tangent vector that lost its digits to another one) is taken back and replayed alone, rescaled at each step.
"""

from __future__ import annotations

from collections.abc import Sequence

from edgestab.numerics.printers.scalar import statements
from edgestab.numerics.programs.variational import Variational

STRIDE = 136
"""Doubles from one row of the buffer to the next: 128 lanes, and a cache line so that rows fall into different sets."""

LANES = 128
"""Orbits that advance together: with all their rows they fit the first-level cache."""


_TEMPLATE = '''"""Generated: {n} state variables, {m} tangent vectors, {p} parameters. Digest {digest}."""

import math

import numba
import numpy as np

_OPTIONS = dict(cache=True, nogil=True, fastmath=False, error_model="numpy")


@numba.njit(**_OPTIONS)
def advance(b, shared, width, steps):
{read_shared}
    for _ in range(steps):
        for j in range(width):
{lane_body}
{lane_store}


@numba.njit(**_OPTIONS)
def orthogonalise(b, z, doubt, radius, width):
    for j in range(width):
        wrong = 0 if {inside_lane} else 1
{load_vectors}
{orthogonal_lane}
{store_vectors}
{sizes_lane}
        doubt[j] = wrong


@numba.njit(**_OPTIONS)
def weigh(bits, factor_bits, shift, total, doubt, width):
    for k in range(0, {stride} * {measures}, {stride}):
        for j in range(width):
            size = ((bits[j + k] >> 52) & 2047) - 1023
            shift[j + k] = size
            total[j + k] += size
            factor_bits[j + k] = (1023 - size) << 52
            doubt[j] += 0 if (size >= -400) & (size <= 400) else 1
    count = 0
    for j in range(width):
        count += doubt[j]
    return count


@numba.njit(**_OPTIONS)
def rescale(b, factor, width):
    for j in range(width):
{rescale}


@numba.njit(**_OPTIONS)
def careful(b, s, shift, total, shared, j, steps, radius):
{read_shared}
{read_saved}
    outcome = 0
    done = 0
    if not ({inside}):
        outcome = 4 if {finite} else 5
    while outcome == 0 and done < steps:
{body}
        done += 1
        if not ({inside}):
            outcome = 4 if {finite} else 5
            break
{scaled}
{orthogonal}
{restore}
    return done, outcome


@numba.njit(**_OPTIONS)
def drive(
    starts, frame, own, shared, transient, length, windows, every, radius,
    b, s, z, bits, factor, factor_bits, shift, total, doubt, index,
    status, steps, final, norms, counts,
):
    n = starts.shape[1]
    for low in range(0, n, {lanes}):
        active = min({lanes}, n - low)
        for j in range(active):
            index[j] = low + j
            for r in range({n}):
                b[j + r * {stride}] = starts[r, low + j]
            for r in range({n}, {carried}):
                b[j + r * {stride}] = frame[r - {n}]
            for r in range({carried}, {rows}):
                b[j + r * {stride}] = own[r - {carried}, low + j]
            for c in range({measures}):
                total[j + c * {stride}] = 0
        elapsed = 0
        for window in range(windows + 1):
            left = length if window > 0 else transient
            while left > 0 and active > 0:
                block = min(every, left)
                for r in range({stride} * {carried}):
                    s[r] = b[r]
                advance(b, shared, active, block)
                orthogonalise(b, z, doubt, radius, active)
                wrong = weigh(bits, factor_bits, shift, total, doubt, active)
                rescale(b, factor, active)
                j = active - active  # not the literal 0: for that numba would compile `careful` once more
                while wrong > 0 and j < active:
                    if doubt[j] == 0:
                        j += 1
                        continue
                    done, outcome = careful(b, s, shift, total, shared, j, block, radius)
                    if outcome == 0:
                        j += 1
                        continue
                    i = index[j]
                    status[i] = outcome
                    steps[i] = elapsed + done
                    for r in range({n}):
                        final[r, i] = b[j + r * {stride}]
                    # The last lane takes this place and is looked at next.
                    active -= 1
                    index[j] = index[active]
                    doubt[j] = doubt[active]
                    for r in range(0, {stride} * {rows}, {stride}):
                        b[j + r] = b[active + r]
                    for r in range(0, {stride} * {carried}, {stride}):
                        s[j + r] = s[active + r]
                    for r in range(0, {stride} * {measures}, {stride}):
                        shift[j + r] = shift[active + r]
                        total[j + r] = total[active + r]
                left -= block
                elapsed += block
            for j in range(active):
{record}
                for c in range({measures}):
                    counts[window, c, index[j]] = total[j + c * {stride}]
        for j in range(active):
            i = index[j]
            status[i] = 3
            steps[i] = elapsed
            for r in range({n}):
                final[r, i] = b[j + r * {stride}]
'''


def source(tangent: Variational, per_orbit: Sequence[bool]) -> str:
    """Return the text of the module for one step and its tangent vectors.

    The rows of its buffers are the state, the tangent vectors, the volume and the parameters that each orbit has of
    its own. Whatever there may be many of is passed in an array: numba takes no call with more than 30 arguments.

    Parameters
    ----------
    tangent : Variational
        The step.
    per_orbit : sequence of bool
        For each parameter whether every orbit has its own value (an array) or all share one (a number).
    """
    n, m = tangent.n_state, tangent.n_tangents
    own = [k for k, yes in enumerate(per_orbit) if yes]
    common = [k for k, yes in enumerate(per_orbit) if not yes]
    state = [f"x{i}" for i in range(n)]
    vectors = [[f"w{c}_{i}" for i in range(n)] for c in range(m)]
    carried = [*state, *(w for v in vectors for w in v), *(["d"] if tangent.has_volume else [])]
    measured = [*vectors, *([["d"]] if tangent.has_volume else [])]
    scalars = [f"p{k}" for k in range(len(per_orbit))]
    lane = {name: f"b[j + {STRIDE * r}]" for r, name in enumerate([*carried, *(f"p{k}" for k in own)])}
    kept = [f"o{r}" for r in range(len(carried))]

    def body(names: Sequence[str]) -> list[str]:
        # Outputs are read into names before the first is stored: one may be the old value of another.
        lines, outputs = statements(tangent.program, names)
        return [*lines, *(f"{o} = {text}" for o, text in zip(kept, outputs, strict=True))]

    def all_of(form: str) -> str:
        return " and ".join(form.format(x) for x in state)

    scaling = []
    for c, names in enumerate(measured):
        scaling += [
            f"size = {_size(names)}",
            "if not math.isfinite(size):",
            "    outcome = 5",
            "    break",
            "if size > 0.0:",
            "    power = np.int64(math.frexp(size)[1]) - 1",
            f"    e{c} += power",
            *(f"    {name} = math.ldexp({name}, -power)" for name in names),
        ]
    flat = [w for v in vectors for w in v] if m > 1 else []
    # Vectors that were just made orthogonal are still in names.
    sizes = [_size([v if v in flat else lane[v] for v in names]) for names in measured]
    read = [f"{x} = s[j + {STRIDE * r}]" for r, x in enumerate(carried)]
    read += [f"p{k} = {lane[f'p{k}']}" for k in own]
    read += [f"e{c} = 0" for c in range(len(measured))]
    restore = [f"{lane[x]} = {x}" for x in carried]
    restore += [f"total[j + {STRIDE * c}] += e{c} - shift[j + {STRIDE * c}]" for c in range(len(measured))]
    norms = [_norm([lane[v] for v in names]) for names in measured]
    return _TEMPLATE.format(
        n=n,
        m=m,
        p=len(per_orbit),
        digest=tangent.program.digest,
        lanes=LANES,
        stride=STRIDE,
        carried=len(carried),
        rows=len(lane),
        measures=len(measured),
        read_shared=_block([f"p{k} = shared[{i}]" for i, k in enumerate(common)], 4),
        lane_body=_block(body([lane.get(name, name) for name in (*carried, *scalars)]), 12),
        lane_store=_block([f"{lane[name]} = {o}" for name, o in zip(carried, kept, strict=True)], 12),
        inside_lane=" & ".join(f"(abs({lane[x]}) <= radius)" for x in state),
        load_vectors=_block([f"{w} = {lane[w]}" for w in flat], 8),
        orthogonal_lane=_block(_orthogonal(vectors, guarded=False), 8),
        store_vectors=_block([f"{lane[w]} = {w}" for w in flat], 8),
        sizes_lane=_block([f"z[j + {STRIDE * c}] = {text}" for c, text in enumerate(sizes)], 8),
        rescale=_block(
            [f"{lane[v]} *= factor[j + {STRIDE * c}]" for c, names in enumerate(measured) for v in names], 8
        ),
        read_saved=_block(read, 4),
        inside=all_of("abs({}) <= radius"),
        finite=all_of("math.isfinite({})"),
        body=_block([*body([*carried, *scalars]), *(f"{x} = {o}" for x, o in zip(carried, kept, strict=True))], 8),
        scaled=_block(scaling, 8),
        orthogonal=_block([*_orthogonal(vectors, guarded=True), *scaling] if m > 1 else [], 8),
        restore=_block(restore, 4),
        record=_block([f"norms[window, {c}, index[j]] = {text}" for c, text in enumerate(norms)], 16),
    )


def _size(names: Sequence[str]) -> str:
    return " + ".join(f"abs({name})" for name in names)


def _orthogonal(vectors: Sequence[Sequence[str]], guarded: bool) -> list[str]:
    """Modified Gram-Schmidt without normalisation: what is left of each vector is its factor r_ii times its size.

    Unguarded, for lanes, a vector that lost 20 bits of its length makes its lane doubtful. Guarded, a zero vector
    is left out, and every projection is made twice, which restores what cancellation took from orthogonality.
    """
    lines = []
    for c, v in enumerate(vectors if len(vectors) > 1 else ()):
        project = []
        for k, u in enumerate(vectors[:c]):
            project.append(f"ratio = ({_dot(u, v)}) / q{k}" + (f" if q{k} > 0.0 else 0.0" if guarded else ""))
            project += [f"{b} -= ratio * {a}" for a, b in zip(u, v, strict=True)]
        if guarded and c:
            lines += ["for _ in range(2):", *(f"    {line}" for line in project)]
        elif c:
            lines += [f"before = {_dot(v, v)}", *project]
        lines.append(f"q{c} = {_dot(v, v)}")
        if c and not guarded:
            lines.append(f"wrong += 0 if q{c} >= {2.0**-40!r} * before else 1")
    return lines


def _dot(u: Sequence[str], v: Sequence[str]) -> str:
    return " + ".join(f"{a} * {b}" for a, b in zip(u, v, strict=True))


def _norm(names: Sequence[str]) -> str:
    return f"abs({names[0]})" if len(names) == 1 else f"math.sqrt({_dot(names, names)})"


def _block(lines: Sequence[str], indent: int) -> str:
    return "\n".join(" " * indent + line for line in lines) or " " * indent + "pass"
