"""From a claim file to a claim, whatever kind it states."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from msgspec.structs import fields

from edgestab.errors import InputError
from edgestab.numerics.storage.toml_file import decoder, read_toml
from edgestab.theory.claim import Claim
from edgestab.verify.claim_files.door import specification_of
from edgestab.verify.claim_files.entries import Entries
from edgestab.verify.claim_files.noise import stability_of
from edgestab.verify.claim_files.specification import claim_of
from edgestab.verify.claim_files.steps import constants_of, step_sizes_of
from edgestab.verify.claim_files.vocabulary import vocabulary_of

STABLE = "stable"
"""The kind of conclusion that is about noise, and not about the orbits of a region."""

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
"""The entries that a claim of that kind takes."""


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
    if (entries.conclusion or {}).get("kind") != STABLE:
        if entries.noise is not None:
            raise InputError('noise is for a conclusion of kind "stable": leave it out')
        return claim_of(specification_of(entries, folder))
    plain = Entries()
    extra = [f.encode_name for f in fields(Entries) if getattr(entries, f.name) != getattr(plain, f.name)]
    extra = [name for name in extra if name not in OF_A_POINT]
    if extra:
        raise InputError(f"a claim of kind stable is about a point under noise: leave out {', '.join(extra)}")
    constants = constants_of(entries)
    formula, sizes = step_sizes_of(entries, constants)
    if formula:
        raise InputError("a claim of kind stable takes eta as a number")
    part = stability_of(entries, sizes, constants, vocabulary_of(entries, folder))
    words = entries.statement or f"{part.point} is stable {part.sense}."
    return Claim(f"user.{entries.name}", "given by the user", entries.name, words, (part,), kind="user")
