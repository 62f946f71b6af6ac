"""How verdicts are printed: claim by claim where they are few or were named, and else what one wants to see first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from edgestab.verify.verdict import Verdict

COLOURS = {"PROVED": "green", "CERTIFIED": "green", "SUPPORTED": "cyan", "REFUTED": "red", "UNDECIDED": "yellow"}
"""The verdicts in the order in which they are counted."""

FEW = 12
"""As many claims are printed in full without being named."""


def print_verdicts(console: Console, verdicts: Sequence[Verdict], *, full: bool) -> None:
    """Print verdicts.

    Parameters
    ----------
    console : Console
        Where to.
    verdicts : sequence of Verdict
        In the order of the claims.
    full : bool
        Every claim with its evidence; else counts, what is surprising or undecided, and the slips.
    """
    if full:
        console.print(_evidence(verdicts))
        console.print(_counts(verdicts))
        return
    console.print(_by_paper(verdicts))
    console.print(_counts(verdicts))
    slips = [v for v in verdicts if v.claim.kind == "slip" and v.expected]
    if slips:
        console.print(
            f"\nslips of printed texts, refuted as the catalogue says: {', '.join(v.claim.id for v in slips)}"
        )
    for title, chosen in (
        ("surprising: not what the catalogue expects", [v for v in verdicts if not v.expected]),
        ("undecided", [v for v in verdicts if v.expected and v.standing == "UNDECIDED"]),
    ):
        if chosen:
            console.print(f"\n{title}:")
            console.print(_evidence(chosen))
    console.print("\n--details shows the evidence for every claim, `edgestab verify ID` that for one.")


def _evidence(verdicts: Sequence[Verdict]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(show_lines=False, expand=False)
    for column in ("claim", "verdict", "evidence"):
        table.add_column(column, no_wrap=column != "evidence")
    for verdict in verdicts:
        standing = str(verdict.standing)
        label = Text(standing, style=COLOURS[standing])
        if verdict.claim.kind == "slip" and standing == "REFUTED":
            label.append(" (slip)")
        table.add_row(Text(verdict.claim.id), label, Text(verdict.sentence))
    return table


def _by_paper(verdicts: Sequence[Verdict]) -> Table:
    """How many claims of each paper have earned which verdict."""
    from rich.table import Table

    table = Table(expand=False)
    shown = [s for s in COLOURS if any(v.standing == s for v in verdicts)]
    for name in ("paper", "claims", *shown):
        table.add_column(name, justify="left" if name == "paper" else "right", style=COLOURS.get(name))
    for paper in dict.fromkeys(v.claim.paper for v in verdicts):
        counts = Counter(str(v.standing) for v in verdicts if v.claim.paper == paper)
        table.add_row(paper, str(counts.total()), *(str(counts[s] or "") for s in shown))
    return table


def _counts(verdicts: Sequence[Verdict]) -> str:
    counts = Counter(str(v.standing) for v in verdicts)
    return ", ".join(f"{counts[s]} {s}" for s in COLOURS if counts[s]) or "no claims"
