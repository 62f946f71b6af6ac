"""``edgestab explain``: a claim in plain words, and what will be tried on it."""

from __future__ import annotations

from edgestab.commands.claims import named
from edgestab.theory.effort import EffortName


def explain(target: str, /, *, effort: EffortName = "quick") -> None:
    """Say what a claim says, what will be tried on it and what it can at best become; nothing is run.

    Parameters
    ----------
    target
        A file ending in .toml, or the id of a claim.
    effort
        How hard to look: quick, standard or deep.
    """
    from edgestab.theory.effort import effort_named
    from edgestab.verify.explanation import explanation

    for label, text in explanation(named(target), effort_named(effort)):
        print(f"{label:<10} {text}")
