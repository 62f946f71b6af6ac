"""Lemmas settled by exact arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from edgestab.verify.evidence.evidence import Evidence
from edgestab.verify.evidence.standing import Standing

_NAMED = 3
"""How many lemmas a sentence names, unless only one more is left."""


@dataclass(frozen=True)
class LemmaResult:
    """What exact arithmetic says of one lemma.

    Parameters
    ----------
    holds : bool or None
        None when it could not be decided.
    detail : str
        How it was decided, or the witness against it.
    """

    name: str
    holds: bool | None
    detail: str


@dataclass(frozen=True)
class SymbolicEvidence(Evidence):
    """Lemmas settled by exact arithmetic, for the statement or, when `against`, for its negation."""

    lemmas: tuple[LemmaResult, ...]
    argument: str = ""
    against: bool = False

    kind = "symbolic"

    @property
    def standing(self) -> Standing:
        """PROVED when every lemma holds; a lemma that fails refutes the statement it is a step of."""
        if self.against:
            proved = all(r.holds for r in self.lemmas)
            return Standing.REFUTED if proved else Standing.UNDECIDED
        if any(r.holds is False for r in self.lemmas):
            return Standing.REFUTED
        return Standing.PROVED if self.lemmas and all(r.holds for r in self.lemmas) else Standing.UNDECIDED

    @property
    def sentence(self) -> str:
        """One sentence."""
        failed = [r for r in self.lemmas if r.holds is False]
        open_ = [r for r in self.lemmas if r.holds is None]
        n = len(self.lemmas)
        if self.against and self.standing is Standing.REFUTED:
            return f"refuted exactly: {'; '.join(r.name for r in self.lemmas)}"
        if failed and not self.against:
            return f"refuted exactly: {failed[0].name}: {failed[0].detail}"
        if failed or open_:
            first = (failed or open_)[0]
            return f"{len(failed) + len(open_)} of {n} lemmas not settled, first {first.name!r}: {first.detail}"
        rest = f"; and {n - _NAMED} more lemmas" if n > _NAMED + 1 else ""
        named = self.lemmas[: _NAMED if rest else n]
        return f"in exact arithmetic: {'; '.join(r.name for r in named)}{rest}"

    def shown(self) -> dict[str, Any]:
        """Return the lemmas with their marks, and the argument."""
        marks = {True: ("holds", "✓"), False: ("fails", "✗"), None: ("open", "?")}
        lemmas = [(*marks[r.holds], r.name, r.detail) for r in self.lemmas]
        return {"lemmas": lemmas, "argument": self.argument, "against": self.against}
