"""A claim cut into pieces that are settled independently, and the verdict that they make."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from edgestab.theory.claim import Claim
from edgestab.theory.observation import Observation
from edgestab.theory.part import Part
from edgestab.verify.catalogue import find, is_known
from edgestab.verify.evidence.evidence import Evidence
from edgestab.verify.evidence.observed import ObservedEvidence
from edgestab.verify.evidence.unsettled import UnsettledEvidence
from edgestab.verify.observe import Run, measure, observe, runs_of
from edgestab.verify.parts import SETTLED_BY, settle_part
from edgestab.verify.verdict import Verdict

Section = Literal["parts", "checks"]
SECTIONS: tuple[Section, ...] = ("parts", "checks")


@dataclass(frozen=True)
class PartOfClaim:
    """A part of a claim that is settled by itself.

    Parameters
    ----------
    number : int
        Which of the claims that are checked.
    section : {"parts", "checks"}
        In which of the claim's lists.
    place : int
        Where in that list.
    of : str or Claim
        The claim's id in the catalogue, where it is there: a process then builds it itself.
    """

    number: int
    section: Section
    place: int
    of: str | Claim = field(compare=False)

    @property
    def claim(self) -> Claim:
        """The claim."""
        return find(self.of) if isinstance(self.of, str) else self.of

    @property
    def part(self) -> Part:
        """The part."""
        found: Part = getattr(self.claim, self.section)[self.place]
        return found


Piece = PartOfClaim | Run
"""What is settled by itself: a part, or a run that observations of several claims may ask for."""


@dataclass(frozen=True)
class Settled:
    """What a piece gave, and the seconds that it took."""

    value: Any
    seconds: float


@dataclass(frozen=True)
class Lost:
    """Why a piece gave nothing: one clause."""

    reason: str
    seconds: float = 0.0


Found = Mapping[Piece, Settled | Lost]


def pieces_of(number: int, claim: Claim, effort: str) -> Iterator[Piece]:
    """Yield the pieces of the claim of this number."""
    of = claim.id if is_known(claim) else claim
    for section in SECTIONS:
        for place, part in enumerate(getattr(claim, section)):
            if isinstance(part, Observation):
                yield from runs_of(part, effort)
            else:
                yield PartOfClaim(number, section, place, of)


def weight(piece: Piece) -> int:
    """Return what to begin with: the greater it is the longer it may take; 0 is not worth a process of its own."""
    return 2 if isinstance(piece, Run) else SETTLED_BY[type(piece.part)].weight


def needs(piece: Piece) -> str:
    """Return what a process has to import or compile before it can settle the piece."""
    if isinstance(piece, Run):
        return "torch" if piece.on_networks else "arrays"
    return "kernels" if weight(piece) else "SymPy"


def settle_piece(
    piece: Piece, tell: Callable[[tuple[str, float]], None] | None = None, *, effort: str, threads: int | None
) -> Settled | Lost:
    """Settle one piece, in whatever process this is."""
    began = time.perf_counter()
    if tell is not None:  # a proof, or a run, may say nothing until it ends
        tell((f"{piece.experiment}, seed {piece.seed}" if isinstance(piece, Run) else piece.part.name, 0.0))
    if isinstance(piece, Run):
        value: Any = measure(piece)
    else:
        report = None if tell is None else (lambda stage, fraction: tell((stage, fraction)))
        value = settle_part(piece.part, effort, threads=threads, report=report)
    return Settled(value, time.perf_counter() - began)


def verdict_of(number: int, claim: Claim, effort: str, found: Found) -> Verdict:
    """Return the verdict that the pieces of a claim make, all of which have been found."""
    parts, checks = (
        tuple(
            _evidence(part, PartOfClaim(number, section, place, ""), effort, found)
            for place, part in enumerate(getattr(claim, section))
            if part.runs_at(effort)
        )
        for section in SECTIONS
    )
    return Verdict(claim, parts, checks, sum(found[p].seconds for p in pieces_of(number, claim, effort)))


def _evidence(part: Part, piece: PartOfClaim, effort: str, found: Found) -> Evidence:
    if isinstance(part, Observation):
        runs = {run: found[run] for run in runs_of(part, effort)}
        lost = [f.reason for f in runs.values() if isinstance(f, Lost)]
        if lost:
            return ObservedEvidence(part.name, part.networks, problem=f"not observed: {lost[0]}")
        measured = {run: f.value for run, f in runs.items() if isinstance(f, Settled)}
        return observe(part, effort, measured=measured.__getitem__)
    settled = found[piece]
    if isinstance(settled, Lost):
        return UnsettledEvidence(part.name, settled.reason)
    evidence: Evidence = settled.value
    return evidence
