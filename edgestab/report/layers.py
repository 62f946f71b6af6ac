"""A directed graph in columns: every arrow leads to the right, and what it passes between leaves room for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from statistics import mean

Arrow = tuple[str, str]
Place = tuple[int, int]
"""A column and a row."""

_Cell = tuple[int, str] | tuple[int, str, str]
"""A node in its column, or where an arrow from one node to another passes a column."""

_SWEEPS = 4


@dataclass(frozen=True)
class Layers:
    """Where the nodes of a graph are.

    Parameters
    ----------
    places : mapping of str to (int, int)
        The column and the row of each node.
    routes : mapping of (str, str) to tuple of (int, int)
        The places through which each arrow goes from the left to the right, its ends included. One that closes a
        circle begins where it points to.
    """

    places: Mapping[str, Place]
    routes: Mapping[Arrow, tuple[Place, ...]]


def layers(arrows: Sequence[Arrow], columns: int) -> Layers:
    """Return a graph without isolated nodes in columns; parts that hang together stand side by side where they fit.

    Parameters
    ----------
    arrows : sequence of (str, str)
        From one node to another, each once.
    columns : int
        How many columns parts that stand side by side may take.

    Examples
    --------
    >>> found = layers([("a", "b"), ("b", "c"), ("a", "c"), ("d", "e")], 5)
    >>> found.places
    {'a': (0, 0), 'b': (1, 0), 'c': (2, 0), 'd': (3, 0), 'e': (4, 0)}
    >>> found.routes["a", "c"]
    ((0, 0), (1, 1), (2, 0))
    """
    forward = _without_circles(arrows)
    places: dict[str, Place] = {}
    routes: dict[Arrow, tuple[Place, ...]] = {}
    column = row = height = 0
    for part in sorted(_parts(arrows), key=len, reverse=True):
        inside = [a for a in forward if a[0] in part]
        depth = _depths(part, inside)
        chains = _chains(inside, depth)
        rows = _rows(list(chains.values()))
        wide, tall = 1 + max(depth.values()), 1 + max(rows.values())
        if column and column + wide > columns:
            column, row, height = 0, row + height, 0
        at = {cell: (column + cell[0], row + r) for cell, r in rows.items()}
        places |= {node: at[depth[node], node] for node in part}
        routes |= {arrow: tuple(at[cell] for cell in chain) for arrow, chain in chains.items()}
        column, height = column + wide, max(height, tall)
    for a, b in arrows:
        if (a, b) not in routes:
            routes[a, b] = routes.get((b, a), tuple(sorted((places[a], places[b]))))
    return Layers(places, routes)


def _without_circles(arrows: Sequence[Arrow]) -> list[Arrow]:
    """The arrows, but for those that lead back to where others came from."""
    kept: list[Arrow] = []
    for a, b in arrows:
        reached, open_ = {b}, [b]
        while open_:
            node = open_.pop()
            new = {q for p, q in kept if p == node} - reached
            reached |= new
            open_ += new
        if a not in reached:
            kept.append((a, b))
    return kept


def _parts(arrows: Sequence[Arrow]) -> list[tuple[str, ...]]:
    """The nodes that hang together, in the order in which the arrows name them."""
    found: list[dict[str, None]] = []
    for a, b in arrows:
        joined: dict[str, None] = {}
        for part in [p for p in found if a in p or b in p]:
            joined |= part
            found.remove(part)
        found.append({**joined, a: None, b: None})
    return [tuple(p) for p in found]


def _depths(nodes: Sequence[str], arrows: Sequence[Arrow]) -> dict[str, int]:
    """The columns: as long as the longest way to a node; one that nothing leads to stands beside its next."""
    depth = dict.fromkeys(nodes, 0)
    for _ in nodes:
        for a, b in arrows:
            depth[b] = max(depth[b], depth[a] + 1)
    sources = set(nodes) - {b for _, b in arrows}
    for node in sources:
        depth[node] = min((depth[b] for a, b in arrows if a == node), default=1) - 1
    return depth


def _chains(arrows: Sequence[Arrow], depth: Mapping[str, int]) -> dict[Arrow, tuple[_Cell, ...]]:
    """The cells that each arrow goes through: its ends, and one in every column between them."""
    return {
        (a, b): ((depth[a], a), *((c, a, b) for c in range(depth[a] + 1, depth[b])), (depth[b], b)) for a, b in arrows
    }


def _rows(chains: Sequence[tuple[_Cell, ...]]) -> dict[_Cell, int]:
    """A row for each cell, none twice in a column, near the rows of the cells that it hangs together with."""
    row: dict[_Cell, float] = {}
    columns: dict[int, list[_Cell]] = {}
    for cell in dict.fromkeys(c for chain in chains for c in chain):
        column = columns.setdefault(cell[0], [])
        row[cell] = len(column)
        column.append(cell)
    links = [pair for chain in chains for pair in pairwise(chain)]
    before = {c: [a for a, b in links if b == c] for c in row}
    after = {c: [b for a, b in links if a == c] for c in row}
    for sweep in range(_SWEEPS):
        near = after if sweep % 2 else before
        for number in sorted(columns, reverse=bool(sweep % 2)):
            wanted = {c: mean([row[n] for n in near[c]] or [row[c]]) for c in columns[number]}
            free = -inf
            for cell in sorted(wanted, key=lambda c: (wanted[c], row[c])):
                row[cell] = free = max(free, round(wanted[cell]))
                free += 1
    top = min(row.values())
    return {cell: int(r - top) for cell, r in row.items()}
