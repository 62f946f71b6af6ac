r"""Eigenvalues of small symmetric matrices as instructions: Jacobi's rotations, written out.

A rotation in the plane (p, q) by the angle of tangent t, :math:`c = 1/\sqrt{1 + t^2}`, :math:`s = tc`, is a similarity
whatever t is: it is only chosen so that the entry (p, q) nearly vanishes. After the rotations the diagonal d and the
rest E, whose entries have sizes of sum e, are together exactly similar to the matrix; so (Weyl) its k-th largest
eigenvalue is within e of the k-th largest entry of d. In floating point e is far below rounding; in ball arithmetic it
is added to the ball.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations
from typing import Protocol, TypeAlias

Operand: TypeAlias = int | Fraction
"""As in programs: the number of a value, or a constant."""

MORE = 1
"""How many more sweeps over all entries are made than there are rows: the entries shrink quadratically, and those of
three rows are below rounding after four sweeps, those of four and five after five and six."""

_ZERO, _ONE, _TWO = Fraction(0), Fraction(1), Fraction(2)
_LEAST = Fraction(1, 2**1000)
"""The unit of a matrix that vanishes."""


class Emitter(Protocol):
    """What takes instructions."""

    def emit(self, op: str, *args: Operand) -> Operand:
        """Return the value of an operation."""


def emit_overlap(b: Emitter, entries: Sequence[Operand], rows: int, index: int) -> Operand:
    """Return the value of the square of a component of the top eigenvector, 0 for the first.

    Parameters
    ----------
    b, entries, rows
        As for `emit_eigenvalue`.
    index : int
        Which component.
    """
    places = [(i, j) for i in range(rows) for j in range(i, rows)]
    minor = [e for at, e in zip(places, entries, strict=True) if index not in at]
    top = emit_eigenvalue(b, entries, rows, 1)
    over: Operand = _ONE
    under: Operand = _ONE
    for k in range(1, rows):
        over = b.emit("mul", over, b.emit("sub", top, emit_eigenvalue(b, minor, rows - 1, k)))
        under = b.emit("mul", under, b.emit("sub", top, emit_eigenvalue(b, entries, rows, k + 1)))
    return b.emit("div", over, under)


def emit_eigenvalue(b: Emitter, entries: Sequence[Operand], rows: int, index: int) -> Operand:
    """Return the value of the eigenvalue of this index, 1 for the largest.

    Parameters
    ----------
    b : Emitter
        The program under construction.
    entries : sequence of Operand
        Those on and above the diagonal, row by row.
    rows, index : int
        The size of the matrix, and which eigenvalue.
    """
    size: Operand = _LEAST
    for entry in entries:
        size = b.emit("max", size, b.emit("abs", entry))
    # In units of the largest entry no square is too large or too small.
    places = [(i, j) for i in range(rows) for j in range(i, rows)]
    matrix = {at: b.emit("div", entry, size) for at, entry in zip(places, entries, strict=True)}
    for _ in range(rows + MORE):
        for p, q in combinations(range(rows), 2):
            _rotate(b, matrix, rows, p, q)
    rest: Operand = _ZERO
    for p, q in combinations(range(rows), 2):
        rest = b.emit("add", rest, b.emit("abs", matrix[p, q]))
    found = _sorted(b, [matrix[i, i] for i in range(rows)])[index - 1]
    return b.emit("mul", b.emit("near", found, b.emit("mul", _TWO, rest)), size)


def _rotate(b: Emitter, a: dict[tuple[int, int], Operand], rows: int, p: int, q: int) -> None:
    """Rotate in the plane (p, q) so that the entry there nearly vanishes."""
    off = a[p, q]
    gap = b.emit("sub", a[q, q], a[p, p])
    twice = b.emit("mul", _TWO, off)
    root = b.emit("sqrt", b.emit("add", b.emit("mul", gap, gap), b.emit("mul", twice, twice)))
    # A choice on the side of the gap, and not 0: where the diagonal entries agree any side will do.
    half = b.emit("mul", Fraction(1, 2), b.emit("sign", gap))
    side = b.emit("sign", b.emit("choose", b.emit("add", half, Fraction(1, 4))))
    tangent = b.emit("choose", b.emit("mul", side, b.emit("div", twice, b.emit("add", b.emit("abs", gap), root))))
    square = b.emit("mul", tangent, tangent)
    c2 = b.emit("div", _ONE, b.emit("add", _ONE, square))
    c = b.emit("sqrt", c2)
    s = b.emit("mul", tangent, c)
    move = b.emit("mul", tangent, twice)
    below = b.emit("add", b.emit("sub", a[p, p], move), b.emit("mul", square, a[q, q]))
    above = b.emit("add", b.emit("add", a[q, q], move), b.emit("mul", square, a[p, p]))
    left = b.emit("sub", b.emit("mul", b.emit("sub", _ONE, square), off), b.emit("mul", tangent, gap))
    a[p, p], a[q, q], a[p, q] = (b.emit("mul", c2, v) for v in (below, above, left))
    for r in set(range(rows)) - {p, q}:
        one, other = (min(r, p), max(r, p)), (min(r, q), max(r, q))
        u, v = a[one], a[other]
        a[one] = b.emit("sub", b.emit("mul", c, u), b.emit("mul", s, v))
        a[other] = b.emit("add", b.emit("mul", s, u), b.emit("mul", c, v))


def _sorted(b: Emitter, values: Sequence[Operand]) -> list[Operand]:
    """The values, the largest first, by exchanges of neighbours."""
    found = list(values)
    for last in range(len(found) - 1, 0, -1):
        for i in range(last):
            found[i], found[i + 1] = b.emit("max", found[i], found[i + 1]), b.emit("min", found[i], found[i + 1])
    return found
