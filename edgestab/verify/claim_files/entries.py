"""What a claim file holds, as TOML gives it: names, texts and numbers, not yet looked into."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

Written: TypeAlias = int | float | str
"""An exact decimal, fraction or expression in quotes, or a TOML number."""


Rows: TypeAlias = list[Written]
"""A row of a matrix."""


class Entries(msgspec.Struct, forbid_unknown_fields=True):
    """A whole file.

    A claim has a conclusion; a sweep has none, and may ask for a grid.
    """

    region: dict[str, Written | list[Written]] = {}
    model: str | None = None
    loss: str | None = None
    parameters: str | dict[str, Written] | None = None
    constants: dict[str, Written | list[Written | Rows]] = {}
    formulas: dict[str, str] = msgspec.field(default_factory=dict, name="with")
    data: str | list[Written | Rows] | dict[str, str | list[Written]] = {}
    noise: dict[str, Written] | None = None
    minima: dict[str, str | list[str]] = {}
    optimizer: str = "gradient-descent"
    weight_decay: Written = 0
    step: dict[str, str] = {}
    state: dict[str, Written] = {}
    averages: dict[str, str] = {}
    eta: Written | list[Written] | None = None
    eta_range: list[Written] | None = None
    eta_other: Written | None = None
    step_size: str = ""
    eta_cycle: list[Written] = []
    every: int = 1
    where: list[str] = []
    at_least: Written = 1
    for_eta: str = "every step size"
    quantifier: str = msgspec.field(default="every start", name="for")
    conclusion: dict[str, Written] | None = None
    name: str = "claim"
    statement: str = ""
    source: str = ""
    points: int = 4096
    grid: dict[str, int] = {}
    tile: int = 1 << 15
