"""What every part of a claim has in common."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """One thing that a claim says: data here; how it is settled is in `edgestab.verify`.

    Parameters
    ----------
    name : str
        What it says, in a few words.
    """

    name: str

    def runs_at(self, effort: str) -> bool:  # noqa: ARG002 # for those that take minutes
        """Whether it is settled at an effort, or left to a greater one."""
        return True
