"""The JSON Schema of claim files, for editors: docs/claim-file.schema.json is what this returns."""

from __future__ import annotations

from typing import Any

import msgspec

from edgestab.theory.conclusions.kinds import CONCLUSIONS
from edgestab.theory.optimizers.catalogue import OPTIMIZERS
from edgestab.theory.parts.noisy import SENSES
from edgestab.verify.claim_files.claims import STABLE, STATIONARY
from edgestab.verify.claim_files.door import QUANTIFIERS, STEP_SIZES
from edgestab.verify.claim_files.entries import Entries

_STABLE = {
    "type": "object",
    "properties": {"kind": {"const": STABLE}, "sense": {"enum": [*SENSES]}, "at": {"type": "string"}},
    "required": ["kind", "sense", "at"],
    "additionalProperties": False,
}

_STATIONARY = {
    "type": "object",
    "properties": {"kind": {"const": STATIONARY}, "quantity": {"type": "string"}, "low": {}, "high": {}},
    "required": ["kind", "quantity"],
    "additionalProperties": False,
}


def schema() -> dict[str, Any]:
    """Return the schema, with the kinds of conclusions and their entries, the optimizers and the quantifiers.

    Examples
    --------
    >>> schema()["properties"]["for"]["enum"]
    ['every start', 'almost every start', 'some start']
    """
    found = msgspec.json.schema(Entries)
    entries: dict[str, Any] = found["$defs"]["Entries"]
    properties = entries["properties"]
    properties["optimizer"]["enum"] = [*OPTIMIZERS]
    properties["for"]["enum"] = [*QUANTIFIERS]
    properties["for_eta"]["enum"] = [*STEP_SIZES]
    properties["conclusion"] = {"oneOf": [*map(_conclusion, CONCLUSIONS), _STABLE, _STATIONARY]}
    entries |= {"title": "A claim file of edgestab", "description": "A claim has a conclusion; a sweep has none."}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **entries}


def _conclusion(kind: str) -> dict[str, Any]:
    fields = {
        f.name: {"enum": [*f.choices]} if f.choices else {"type": "integer"} if f.read == "whole" else {}
        for f in CONCLUSIONS[kind].fields
    }
    properties = {"kind": {"const": kind}, **fields}
    return {"type": "object", "properties": properties, "required": ["kind"], "additionalProperties": False}
