"""What takes msgspec's place where it is not installed: its structs as dataclasses, and nothing that reads text."""

from __future__ import annotations

import sys
from dataclasses import dataclass, fields, replace
from importlib.util import find_spec
from types import ModuleType, SimpleNamespace
from typing import Any


class Struct:
    """A class whose entries are its fields; bounds matter to readers of text alone."""

    __struct_config__ = SimpleNamespace(tag=None)

    def __init_subclass__(cls, *, kw_only: bool = False, tag: str | None = None, **_: Any) -> None:
        super().__init_subclass__()
        cls.__struct_config__ = SimpleNamespace(tag=tag)
        dataclass(frozen=True, kw_only=kw_only)(cls)


class Meta:
    """Bounds of an entry, which nobody reads here."""

    def __init__(self, **_: Any) -> None:
        pass


class ValidationError(ValueError):
    """Raised by nothing."""


def use_where_missing() -> None:
    """Let ``import msgspec`` find this on a machine that lacks it: the networks are built from structs."""
    if find_spec("msgspec") is not None:
        return
    module, structs = ModuleType("msgspec"), ModuleType("msgspec.structs")
    structs.__dict__.update(replace=replace, fields=fields)
    module.__dict__.update(Struct=Struct, Meta=Meta, ValidationError=ValidationError, structs=structs)
    sys.modules.update({"msgspec": module, "msgspec.structs": structs})
