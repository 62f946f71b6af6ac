"""A claim: a theorem as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import sympy as sp

from edgestab.theory.display import card, formula
from edgestab.theory.part import Part

Kind = Literal["theorem", "slip", "derived", "user"]


@dataclass(frozen=True)
class Claim:
    """A statement with its source and the parts that settle it.

    Parameters
    ----------
    id : str
        ``<paper>.<name>``, unique in the catalogue.
    source : str
        Paper and number, such as "Zhu et al. 2023, Corollary 3.1".
    title : str
        A few words.
    words : str
        The statement in words.
    parts : tuple of Part
        The claim holds when every part does; one refuted part refutes it.
    formulas : tuple of Basic
        What the report typesets.
    kind : str
        "theorem" and "derived" are expected to hold; a "slip" is the text as printed, expected to be refuted.
    corrected : str
        For a slip, the id of its corrected form.
    notes : tuple of str
        Known limits of the check, and what the printed text says differently.
    checks : tuple of Part
        Orbits that test what the parts prove. They add nothing to a proof; a failure there refutes it.
    """

    id: str
    source: str
    title: str
    words: str
    parts: tuple[Part, ...]
    formulas: tuple[sp.Basic, ...] = ()
    kind: Kind = "theorem"
    corrected: str = ""
    notes: tuple[str, ...] = ()
    checks: tuple[Part, ...] = ()

    def _repr_html_(self) -> str:
        return card(self.title, f"{self.id}, {self.source}", [self.words], map(formula, self.formulas))

    @property
    def paper(self) -> str:
        """The paper's key, the first word of the id."""
        return self.id.partition(".")[0]
