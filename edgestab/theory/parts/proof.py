"""Proofs and refutations: lemmas that exact arithmetic settles."""

from __future__ import annotations

from dataclasses import dataclass

from edgestab.theory.lemma import Lemma
from edgestab.theory.part import Part


@dataclass(frozen=True)
class Proof(Part):
    """Lemmas that exact arithmetic settles, and the argument that makes a theorem of them.

    Parameters
    ----------
    name : str
        What is proved.
    lemmas : tuple of Lemma
        Every one must hold.
    argument : str
        How the lemmas give the statement. It is read by people, not checked.
    """

    lemmas: tuple[Lemma, ...]
    argument: str = ""


@dataclass(frozen=True)
class Refutation(Part):
    """A proof that the statement is false: lemmas that contradict it."""

    lemmas: tuple[Lemma, ...]
    argument: str
