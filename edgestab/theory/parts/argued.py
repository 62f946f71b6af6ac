"""A statement about orbits for which proofs are tried besides sampling."""

from __future__ import annotations

from dataclasses import dataclass

from edgestab.theory.statement import OrbitStatement


@dataclass(frozen=True)
class Argued(OrbitStatement):
    """A statement that is proved where one of the arguments of `edgestab.verify.proofs` fits, and sampled otherwise."""
