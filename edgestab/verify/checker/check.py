"""Proving a certificate again: all of ``docs/certificates.md``, from the file alone, in SymPy and Arb."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from flint import ctx

from edgestab.verify.checker.arguments import ARGUMENT, check_argument
from edgestab.verify.checker.arrival import prove_time
from edgestab.verify.checker.flips import check_flips
from edgestab.verify.checker.reading import BYTES, CertificateError, demand, record
from edgestab.verify.checker.tube import TubeProof
from edgestab.verify.checker.two_cycle import check_two_cycle

BITS = 64
TWO_CYCLE = "edgestab-two-cycle"
FLIPS = "edgestab-flips"


def check(document: Any) -> str:
    """Prove what a parsed certificate claims, and return it in words; raise CertificateError where it cannot."""
    other = {TWO_CYCLE: check_two_cycle, FLIPS: check_flips, ARGUMENT: check_argument}
    name = document.get("format") if isinstance(document, dict) else None
    if isinstance(name, str) and name in other:
        try:
            with ctx.workprec(BITS):
                return other[name](document)
        except Exception as error:  # as below
            raise CertificateError(str(error) or repr(error)) from error
    keys = "format version map eta curve tube contraction start limit basin made"
    timed = isinstance(document, dict) and "time" in document
    entries = record(document, f"{keys} time" if timed else keys, "the file")
    name, version, map_, eta, curve, tube, contraction, start, limit, basin, made, *time = entries
    known = (name, type(made)) == ("edgestab-certificate", dict) and repr(version) in ("1", "2")
    demand(known, "no certificate of version 1 or 2")
    demand(not timed or basin is None, "time: T is of the starts alone, and there is a basin besides")
    try:
        with ctx.workprec(BITS):
            proof = TubeProof(map_, version, eta, curve, tube)
            proof.contraction(contraction)
            window, starts = proof.limit(limit), proof.start(start)
            window += prove_time(proof, time[0]) if timed else ""
            starts += "" if basin is None else f", and from every one with {proof.basin(basin)}"
    except Exception as error:  # a file that is not what the format says, in whatever way
        raise CertificateError(str(error) or repr(error)) from error
    opening, minima, explained = proof.motion.words
    return (
        f"{opening} with eta in {'[' if proof.eta[0] else '('}{proof.eta[0]}, {proof.eta[1]}], from every start with "
        f"{starts}, converges to a minimum {minima} with {window}, where {explained}"
    )


def check_file(path: Path) -> str:
    """Prove what a certificate file claims, and return it in words; raise CertificateError where it cannot."""
    demand(path.stat().st_size <= BYTES, f"{path} has more than {BYTES} bytes")
    try:
        return check_text(path.read_text("utf-8"))
    except UnicodeDecodeError as error:
        raise CertificateError(f"this is no certificate: byte {error.start} is not UTF-8 text") from error


@cache
def check_text(text: str) -> str:
    """Prove what the text of a certificate claims, and return it in words; raise CertificateError where it cannot."""
    try:
        document = json.loads(text, object_pairs_hook=lambda p: len(dict(p)) == len(p) and dict(p))
    except (RecursionError, ValueError) as error:
        raise CertificateError(f"this is no certificate, which is JSON: {error}") from error
    return check(document)
