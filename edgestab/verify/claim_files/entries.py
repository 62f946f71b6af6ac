"""What a claim file holds, as TOML gives it: names, texts and numbers, not yet looked into."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import msgspec

from edgestab.numerics.storage.toml_file import decoder, read_toml

Written: TypeAlias = int | float | str
"""An exact decimal, fraction or expression in quotes, or a TOML number."""


class ConclusionEntries(msgspec.Struct, forbid_unknown_fields=True):
    """The ``[conclusion]`` table."""

    kind: str
    to: str | None = None
    low: Written | None = None
    high: Written | None = None
    inequality: str | None = None
    quantity: str | None = None
    direction: str | None = None


class Entries(msgspec.Struct, forbid_unknown_fields=True):
    """A whole file.

    A claim has a conclusion; a sweep has none, and may ask for a grid.
    """

    region: dict[str, Written | list[Written]]
    model: str | None = None
    loss: str | None = None
    parameters: str | None = None
    constants: dict[str, Written] = {}
    optimizer: str = "gradient-descent"
    eta: Written | list[Written] | None = None
    eta_range: list[Written] | None = None
    where: list[str] = []
    conclusion: ConclusionEntries | None = None
    name: str = "claim"
    statement: str = ""
    points: int = 4096
    grid: dict[str, int] = {}
    tile: int = 1 << 15


def read_entries(path: Path) -> Entries:
    """Read the entries of a file.

    Raises
    ------
    InputError
        When the file cannot be read, is not UTF-8, is no TOML, or has a wrong or missing entry.
    """
    return read_toml(path, decoder(Entries))
