"""Cells: a box bisected until something is shown of each part, as the tree that a certificate holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import flint
import sympy as sp

from edgestab.numerics.rigorous.balls import Point
from edgestab.verify.proofs.argument import NoArgument, over

Sides = tuple[tuple[sp.Rational, sp.Rational], ...]
"""A box with exact ends, so that nothing lies between two halves."""

LETTERS = "ABCDEFGH"
"""What cuts a side of the state in a tree; ``e`` cuts the step sizes."""

DEEPEST = 40
"""How often a side is cut: what is open in so small a cell is so at a point."""


def bisected(
    whole: Sides,
    shown: Callable[[Point], str | None],
    widest: Callable[[Point], int],
    letters: str,
    most: int,
    what: str,
) -> list[str]:
    """Return the tree of the cells of a box in preorder: a letter cuts at the middle, lower half first, else a leaf.

    Parameters
    ----------
    whole : Sides
        The box.
    shown : callable
        From a cell to its leaf, or None where nothing is shown and it has to be cut.
    widest : callable
        Which side of a cell to cut.
    letters : str
        One for each side.
    most : int
        How many cells there may be.
    what : str
        What is not shown when they are used up.

    Raises
    ------
    NoArgument
        When it would take more cells.
    """
    todo, tokens = [(whole, 0)], []
    while todo:
        cell, depth = todo.pop()
        at = tuple(map(over, cell))
        leaf = shown(at)
        if leaf is not None:
            tokens.append(leaf)
            continue
        side = widest(at)
        low, high = cell[side]
        if len(tokens) > 2 * most or depth == DEEPEST * len(whole) or low == high:
            raise NoArgument(what)
        middle = (low + high) / 2
        halves = ((middle, high), (low, middle))
        todo += [((*cell[:side], half, *cell[side + 1 :]), depth + 1) for half in halves]
        tokens.append(letters[side])
    return tokens


def leaves(tokens: Sequence[str]) -> int:
    """Return how many cells a tree has.

    Examples
    --------
    >>> leaves(["A", ".", "."])
    2
    """
    return len(tokens) // 2 + 1


def widest_side(cell: Point) -> int:
    """Return the widest side of a cell."""
    return max(range(len(cell)), key=lambda i: float(cell[i].rad()))


def widest_of_orbits(cell: Point) -> int:
    """Return the widest side of a cell of starts, or the last, the step sizes, where these are relatively wider."""
    *state, eta = cell
    side = widest_side(tuple(state))
    across = float(state[side].rad()) / (1e-30 + float(abs(state[side]).upper()))
    return len(state) if float(eta.rad()) / float(eta.mid()) > across else side


def ends(x: flint.arb) -> tuple[sp.Rational, sp.Rational]:
    """Return the exact ends of a ball, rounded outwards to the precision."""
    low, high = x.lower().fmpq(), x.upper().fmpq()
    return sp.Rational(int(low.p), int(low.q)), sp.Rational(int(high.p), int(high.q))
