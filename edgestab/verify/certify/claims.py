"""What of a claim interval arithmetic may prove, and its proofs as files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from edgestab.errors import InputError
from edgestab.numerics.storage.atomic import replacing
from edgestab.theory.claim import Claim
from edgestab.theory.exact import Number, exact
from edgestab.theory.parts.certified import Certified
from edgestab.theory.parts.family import StatementFamily
from edgestab.theory.parts.flips import Flips
from edgestab.theory.parts.some_step import SomeStepSize
from edgestab.theory.parts.two_cycle import TwoCycleWindow
from edgestab.theory.statement import OrbitStatement, StepSizes
from edgestab.verify.certify.argued import prove_by_argument
from edgestab.verify.certify.flips import prove_flips
from edgestab.verify.certify.outcome import Attempt, Outcome
from edgestab.verify.certify.part import prove_part
from edgestab.verify.certify.window import prove_window

Certifiable = Certified | TwoCycleWindow | Flips


def certify(
    claim: Claim,
    *,
    eta: tuple[Number, Number] | None = None,
    timed: bool = False,
    report: Callable[[str, float], None] | None = None,
) -> tuple[Outcome, ...]:
    """Prove by interval arithmetic that every start of a claim's region ends in its window.

    Parameters
    ----------
    claim : Claim
        It says something about all orbits from a region of starts.
    eta : tuple of two numbers, optional
        Other step sizes than the claim's; see `certifiable`.
    timed : bool
        Whether the number of steps is to be bounded as well (docs/certificates.md, Theorem 4).
    report : callable, optional
        Called with the name of the stage and the fraction done.

    Returns
    -------
    tuple of Outcome
        One for each part, with the evidence and the certificates.

    Raises
    ------
    InputError
        As `certifiable` does.

    Examples
    --------
    >>> from edgestab.theory.claims.catalogue import find
    >>> outcomes = certify(find("zhu2023.R9"), eta=("1/20", "1/20"))
    >>> [str(o.evidence.standing) for o in outcomes]
    ['PROVED', 'PROVED', 'PROVED']
    """
    return tuple(prove_one(part, report=report).checked() for part in certifiable(claim, eta, timed=timed))


def prove_one(part: Certifiable, *, report: Callable[[str, float], None] | None = None) -> Attempt:
    """Prove one part by interval arithmetic; or by an argument, where a certificate of a tube does not fit."""
    if isinstance(part, TwoCycleWindow):
        return prove_window(part)
    if isinstance(part, Flips):
        return prove_flips(part)
    attempt = prove_part(part, report=report)
    return attempt if attempt.certificates else prove_by_argument(part, attempt)


def certifiable(claim: Claim, eta: tuple[Number, Number] | None = None, *, timed: bool = False) -> list[Certifiable]:
    """Return what of a claim speaks of all orbits of a region, a family with its largest constant, or of cycles.

    Parameters
    ----------
    claim : Claim
        The claim.
    eta : tuple of two numbers, optional
        Other step sizes than the claim's, low and high: a range, or a single one twice; 0 and high mean every step
        size up to high.
    timed : bool
        Whether the number of steps is to be bounded as well.

    Raises
    ------
    InputError
        When there is nothing of the kind, or the step sizes are not rational with 0 <= low <= high, high > 0.
    """

    def statement(part: object) -> OrbitStatement | None:
        if isinstance(part, StatementFamily):
            return part.statement.with_constants({part.constant: part.values[-1]})
        if isinstance(part, SomeStepSize):
            raise InputError(
                f"{claim.id} is about some step size: give the one at which it holds as eta, without for_eta"
            )
        return part if isinstance(part, OrbitStatement) else None

    found = [p for p in claim.parts if isinstance(p, Certified)]
    found += [Certified(s.name, s) for s in map(statement, claim.parts) if s is not None]
    found = [replace(part, timed=part.timed or timed) for part in found]
    cycles = [p for p in claim.parts if isinstance(p, (TwoCycleWindow, Flips))] if eta is None else []
    if not found and not cycles:
        raise InputError(f"{claim.id} says nothing about orbits from a region of starts: there is nothing to certify")
    return [*found, *cycles] if eta is None else [_at(part, eta, number) for number, part in enumerate(found, start=1)]


def _at(part: Certified, eta: tuple[Number, Number], number: int) -> Certified:
    """The part of this number at other step sizes, with a name that says so: its own may name those of the claim."""
    low, high = (exact(end, "eta") for end in eta)
    if not (low.is_Rational and high.is_Rational and low >= 0 and high > 0):
        ends = " ".join(map(str, eta))
        raise InputError(f"other step sizes are two rational numbers LO HI with 0 <= LO <= HI, got {ends}")
    sizes = StepSizes((high,)) if low == high or low == 0 else StepSizes((), low, high)
    where = f"eta = {high}" if low == high else f"every eta in {'(' if low == 0 else '['}{low}, {high}]"
    name = f"part {number} at {where}"
    statement = replace(part.statement, name=name, step_sizes=sizes)
    return replace(part, name=name, statement=statement, down_to_zero=bool(low == 0))


def write_certificates(outcomes: Sequence[Outcome], out: Path) -> list[Path]:
    """Write every certificate, whole or not at all: several are numbered FILE-1.json, FILE-2.json, ...

    Raises
    ------
    OSError
        When a file cannot be written.
    """
    certificates = [c for o in outcomes for c in o.certificates]
    one = len(certificates) == 1
    paths = [out] if one else [out.with_stem(f"{out.stem}-{k + 1}") for k in range(len(certificates))]
    for certificate, path in zip(certificates, paths, strict=True):
        with replacing(path) as file:
            file.write(certificate.text.encode())
    return paths
