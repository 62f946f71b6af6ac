"""How hard to look: points, budgets and seeds of the three efforts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from edgestab.errors import InputError

EffortName = Literal["quick", "standard", "deep"]


@dataclass(frozen=True)
class Effort:
    """How hard to look.

    Parameters
    ----------
    name : str
        What it is called.
    uniform, stratified, boundary : int
        Points of each design.
    local_rounds : int
        Rounds of local search about the worst points.
    examples : int
        Examples Hypothesis proposes.
    confirm_operations : int
        Operations of ball arithmetic for the attempts to confirm counterexamples: about 3.5 million take a second.
    iterates : int
        Rough bound on the iterates spent on the designs of one statement; the designs shrink to meet it.
    watched : int
        Steps for which an orbit that does not settle is followed where every iterate matters, if the loss says nothing
        about its units.
    seeds : int
        Runs of networks, where an observation asks for no other number.
    """

    name: EffortName
    uniform: int
    stratified: int
    boundary: int
    local_rounds: int
    examples: int
    confirm_operations: int
    iterates: int
    watched: int
    seeds: int


EFFORTS: Mapping[str, Effort] = {
    e.name: e
    for e in (
        Effort("quick", 1024, 512, 512, 2, 10, 4 * 10**7, 2 * 10**9, 10**5, 1),
        Effort("standard", 16384, 8192, 8192, 6, 60, 10**9, 6 * 10**10, 10**6, 3),
        Effort("deep", 131072, 65536, 65536, 12, 300, 6 * 10**9, 2 * 10**12, 10**6, 10),
    )
}
"""From the least to the greatest."""


def effort_named(name: str) -> Effort:
    """Return the effort of a name.

    Raises
    ------
    InputError
        When there is none.

    Examples
    --------
    >>> effort_named("quick").uniform
    1024
    """
    if name not in EFFORTS:
        raise InputError(f"effort must be one of {', '.join(EFFORTS)}, got {name!r}")
    return EFFORTS[name]
