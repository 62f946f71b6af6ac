"""Which claims name which, as inline SVG coloured by verdict: about one claim, and all of them paper by paper."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise

from edgestab.report.layers import Arrow, Place, layers

_WIDTH, _HEIGHT, _GAP, _BETWEEN = 190, 30, 10, 60
_LONGEST = 26
_COLUMNS, _CLOSER, _LONGEST_IN_PAPER = 4, 44, 32
"""Of the graph of a paper: its columns, where no chain takes more, the room between them, and letters of a name."""

_LETTER, _MARGIN = 7.3, 10
"""The width of a letter, and of the room beside a name."""


def graph_svg(
    this: str, names: Sequence[str], named_by: Sequence[str], standings: Mapping[str, str], links: Mapping[str, str]
) -> str:
    """Return the graph: what a claim names at its left, what names it at its right; empty where there is nothing.

    Parameters
    ----------
    this : str
        The id of the claim.
    names, named_by : sequence of str
        Ids of claims.
    standings, links : mapping of str to str
        What each has earned, in capitals, and where it is; those that are not known are drawn without.
    """
    if not names and not named_by:
        return ""
    rows = max(len(names), len(named_by), 1)
    columns = [c for c in (names, [this], named_by) if c]
    width = len(columns) * _WIDTH + (len(columns) - 1) * _BETWEEN + 2
    height = rows * (_HEIGHT + _GAP) - _GAP + 2
    places = [_places(column, i * (_WIDTH + _BETWEEN) + 1, rows) for i, column in enumerate(columns)]
    middle = places[1 if names else 0][0]
    lines = "".join(_arrow(place, middle) for place in (places[0] if names else []))
    lines += "".join(_arrow(middle, place) for place in (places[-1] if named_by else []))
    boxes = "".join(
        _box(name, place, _WIDTH, standings.get(name, ""), "" if name == this else links.get(name, ""))
        for column, row in zip(columns, places, strict=True)
        for name, place in zip(column, row, strict=True)
    )
    return _svg(width, height, lines + boxes)


def paper_svg(paper: str, arrows: Sequence[Arrow], standings: Mapping[str, str], links: Mapping[str, str]) -> str:
    """Return the graph of a paper: from the claims that are named to those of the paper whose texts name them.

    Parameters
    ----------
    paper : str
        Its key, which the names of its own claims leave out.
    arrows : sequence of (str, str)
        Ids of claims: one that is named, and one that names it.
    standings, links : mapping of str to str
        As of `graph_svg`.
    """
    found = layers(arrows, _COLUMNS)
    shown = {name: _cut(name.removeprefix(f"{paper}."), _LONGEST_IN_PAPER) for name in found.places}
    widths = [0.0] * (1 + max(column for column, _ in found.places.values()))
    for name, (column, _) in found.places.items():
        widths[column] = max(widths[column], len(shown[name]) * _LETTER + 2 * _MARGIN)
    lefts = [round(x) for x in accumulate((w + _CLOSER for w in widths), initial=1.0)]
    rows = 1 + max(row for route in found.routes.values() for _, row in route)

    def top(row: int) -> int:
        return row * (_HEIGHT + _GAP) + 1

    def ends(place: Place) -> tuple[int, int]:
        column, _ = place
        return lefts[column], lefts[column + 1] - _CLOSER

    lines = ""
    known = set(arrows)
    for (a, b), route in found.routes.items():
        first = found.places[a] == route[0]
        if not first and (b, a) in known:
            continue  # it is drawn with the other, with a head at both ends
        points = [(x, top(place[1]) + _HEIGHT // 2) for place in route for x in ends(place)][1:-1]
        lines += _path(points, at_end=first, at_start=not first or (b, a) in known)
    boxes = "".join(
        _box(
            name,
            (lefts[c], top(r)),
            ends((c, r))[1] - lefts[c],
            standings.get(name, ""),
            links.get(name, ""),
            shown[name],
        )
        for name, (c, r) in found.places.items()
    )
    return _svg(lefts[-1] - _CLOSER + 1, top(rows) - _GAP + 1, lines + boxes)


def _svg(width: int, height: int, inside: str) -> str:
    return f'<svg class="graph" width="{width}" height="{height}" viewBox="0 0 {width} {height}">{inside}</svg>'


def _places(column: Sequence[str], x: int, rows: int) -> list[tuple[int, int]]:
    offset = (rows - len(column)) * (_HEIGHT + _GAP) // 2 + 1
    return [(x, offset + i * (_HEIGHT + _GAP)) for i in range(len(column))]


def _arrow(one: tuple[int, int], other: tuple[int, int]) -> str:
    """A line from the right side of a box to the left side of the next, with a head."""
    return _path([(one[0] + _WIDTH, one[1] + _HEIGHT // 2), (other[0], other[1] + _HEIGHT // 2)])


def _path(points: Sequence[tuple[int, int]], *, at_start: bool = False, at_end: bool = True) -> str:
    """A line through points from the left to the right, curved between columns, straight past boxes, with heads."""
    (x0, y0), (x1, y1) = points[0], points[-1]
    line = f"M{x0} {y0}"
    for i, ((x, y), (to_x, to_y)) in enumerate(pairwise(points)):
        line += f"H{to_x}" if i % 2 else f"C{x + 30} {y} {to_x - 30} {to_y} {to_x} {to_y}"
    line += f"M{x0 + 8} {y0 - 4}l-6 4l6 4" if at_start else ""
    line += f"M{x1 - 8} {y1 - 4}l6 4l-6 4" if at_end else ""
    return f'<path d="{line}"/>'


def _box(name: str, place: tuple[int, int], width: int, standing: str, target: str, says: str = "") -> str:
    x, y = place
    title = f"{name}, {standing}" if standing else name
    inside = (
        f"<title>{html.escape(title)}</title>"
        f'<rect x="{x}" y="{y}" width="{width}" height="{_HEIGHT}" rx="4" class="{html.escape(standing.lower())}"/>'
        f'<text x="{x + _MARGIN}" y="{y + 20}">{html.escape(says or _cut(name, _LONGEST))}</text>'
    )
    return f'<a href="{html.escape(target)}">{inside}</a>' if target else f"<g>{inside}</g>"


def _cut(text: str, letters: int) -> str:
    return text if len(text) <= letters else f"{text[: letters - 1]}…"
