"""The arguments that are tried on a statement, in their order."""

from __future__ import annotations

from collections.abc import Callable

from edgestab.theory.statement import OrbitStatement
from edgestab.verify.proofs import convex, expanding, linear, trapping
from edgestab.verify.proofs.argument import Argument, NoArgument

ARGUMENTS: tuple[Callable[[OrbitStatement], Argument], ...] = (
    linear.prove,
    convex.prove,
    expanding.prove,
    trapping.prove,
)
"""A new argument is a file in this room, and a name here."""


def argument_for(statement: OrbitStatement) -> tuple[Argument | None, tuple[str, ...]]:
    """Return the first argument that proves a statement, or None and what each of them was missing."""
    missing = []
    for prove in ARGUMENTS:
        try:
            return prove(statement), ()
        except NoArgument as reason:
            missing.append(str(reason))
    return None, tuple(missing)
