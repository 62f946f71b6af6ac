"""Check the catalogue and write what the site shows of it: ``python docs/_ext/check_catalogue.py FOLDER [ID...]``.

The folder gets ``verdicts.json``, the section of every claim as HTML in ``claims/``, and in ``certificates/`` the
proofs that a second program can read.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from edgestab.errors import InputError
from edgestab.report.claim import Context, claim_html
from edgestab.report.write import write_report
from edgestab.verify.catalogue import find, ids
from edgestab.verify.certify.claims import certify, write_certificates
from edgestab.verify.side_by_side import check_all
from edgestab.verify.verdict import Verdict

EFFORT = "quick"


def sections(verdicts: Sequence[Verdict]) -> Iterator[tuple[str, str]]:
    """Yield every claim's id and its section, whose links are those of pages side by side."""
    everything = {v.claim.id: f"{v.claim.id}.html" for v in verdicts}
    context = Context.of(verdicts, everything, effort=EFFORT, level=1)
    for verdict in verdicts:
        yield verdict.claim.id, claim_html(verdict, replace(context, data=f"{verdict.claim.id}.json"))


def certificates(verdict: Verdict, out: Path) -> list[Path]:
    """Write the certificates of a claim that is proved, where it has any."""
    if verdict.standing != "PROVED":
        return []
    try:
        return write_certificates(certify(verdict.claim), out)
    except InputError:  # it says nothing about all orbits of a region
        return []


def main(folder: Path, chosen: Sequence[str]) -> None:
    """Check the claims, or all of them, and write."""
    verdicts = check_all([find(i) for i in chosen or ids()], EFFORT)
    for name in ("claims", "certificates"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for claim, text in sections(verdicts):
        (folder / "claims" / f"{claim}.html").write_text(text, encoding="utf-8")
    for verdict in verdicts:
        certificates(verdict, folder / "certificates" / f"{verdict.claim.id}.json")
    write_report(verdicts, folder, effort=EFFORT)  # last: verdicts.json says that all of it is there


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
