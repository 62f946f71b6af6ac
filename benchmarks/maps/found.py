"""What a measurement hands over: a table for people, and the same figures as JSON can hold them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.table import Table

Tick = Callable[[str], None]
"""Told what comes next, between two samples."""


@dataclass(frozen=True)
class Found:
    """One table of figures.

    Parameters
    ----------
    name : str
        What the JSON file calls it.
    title : str
        What it says.
    heads : sequence of str
        The headings of its columns; all but the first column are numbers.
    rows : sequence of sequence of str
        Its entries.
    notes : sequence of str
        What has to be known to read it.
    record : mapping
        Every figure behind it.
    """

    name: str
    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()
    record: Mapping[str, Any] = field(default_factory=dict)

    @property
    def table(self) -> Table:
        """The table, to print."""
        table = Table(title=self.title, title_justify="left")
        for place, head in enumerate(self.heads):
            table.add_column(head, justify="right" if place else "left")
        for row in self.rows:
            table.add_row(*row)
        return table


def figures(value: float, digits: int = 3) -> str:
    """Return a number to so many significant figures, without an exponent where that is short.

    Examples
    --------
    >>> figures(0.012345), figures(1234.5), figures(3.2e9)
    ('0.0123', '1234', '3.2e+09')
    """
    if value == 0 or 1e-4 <= abs(value) < 1e6:
        whole = len(str(int(abs(value)))) if abs(value) >= 1 else 0
        return f"{value:.{max(digits - whole, 0)}f}" if whole else f"{value:.{digits}g}"
    return f"{value:.{digits}g}"
