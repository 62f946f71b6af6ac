"""What to change in a command that cannot be understood, in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgestab.commands.examples import EXAMPLES
from edgestab.theory.text.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cyclopts import App, CycloptsError
    from cyclopts.argument import ArgumentCollection


def refusal(app: App, arguments: Sequence[str], error: CycloptsError) -> str:
    """Return why a command was not understood.

    A misspelt option is named before anything that is missing, since it may be what is missing.

    Parameters
    ----------
    app : App
        The command line.
    arguments : sequence of str
        What was given.
    error : CycloptsError
        What the parser says of it.
    """
    from cyclopts import MissingArgumentError, UnknownCommandError, UnusedCliTokensError

    command = next((a for a in arguments if not a.startswith("-")), "")
    if isinstance(error, UnknownCommandError) or command not in app:
        return f"unknown command {command[:40]!r}{did_you_mean(command, _names(app), '`edgestab --help` lists them')}"
    options = app[command].assemble_argument_collection(parse_docstring=True)
    unknown = _unknown(arguments, options)
    if unknown is not None:
        known = [n for option in options for n in option.names if n.startswith("--")]
        listed = f"`edgestab {command} --help` lists them"
        return f"`edgestab {command}` has no option {unknown[:40]}{did_you_mean(unknown, known, listed)}"
    if isinstance(error, MissingArgumentError) and error.argument is not None:
        words = next((a.parameter.help for a in options if a.names == error.argument.names), None) or ""
        name = app[command].name[0]
        example = next(line for line in EXAMPLES[name] if line.startswith(f"edgestab {name} "))
        what = words.strip().rstrip(".").partition(". ")[0]
        what = f" ({what[:1].lower()}{what[1:]})" if what else ""
        return f"`edgestab {command}` needs {error.argument.name}{what}, as in: {example}"
    if isinstance(error, UnusedCliTokensError):
        return f"`edgestab {command}` has no use for {' '.join(error.unused_tokens or ())[:60]}: leave it out"
    return str(error)


def _names(app: App) -> list[str]:
    return [name for name in app if not name.startswith("-")]


def _unknown(arguments: Sequence[str], options: ArgumentCollection) -> str | None:
    """The first word that looks like an option and is none."""
    known = {name for option in options for name in option.names} | {"--help", "--version"}
    for word in arguments:
        if word == "--":
            return None
        name = word.partition("=")[0]
        if name.startswith("--") and name not in known:
            return name
    return None
