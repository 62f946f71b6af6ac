"""The page of tables, in Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.found import Found


def page(record: Mapping[str, Any]) -> str:
    """Return what was found, left out and failed as a page.

    Examples
    --------
    >>> left = {"status": "left out", "reason": "not installed: torch", "seconds": 0.0, "tables": []}
    >>> print(page({"small": False, "seconds": 3.0, "sections": {"steps": left}}))
    # Networks on a device
    <BLANKLINE>
    3 seconds.
    <BLANKLINE>
    ## steps
    <BLANKLINE>
    left out: not installed: torch
    <BLANKLINE>
    """
    small = ", in small sizes that only show whether everything runs" if record["small"] else ""
    parts = ["# Networks on a device", f"{record['seconds']:.0f} seconds{small}."]
    for name, found in record["sections"].items():
        parts.append(f"## {name}")
        if found["status"] != "done":
            parts.append(": ".join([found["status"], *filter(None, [found.get("reason")])]))
        if "output" in found:
            parts.append(f"```\n{found['output'].rstrip()}\n```")
        parts += [table.markdown for table in merged(found["tables"])]
    return "\n\n".join(parts) + "\n"


def merged(tables: Sequence[Mapping[str, Any]]) -> list[Found]:
    """Return the tables; rows of the same one, which came one after another, together."""
    known: dict[str, Found] = {}
    for table in tables:
        name, rows, notes = table["name"], table["rows"], table["notes"]
        before = known.get(name)
        known[name] = Found(
            name,
            table["title"],
            table["heads"],
            [*(before.rows if before else ()), *rows],
            list(dict.fromkeys([*(before.notes if before else ()), *notes])),
        )
    return list(known.values())
