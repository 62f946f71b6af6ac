"""``edgestab certify`` and ``edgestab check``: proofs by interval arithmetic, and their independent checker."""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from rich.console import Console

from edgestab.errors import InputError

if TYPE_CHECKING:
    from edgestab.theory.claim import Claim
    from edgestab.theory.parts.certified import Certified
    from edgestab.theory.statement import OrbitStatement
    from edgestab.verify.certify.part import Outcome

PROVED, NOT_PROVED = 0, 1


def certify(
    target: str,
    *,
    eta: Annotated[tuple[str, str] | None, Parameter(negative="")] = None,
    out: Path | None = None,
    json_: Annotated[bool, Parameter("--json", negative="")] = False,
) -> int:
    """Prove by interval arithmetic that every start of a claim's region ends in its window.

    Exits with 0 when all of it is proved and with 1 when something is left.

    Parameters
    ----------
    target
        The id of a claim, or a file ending in .toml.
    eta
        Other step sizes LO HI than the claim's: a range, or a single one twice; 0 HI means every eta up to HI.
    out
        Write the certificate here; several are numbered FILE-1.json, FILE-2.json, ...
    json_
        Print JSON.
    """
    from edgestab.progress import progress
    from edgestab.verify.certify.part import certify_part

    claim = _claim(target)
    parts = [_at(p, eta) for p in _certifiable(claim)]
    if out is not None:
        with tempfile.TemporaryFile(dir=out.parent):  # refused before work begins
            pass
    console = Console(stderr=True)
    outcomes = []
    with progress(console, "certifying", len(parts)) as (begin, report):
        for part in parts:
            begin(part.name)
            outcomes.append(certify_part(part, report=report))
    files = _write(outcomes, out)
    _report(claim, outcomes, files, json_)
    return PROVED if all(o.evidence.standing == "PROVED" for o in outcomes) else NOT_PROVED


def check(file: Path) -> int:
    """Prove every inequality of a certificate again, in ball arithmetic and from the file alone.

    Exits with 0 and the theorem in words, or with 1 and the first inequality that fails.

    Parameters
    ----------
    file
        A certificate.
    """
    from edgestab.verify.checker.check import check_file
    from edgestab.verify.checker.reading import CertificateError

    try:
        print(check_file(file))
    except CertificateError as error:
        print(f"edgestab: {file}: {error}", file=sys.stderr)
        return NOT_PROVED
    return PROVED


def _claim(target: str) -> Claim:
    from edgestab.theory.claims.catalogue import find
    from edgestab.verify.claim_files.door import read
    from edgestab.verify.claim_files.specification import claim_of

    return claim_of(read(Path(target))) if target.endswith(".toml") else find(target)


def _certifiable(claim: Claim) -> list[Certified]:
    """What of a claim speaks of all orbits of a region: a family with its largest constant."""
    from edgestab.theory.parts.certified import Certified
    from edgestab.theory.parts.family import StatementFamily
    from edgestab.theory.statement import OrbitStatement

    def statement(part: object) -> OrbitStatement | None:
        if isinstance(part, StatementFamily):
            return part.statement.with_constants({part.constant: part.values[-1]})
        return part if isinstance(part, OrbitStatement) else None

    found = [p for p in claim.parts if isinstance(p, Certified)]
    found += [Certified(s.name, s) for s in map(statement, claim.parts) if s is not None]
    if not found:
        raise InputError(f"{claim.id} says nothing about orbits from a region of starts: there is nothing to certify")
    return found


def _at(part: Certified, eta: tuple[str, str] | None) -> Certified:
    """The part at other step sizes."""
    if eta is None:
        return part
    from edgestab.theory.statement import StepSizes
    from edgestab.theory.text.grammar import parse_number

    low, high = map(parse_number, eta)
    if not (low.is_Rational and high.is_Rational and low >= 0 and high > 0):
        raise InputError(f"--eta takes two rational numbers LO HI with 0 <= LO <= HI, got {' '.join(eta)}")
    sizes = StepSizes((high,)) if low == high or low == 0 else StepSizes((), low, high)
    return replace(part, statement=replace(part.statement, step_sizes=sizes), down_to_zero=bool(low == 0))


def _write(outcomes: list[Outcome], out: Path | None) -> list[Path]:
    """Write every certificate, whole or not at all."""
    certificates = [c for o in outcomes for c in o.certificates]
    if out is None:
        return []
    paths = (
        [out] if len(certificates) == 1 else [out.with_stem(f"{out.stem}-{k + 1}") for k in range(len(certificates))]
    )
    for certificate, path in zip(certificates, paths, strict=True):
        temporary = path.with_name(f".{path.name}.tmp")
        temporary.write_text(certificate.text, encoding="utf-8")
        temporary.replace(path)
    return paths


def _report(claim: Claim, outcomes: list[Outcome], files: list[Path], json_: bool) -> None:
    names = [str(f) for f in files]
    if json_:
        found = [
            {"part": o.evidence.part, "standing": str(o.evidence.standing), "sentence": o.evidence.sentence}
            for o in outcomes
        ]
        print(json.dumps({"id": claim.id, "parts": found, "files": names}, indent=2, allow_nan=False))
        return
    for o in outcomes:
        print(f"{o.evidence.standing}: {o.evidence.part}: {o.evidence.sentence}")
    for name in names:
        print(name)
