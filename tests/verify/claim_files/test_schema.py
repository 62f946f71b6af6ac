"""The schema that is committed for editors is that of the files that are read."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec

from edgestab.theory.conclusions.kinds import CONCLUSIONS
from edgestab.verify.claim_files.entries import Entries
from edgestab.verify.claim_files.schema import schema

FILE = Path(__file__).parents[3] / "docs" / "claim-file.schema.json"


def test_the_committed_schema_is_the_current_one() -> None:
    assert json.loads(FILE.read_text()) == json.loads(json.dumps(schema()))


def test_it_names_every_entry_and_every_conclusion() -> None:
    found = schema()
    assert set(found["properties"]) == {f.encode_name for f in msgspec.structs.fields(Entries)}
    assert found["additionalProperties"] is False
    kinds = {
        c["properties"]["kind"]["const"]: set(c["properties"]) - {"kind"}
        for c in found["properties"]["conclusion"]["oneOf"]
    }
    assert kinds.pop("stable") == {"sense", "at"}
    assert kinds.pop("stationary") == {"quantity", "low", "high"}
    assert kinds == {kind: {f.name for f in of.fields} for kind, of in CONCLUSIONS.items()}
