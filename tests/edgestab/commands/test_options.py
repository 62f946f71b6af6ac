"""Every option means one thing, whatever the command: its type and how its help begins are the same everywhere."""

from __future__ import annotations

import re
import types
from collections import defaultdict
from typing import Annotated, Any, Union, get_args, get_origin

import pytest

from edgestab.cli import COMMANDS, app


def plain(hint: Any) -> Any:
    """A type without what annotates it, and without None."""
    if get_origin(hint) is Annotated:
        return plain(get_args(hint)[0])
    if get_origin(hint) in (Union, types.UnionType):
        kinds = [plain(a) for a in get_args(hint) if a is not type(None)]
        return kinds[0] if len(kinds) == 1 else tuple(kinds)
    return hint


def clause(words: str) -> str:
    """What help says up to its first pause."""
    return re.split(r"[.;:,](?:\s|$)", words.strip())[0]


def table() -> dict[str, list[tuple[str, str, str]]]:
    """For every option: the commands that have it, its type there and the first clause of its help."""
    found = defaultdict(list)
    for command in COMMANDS:
        for argument in app[command].assemble_argument_collection(parse_docstring=True):
            for name in argument.names:
                if name.startswith("--"):
                    help_ = argument.parameter.help or ""
                    found[name].append((command, str(plain(argument.hint)), clause(help_)))
    return found


TABLE = table()


def different(uses: list[tuple[str, str, str]]) -> set[tuple[str, str]]:
    return {(kind, words) for _, kind, words in uses}


@pytest.mark.parametrize("option", sorted(TABLE))
def test_an_option_has_one_meaning(option: str) -> None:
    assert len(different(TABLE[option])) == 1, TABLE[option]
    assert all(words for *_, words in TABLE[option]), f"{option} has no help in one of its commands"


def test_two_meanings_are_seen() -> None:
    assert len(different([("basin", "int", "Pixels"), ("orbits", "int", "Pixels")])) == 1
    assert len(different([("basin", "int", "Pixels"), ("orbits", "str", "Pixels")])) == 2
    assert len(different([("basin", "int", "Pixels"), ("orbits", "int", "Steps")])) == 2
    assert clause("The step size; by default the claim's.") == clause("The step size.")
    assert clause("At tcp://10.0.0.1:8786. More.") == "At tcp://10.0.0.1:8786"


def test_what_is_shared_is_seen() -> None:
    assert {"basin", "orbits", "exponents", "sweep", "verify"} <= {c for c, *_ in TABLE["--threads"]}
    assert {"basin", "new", "certify", "train"} <= {c for c, *_ in TABLE["--eta"]}
    assert len(TABLE["--out"]) > 7
