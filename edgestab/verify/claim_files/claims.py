"""From a claim file to a claim, whatever kind it states."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import sympy as sp
from msgspec.structs import fields

from edgestab.errors import InputError
from edgestab.numerics.storage.toml_file import decoder, read_toml
from edgestab.theory.claim import Claim
from edgestab.theory.part import Part
from edgestab.verify.claim_files.door import specification_of
from edgestab.verify.claim_files.entries import Entries
from edgestab.verify.claim_files.noise import stability_of
from edgestab.verify.claim_files.specification import claim_of
from edgestab.verify.claim_files.stationary import stationary_of
from edgestab.verify.claim_files.steps import constants_of, step_sizes_of
from edgestab.verify.claim_files.vocabulary import vocabulary_of

STABLE, STATIONARY = "stable", "stationary"
NOISY = (STABLE, STATIONARY)
"""The kinds of conclusions that are about noise, and not about the orbits of a region."""

OF_A_POINT = {
    "loss",
    "parameters",
    "constants",
    "with",
    "data",
    "noise",
    "optimizer",
    "weight_decay",
    "eta",
    "eta_range",
}
OF_A_POINT |= {"conclusion", "name", "statement", "source"}
"""The entries that claims of these kinds take."""


def read_claim(path: Path) -> Claim:
    """Read the claim that a file states.

    Raises
    ------
    InputError
        When the file cannot be read, or anything in it is wrong or missing; the message begins with its name.
    """
    return read_toml(path, lambda tables: claim_from(decoder(Entries)(tables), path.parent))


def claim_from(entries: Entries, folder: Path = Path()) -> Claim:
    """Return the claim that the entries of a file state; paths in it are relative to its folder.

    Raises
    ------
    InputError
        When anything in them is wrong or missing.
    """
    if not entries.source.isprintable():
        raise InputError("source is one line of text without control characters")
    claim = _claim(entries, folder)
    return replace(claim, source=entries.source) if entries.source else claim


def _claim(entries: Entries, folder: Path) -> Claim:
    kind = (entries.conclusion or {}).get("kind")
    if kind not in NOISY:
        if entries.noise is not None:
            raise InputError('noise is for conclusions of kind "stable" and "stationary": leave it out')
        return claim_of(specification_of(entries, folder))
    plain = Entries()
    extra = [f.encode_name for f in fields(Entries) if getattr(entries, f.name) != getattr(plain, f.name)]
    extra = [name for name in extra if name not in OF_A_POINT]
    if extra:
        raise InputError(f"a claim of kind {kind} is about a step under noise: leave out {', '.join(extra)}")
    constants = constants_of(entries)
    formula, sizes = step_sizes_of(entries, constants)
    if formula:
        raise InputError(f"a claim of kind {kind} takes eta as a number")
    vocabulary = vocabulary_of(entries, folder)
    part: Part
    if kind == STABLE:
        part = stability = stability_of(entries, sizes, constants, vocabulary)
        words = f"{stability.point} is stable {stability.sense}."
    else:
        part = stationary = stationary_of(entries, sizes, constants, vocabulary)
        between = f"strictly between {stationary.low} and {stationary.high}"
        words = f"the expectation of {sp.sstr(stationary.quantity)} tends to a value {between}."
    words = entries.statement or words
    return Claim(f"user.{entries.name}", "given by the user", entries.name, words, (part,), kind="user")
