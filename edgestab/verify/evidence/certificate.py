"""Theorems proved by interval arithmetic on cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from edgestab.verify.evidence.evidence import Evidence
from edgestab.verify.evidence.standing import Standing


@dataclass(frozen=True)
class CertificateEvidence(Evidence):
    """What interval arithmetic proved of a statement.

    Parameters
    ----------
    proved : tuple of str
        The theorems proved, in words.
    refused : tuple of str
        What of the statement could not be proved, and why.
    cells : int
        On how many cells the inequalities were proved.
    where : str
        What the symbols of the theorems stand for.
    """

    proved: tuple[str, ...]
    refused: tuple[str, ...] = ()
    cells: int = 0
    where: str = ""

    kind = "certificate"

    @property
    def standing(self) -> Standing:
        """PROVED when nothing of the statement is left, CERTIFIED when a part is."""
        if not self.proved:
            return Standing.UNDECIDED
        return Standing.CERTIFIED if self.refused else Standing.PROVED

    @property
    def sentence(self) -> str:
        """One sentence."""
        if not self.proved:
            return f"not certified: {'; '.join(self.refused)}"
        rest = f"; not certified: {'; '.join(self.refused)}" if self.refused else ""
        how = f"by interval arithmetic on {self.cells} cells" if self.cells else "by exact arithmetic"
        how += f", and again by an independent checker{' in ball arithmetic' if self.cells else ''}"
        where = f"; where {self.where}" if self.where else ""
        return f"{how}, {'; '.join(self.proved)}{where}{rest}"

    def shown(self) -> dict[str, Any]:
        """Return the theorems, what was refused, and the number of cells."""
        where = f"; where {self.where}" if self.where else ""
        proved = [f"{theorem}{where}" for theorem in self.proved]
        return {"proved": proved, "refused": list(self.refused), "cells": self.cells}
