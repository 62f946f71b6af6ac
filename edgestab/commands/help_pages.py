"""How help is laid out: paragraphs fill the terminal, whatever the width at which they are written in the source."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cyclopts.help import HelpPanel
    from rich.console import Console, ConsoleOptions


def filled(text: str) -> str:
    r"""Return a text whose paragraphs are one line each; what is indented stays as it is.

    Examples
    --------
    >>> filled("A sentence\nof two lines.\n\nExample:\n    verbatim")
    'A sentence of two lines.\n\nExample:\n    verbatim'
    """
    return re.sub(r"(?<=\S)\n(?=\S)", " ", text)


def shown_default(value: Any) -> Any:
    """Return a default as help shows it: that flags are off and lists empty goes without saying."""
    return None if value is False or value == () else value


class FilledPages:
    """The layout of cyclopts, with filled paragraphs; what draws it is imported when help is asked for."""

    def __call__(self, console: Console, options: ConsoleOptions, panel: HelpPanel) -> None:
        """Draw a panel of options or commands."""
        from cyclopts.help.formatters import DefaultFormatter

        for entry in panel.entries:
            _fill(entry.description)
        DefaultFormatter()(console, options, panel)

    def render_usage(self, console: Console, options: ConsoleOptions, usage: Any) -> None:
        """Draw the line that says how the command is called."""
        from cyclopts.help.formatters import DefaultFormatter

        DefaultFormatter().render_usage(console, options, usage)

    def render_description(self, console: Console, options: ConsoleOptions, description: Any) -> None:
        """Draw what the command does."""
        from cyclopts.help.formatters import DefaultFormatter

        for part in getattr(description, "renderables", [description]):
            _fill(part)
        DefaultFormatter().render_description(console, options, description)


def _fill(description: Any) -> None:
    """Fill the text of a description, where it is one."""
    text = getattr(description, "primary_renderable", description)
    if hasattr(text, "plain"):
        text.plain = filled(text.plain)
