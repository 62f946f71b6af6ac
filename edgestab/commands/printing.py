"""How commands print: JSON, tables, and what goes to a terminal's error stream."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

PIPE_WIDTH = 140
"""Columns of what is printed into a pipe, which has no width of its own."""


def print_json(value: Any) -> None:
    """Print a value as JSON."""
    print(json.dumps(value, indent=2, allow_nan=False))


def output() -> Console:
    """Return the standard output as a console. What is printed there is text as it is: no markup is read in it."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, markup=False, highlight=False, emoji=False)


def errors() -> Console:
    """Return the standard error stream as a console, for progress and remarks; no markup is read there either."""
    from rich.console import Console

    return Console(stderr=True, markup=False, highlight=False, emoji=False, soft_wrap=True)
