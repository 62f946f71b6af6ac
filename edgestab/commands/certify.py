"""``edgestab certify``: proofs by interval arithmetic."""

from __future__ import annotations

import glob
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from edgestab.arguments import Overwrite
from edgestab.commands.claims import named
from edgestab.commands.exits import NOT_REACHED, OK
from edgestab.commands.printing import errors, print_json
from edgestab.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgestab.theory.claim import Claim
    from edgestab.verify.certify.outcome import Outcome


def certify(
    target: str,
    /,
    *,
    eta: str | None = None,
    eta_range: Annotated[tuple[str, str] | None, Parameter(negative="", metavar="LOW HIGH")] = None,
    timed: Annotated[bool, Parameter(negative="")] = False,
    out: Path | None = None,
    overwrite: Overwrite = False,
    json_: Annotated[bool, Parameter("--json", negative="")] = False,
) -> int:
    """Prove by interval arithmetic what a claim says of every start of its region, and write the certificate.

    That orbits end in a window is proved by a tube, where one fits, and else what `verify` has an argument for.

    Exits with 0 when all of it is proved and with 3 when something is left.

    Parameters
    ----------
    target
        The id of a claim, or a file ending in .toml.
    eta
        The step size; by default the claim's.
    eta_range
        A range of step sizes instead; from 0, every step size up to HIGH.
    timed
        Bound the number of steps as well, until an orbit is in the window and near the minima.
    out
        Write the result here: the certificate, a file FILE.json; several are numbered FILE-1.json, FILE-2.json, ...
    overwrite
        Replace what is there: a file when the new one is complete, a store before the work begins.
    json_
        Print JSON.
    """
    from edgestab.commands.progress import progress
    from edgestab.numerics.storage.places import free_file
    from edgestab.verify.certify.aside import checking

    if eta is not None and eta_range is not None:
        raise InputError("--eta is one step size and --eta-range a range of them: leave one out")
    sizes = (eta, eta) if eta is not None else eta_range
    claim = named(target)
    with checking() as check:
        from edgestab.verify.certify.claims import certifiable, prove_one, write_certificates

        parts = certifiable(claim, sizes, timed=timed)
        if out is not None:
            for file in (out, *out.parent.glob(f"{glob.escape(out.stem)}-[0-9]*{glob.escape(out.suffix)}")):
                free_file(file, overwrite=overwrite)
        checked = []
        outcomes = []
        with progress(errors(), "certifying", 2 * len(parts)) as (begin, report):
            for part in parts:
                begin(part.name)
                checked.append(check(prove_one(part, report=report)))
            for part, outcome in zip(parts, checked, strict=True):
                begin(f"{part.name}, by the independent checker")
                outcomes.append(outcome())
    files = write_certificates(outcomes, out) if out is not None else []
    _report(claim, outcomes, files, json_)
    return OK if all(o.evidence.standing == "PROVED" for o in outcomes) else NOT_REACHED


def _report(claim: Claim, outcomes: Sequence[Outcome], files: Sequence[Path], json_: bool) -> None:
    names = [str(f) for f in files]
    if json_:
        found = [
            {"part": o.evidence.part, "standing": str(o.evidence.standing), "sentence": o.evidence.sentence}
            for o in outcomes
        ]
        print_json({"id": claim.id, "parts": found, "files": names})
        return
    for o in outcomes:
        print(f"{o.evidence.standing}: {o.evidence.part}: {o.evidence.sentence}")
    for name in names:
        print(name)
