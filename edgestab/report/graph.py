"""The claims that a claim names and those that name it, as an inline SVG coloured by verdict."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

_WIDTH, _HEIGHT, _GAP, _BETWEEN = 190, 30, 10, 60
_LONGEST = 26


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
        _box(name, place, standings.get(name, ""), "" if name == this else links.get(name, ""))
        for column, row in zip(columns, places, strict=True)
        for name, place in zip(column, row, strict=True)
    )
    return f'<svg class="graph" width="{width}" height="{height}" viewBox="0 0 {width} {height}">{lines}{boxes}</svg>'


def _places(column: Sequence[str], x: int, rows: int) -> list[tuple[int, int]]:
    offset = (rows - len(column)) * (_HEIGHT + _GAP) // 2 + 1
    return [(x, offset + i * (_HEIGHT + _GAP)) for i in range(len(column))]


def _arrow(one: tuple[int, int], other: tuple[int, int]) -> str:
    """A line from the right side of a box to the left side of the next, with a head."""
    x0, y0 = one[0] + _WIDTH, one[1] + _HEIGHT // 2
    x1, y1 = other[0], other[1] + _HEIGHT // 2
    return f'<path d="M{x0} {y0}C{x0 + 30} {y0} {x1 - 30} {y1} {x1 - 2} {y1}m-6 -4l6 4l-6 4"/>'


def _box(name: str, place: tuple[int, int], standing: str, target: str) -> str:
    x, y = place
    shown = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
    title = f"{name}, {standing}" if standing else name
    inside = (
        f"<title>{html.escape(title)}</title>"
        f'<rect x="{x}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="4" class="{html.escape(standing.lower())}"/>'
        f'<text x="{x + 10}" y="{y + 20}">{html.escape(shown)}</text>'
    )
    return f'<a href="{html.escape(target)}">{inside}</a>' if target else f"<g>{inside}</g>"
