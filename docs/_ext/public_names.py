"""The directive ``public-names``: the reference of a module's public names, in the order and sections of its stub."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.nodes import nested_parse_with_titles


def headings(stub: str) -> dict[int, str]:
    """The comments of a stub that are headings, by their lines: those that end in a full stop."""
    lines = enumerate(stub.splitlines(), start=1)
    return {n: line[2:-1] for n, line in lines if line.startswith("# ") and line.endswith(".")}


def public(stub: str) -> Iterator[tuple[int, str, str]]:
    """Line, home and name of everything that a stub offers."""
    for node in ast.parse(stub).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.lineno, node.module, alias.asname or alias.name) for alias in node.names)


def documented(module: str, home: str, name: str) -> list[str]:
    """The lines that document one name; a module has a page of its own."""
    value = getattr(import_module(module), name)
    if inspect.ismodule(value):
        return []
    if inspect.isclass(value):
        return [f".. autoclass:: {module}.{name}", "   :members:", ""]
    if callable(value) and hasattr(value, "__name__"):
        return [f".. autofunction:: {module}.{name}", ""]
    return [f".. autodata:: {home}.{name}", "   :no-value:", ""]


class PublicNames(Directive):
    """``.. public-names:: MODULE``."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return a section for each heading of the stub."""
        (module,) = self.arguments
        file = Path(str(import_module(module).__file__)).with_suffix(".pyi")
        self.state.document.settings.env.note_dependency(file)
        stub = file.read_text(encoding="utf-8")
        lines: list[str] = []
        waiting = headings(stub)
        for at, home, name in public(stub):
            for line in [n for n in waiting if n < at]:
                title = waiting.pop(line)
                lines += [title, "-" * len(title), ""]
            lines += documented(module, home, name)
        found = nodes.section()
        found.document = self.state.document
        nested_parse_with_titles(self.state, StringList(lines, source=str(file)), found)
        return list(found.children)


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the directive."""
    app.add_directive("public-names", PublicNames)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
