"""Bisection trees: a test that passes on every leaf of a box, with no more work than the size of the tree allows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from edgestab.verify.checker.enclosures import Test, TooMuch, Work, halves
from edgestab.verify.checker.reading import BYTES, Box, CertificateError, demand, listed, text

HALVINGS, CUTS = 36, 400  # cuts in a row where balls are too wide, and in a tree
OPERATIONS = 8_000  # on balls, for each entry of a tree: the proofs known take a half to two thirds


def settle(test: Test, token: str, cell: Box, where: str, depth: int = 0) -> None:
    """Prove what a token says of a cell, on parts of it where that is easier."""
    sides = [side for side, (low, high) in enumerate(cell) if low < high]
    try:
        test(token, cell)
    except CertificateError as why:
        if isinstance(why, TooMuch) or depth > HALVINGS or not sides:
            shown = [[float(low), float(high)] for low, high in cell]
            raise type(why)(f"{where}: {why}, in the cell {shown}") from None
        for half in halves(cell, sides[depth % len(sides)]):
            settle(test, token, half, where, depth + 1)


def tree(
    test: Test, cells: Any, whole: Box, letters: str, where: str, work: Work, each: Callable[[str], int] | None = None
) -> None:
    """Prove what every leaf of a tree in preorder says of its cell: a letter cuts, all else is a leaf.

    `each` says how many operations a leaf allows when its turn comes; by default all tokens allow the same beforehand.
    """
    stack, tokens = [(whole, 0)], listed(text, cells, where, BYTES)
    work.allow(OPERATIONS * len(tokens) if each is None else 0)
    for i, token in enumerate(tokens):
        demand(stack, f"{where}.cells go on after the tree")
        cell, depth = stack.pop()
        if token in tuple(letters):
            demand(depth < CUTS, f"{where}.cells[{i}]: more than {CUTS} cuts in a row")
            stack += ((half, depth + 1) for half in reversed(halves(cell, letters.index(token))))
        else:
            work.allow(0 if each is None else each(token))
            settle(test, token, cell, f"{where}.cells[{i}] = {token[:40]!r}")
    demand(not stack, f"{where}.cells: the tree breaks off")
