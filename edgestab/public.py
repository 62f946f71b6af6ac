"""Public names that are imported when first used. Each is written once, in the stub beside the module that has it."""

from __future__ import annotations

import ast
import functools
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any


def attach(module: str, file: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return ``__getattr__`` and ``__dir__`` of a module whose stub imports its public names, as type checkers see it.

    Parameters
    ----------
    module, file : str
        ``__name__`` and ``__file__`` of the module; its stub has the ending ``.pyi``.
    """

    @functools.cache
    def homes() -> Mapping[str, tuple[str, str]]:
        """Where each name is: a module, and what it is called there."""
        stub = ast.parse(Path(file).with_suffix(".pyi").read_text(encoding="utf-8"))
        return {
            alias.asname or alias.name: (node.module, alias.name)
            for node in stub.body
            if isinstance(node, ast.ImportFrom) and node.module
            for alias in node.names
        }

    def public() -> list[str]:
        return sorted(homes())

    def attribute(name: str) -> Any:
        if name == "__all__":
            return public()
        if name.startswith("_") or name not in homes():
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        home, original = homes()[name]
        found = import_module(f"{home}.{original}") if home == module else getattr(import_module(home), original)
        setattr(sys.modules[module], name, found)
        return found

    return attribute, public
