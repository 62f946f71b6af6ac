"""What was said of a claim before, and was wrong: from the section "Wrong results" of the changelog."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True)
class Change:
    """A statement or verdict that was corrected.

    Parameters
    ----------
    before : str
        The version that no longer says it.
    said, says : str
        What it said, and what it says.
    """

    before: str
    said: str
    says: str


@functools.cache
def history() -> Mapping[str, tuple[Change, ...]]:
    """Return the changes by the ids of the claims.

    Examples
    --------
    >>> history()["zhu2023.hessian"][0].said
    'four roots and the trace'
    """
    text = resources.files("edgestab.report").joinpath("history.toml").read_text(encoding="utf-8")
    found: dict[str, tuple[Change, ...]] = {}
    for entry in tomllib.loads(text)["change"]:
        change = Change(entry["before"], entry["said"], entry["says"])
        for claim in entry["claims"]:
            found[claim] = (*found.get(claim, ()), change)
    return found
