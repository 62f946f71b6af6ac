r"""A WebAssembly module of a step map: the four functions of the lanes, and functions of columns.

They are those of `edgestab.numerics.printers.lanes`, on vectors of two doubles; for programs of arithmetic and square
roots an orbit has the same bits, since WebAssembly's are IEEE 754 operations too. A row of state variables or
parameters is `LANES` doubles wide, and a function is given the address of a column in the first row.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence

from edgestab.numerics.programs.program import Program
from edgestab.numerics.wasm import elementary
from edgestab.numerics.wasm.encoding import I32, Code, module
from edgestab.numerics.wasm.operations import ELEMENTARY, operations, print_program

LANES = 256
"""The columns of a block; a row is so many doubles."""

_ROW = 8 * LANES
_VECTOR = 16

_Going = Callable[[Code, Sequence[int], Sequence[int], int], int]
"""Prints the mask of the lanes that take another step."""


def group_of(step: Program) -> int:
    """Return how many vectors advance together, so that the operations of one fill the waits of another.

    A short step waits more; of a long one fewer copies keep the module small. A row is a whole number of groups.
    """
    return max(1, min(16, 1 << (128 // max(step.operations, 1)).bit_length()))


def lane_module(
    step: Program,
    residual: Program,
    n_state: int,
    n_watched: int,
    lengths: Sequence[int],
    columns: Mapping[str, Program],
) -> bytes:
    """Return the module of a step map.

    Parameters
    ----------
    step, residual : Program
        Inputs: the state, then the parameters.
    n_state : int
        How many of the inputs are state.
    n_watched : int
        How many of these, from the first, must stay finite.
    lengths : sequence of int
        Which of them are tested against the radius.
    columns : mapping
        Programs that are evaluated on columns, each exported by its name as a function of the address of its first
        input, that of its first output and the number of vectors.
    """
    programs = [step, residual, *columns.values()]
    used = set().union(*(operations(p) for p in programs)) & set(ELEMENTARY)
    host = elementary.HOST if used else ()
    made = elementary.functions({h.partition("/")[0]: k for k, h in enumerate(host)}, len(host)) if used else {}
    numbers = {name: len(host) + k for k, name in enumerate(made)}
    body = _Lanes(step, residual, n_state, n_watched, tuple(lengths), numbers)
    functions = {
        "advance": body.advance(),
        "look": body.look(),
        "leave": body.leave(),
        "arrive": body.arrive(),
        **{name: _column(program, numbers) for name, program in columns.items()},
    }
    first = len(host) + len(made)
    exports = {name: first + k for k, name in enumerate(functions)}
    return module([*made.values(), *functions.values()], exports, host)


def _column(program: Program, numbers: Mapping[str, int]) -> Code:
    """A program on columns: (inputs, outputs, vectors)."""
    c = Code((I32, I32, I32))
    c.loop()
    inputs = [c.load(0, _ROW * k) for k in range(len(program.inputs))]
    for k, output in enumerate(print_program(c, program, inputs, numbers)):
        c.store(1, _ROW * k, output)
    _next(c, (0, 1), 2, _VECTOR)
    return c


def _next(c: Code, pointers: Sequence[int], count: int, by: int) -> None:
    """Go on to the next vectors, or leave the loop."""
    for pointer in pointers:
        c.added(pointer, by)
    c.added(count, -1)
    c.get(count)
    c.branch_if(0)
    c.end()


class _Lanes:
    def __init__(
        self,
        step: Program,
        residual: Program,
        n_state: int,
        n_watched: int,
        lengths: tuple[int, ...],
        numbers: Mapping[str, int],
    ) -> None:
        self.step, self.residual, self.n_state, self.n_watched = step, residual, n_state, n_watched
        self.lengths, self.numbers = lengths, numbers
        self.n_parameters, self.group = len(step.inputs) - n_state, group_of(step)

    def _loaded(self, c: Code, offset: int = 0) -> tuple[list[int], list[int]]:
        """The state at the first pointer and the parameters at the second."""
        state = [c.load(0, _ROW * k + offset) for k in range(self.n_state)]
        return state, [c.load(1, _ROW * k + offset) for k in range(self.n_parameters)]

    def _stepped(self, c: Code, state: Sequence[int], parameters: Sequence[int]) -> list[int]:
        return print_program(c, self.step, [*state, *parameters], self.numbers)

    def advance(self) -> Code:
        """(state, parameters, groups, steps): take steps with no test on the way."""
        c = Code((I32, I32, I32, I32))
        left = c.local(I32)
        c.loop()
        lanes = [self._loaded(c, _VECTOR * k) for k in range(self.group)]
        c.get(3)
        c.set(left)
        c.loop()
        for state, parameters in lanes:
            c.get(*self._stepped(c, state, parameters))
            for local in reversed(state):
                c.set(local)
        c.added(left, -1)
        c.get(left)
        c.branch_if(0)
        c.end()
        for k, (state, _) in enumerate(lanes):
            for row, local in enumerate(state):
                c.store(0, _ROW * row + _VECTOR * k, local)
        _next(c, (0, 1), 2, _VECTOR * self.group)
        return c

    def look(self) -> Code:
        """(state, parameters, vectors, residuals, sizes)."""
        c = Code((I32,) * 5)
        c.loop()
        state, parameters = self._loaded(c)
        c.store(3, 0, print_program(c, self.residual, [*state, *parameters], self.numbers)[0])
        sizes = [c.of("f64x2.abs", state[k]) for k in self.lengths]
        size = sizes[0]
        for other in sizes[1:]:
            kept = c.of("v128.or", c.of("f64x2.ge", size, other), c.of("f64x2.ne", size, size))
            size = c.of("v128.bitselect", size, other, kept)
        c.store(4, 0, size)
        _next(c, (0, 1, 3, 4), 2, _VECTOR)
        return c

    def leave(self) -> Code:
        """(state, parameters, vectors, radii, limit, counts): step while inside, and count."""

        def inside(c: Code, state: Sequence[int], _: Sequence[int], radius: int) -> int:
            go = None
            for k in range(self.n_watched):
                bound = radius if k in self.lengths else c.constant(sys.float_info.max)
                here = c.of("f64x2.le", c.of("f64x2.abs", state[k]), bound)
                go = here if go is None else c.of("v128.and", go, here)
            if go is None:
                raise AssertionError("a step without a state")
            return go

        return self._until(inside)

    def arrive(self) -> Code:
        """(state, parameters, vectors, tolerances, limit, counts): step while the residual is not small, and count."""

        def away(c: Code, state: Sequence[int], parameters: Sequence[int], tolerance: int) -> int:
            residual = print_program(c, self.residual, [*state, *parameters], self.numbers)[0]
            return c.of("v128.not", c.of("f64x2.le", residual, tolerance))

        return self._until(away)

    def _until(self, going: _Going) -> Code:
        c = Code((I32,) * 6)
        left, count = c.local(I32), c.local()
        one, zero = c.constant(1.0), c.constant(0.0)
        c.loop()
        state, parameters = self._loaded(c)
        bound = c.load(3, 0)
        c.get(zero)
        c.set(count)
        c.get(4)
        c.set(left)
        c.block()
        c.loop()
        go = going(c, state, parameters, bound)
        c.get(go)
        c.op("v128.any_true")
        c.op("i32.eqz")
        c.branch_if(1)
        after = self._stepped(c, state, parameters)
        for new, old in zip(after, state, strict=True):
            c.get(new, old, go)
            c.op("v128.bitselect")
        for old in reversed(state):
            c.set(old)
        c.get(c.of("f64x2.add", count, c.of("v128.and", one, go)))
        c.set(count)
        c.added(left, -1)
        c.get(left)
        c.branch_if(0)
        c.end()
        c.end()
        for row, local in enumerate(state):
            c.store(0, _ROW * row, local)
        c.store(5, 0, count)
        _next(c, (0, 1, 3, 5), 2, _VECTOR)
        return c
