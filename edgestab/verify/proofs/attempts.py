"""The arguments that are tried on a statement, in their order."""

from __future__ import annotations

from edgestab.theory.statement import OrbitStatement
from edgestab.verify.proofs import convex, expanding, image, linear, trapping
from edgestab.verify.proofs.argument import Argument, NoArgument

ARGUMENTS = (linear, convex, expanding, trapping, image)
"""A new argument is a file in this room, and a name here: its METHOD, what it asks for, and its proof."""


def argument_for(statement: OrbitStatement) -> tuple[Argument | None, tuple[str, ...]]:
    """Return the first argument that proves a statement, or None and what each of them was missing."""
    missing = []
    for argument in ARGUMENTS:
        try:
            return argument.prove(statement), ()
        except NoArgument as reason:
            missing.append(str(reason))
    return None, tuple(missing)


def fitting(statement: OrbitStatement) -> dict[str, str]:
    """Return for each argument, by its method, what it is missing before any work; empty where it will be tried."""
    found = {}
    for argument in ARGUMENTS:
        try:
            argument.require(statement)
            found[argument.METHOD] = ""
        except NoArgument as reason:
            found[argument.METHOD] = str(reason)
    return found
