"""What a measurement hands over: a table for people, and the same figures as JSON can hold them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
        from rich.table import Table  # not above: a machine that only measures may lack it

        table = Table(title=self.title, title_justify="left")
        for place, head in enumerate(self.heads):
            table.add_column(head, justify="right" if place else "left")
        for row in self.rows:
            table.add_row(*row)
        return table

    @property
    def markdown(self) -> str:
        """The title, the table and the notes, for a page.

        Examples
        --------
        >>> print(Found("steps", "Steps", ("", "ms"), [("mlp", "0.2")], ["one | thread"]).markdown)
        **Steps**
        <BLANKLINE>
        |  | ms |
        |---|---:|
        | mlp | 0.2 |
        <BLANKLINE>
        one | thread
        """

        def line(cells: Sequence[str]) -> str:
            return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"

        rule = "|---|" + "---:|" * (len(self.heads) - 1)
        table = "\n".join([line(self.heads), rule, *map(line, self.rows)])
        return "\n\n".join([f"**{self.title}**", table, *self.notes])


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
