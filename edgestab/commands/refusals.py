"""What to change in a command that cannot be understood, in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgestab.commands.examples import EXAMPLES
from edgestab.theory.text.spelling import did_you_mean, near

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from cyclopts import App, CycloptsError

FLAGS = ("--help", "--version")
"""What every command has, and edgestab itself."""

NUMBERS = {int: "a whole number", float: "a number"}
"""What an option takes, by its type."""


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
    from cyclopts import CoercionError, MissingArgumentError, UnusedCliTokensError

    command = next((a for a in arguments if not a.startswith("-")), None)
    if command is None:
        listed = "`edgestab --help` lists the commands"
        return f"edgestab has no option {arguments[0][:40]}{_meant(arguments[0], [*FLAGS], listed)}"
    if command not in app:
        known = [name for name in app if not name.startswith("-")]
        return f"unknown command {command[:40]!r}{did_you_mean(command, known, '`edgestab --help` lists them')}"
    options = app[command].assemble_argument_collection(parse_docstring=True)
    known = [name for option in options for name in option.names if name.startswith("--")]
    unknown = next(_unknown(arguments, {*known, *FLAGS}), None)
    if unknown is not None:
        listed = f"`edgestab {command} --help` lists them"
        return f"`edgestab {command}` has no option {unknown[:40]}{_meant(unknown, known, listed)}"
    if isinstance(error, UnusedCliTokensError):
        return f"`edgestab {command}` has no use for {' '.join(error.unused_tokens or ())[:60]}: leave it out"
    if isinstance(error, MissingArgumentError) and error.argument is not None:
        name = error.argument.name
        words = next((a.parameter.help for a in options if a.names == error.argument.names), None) or ""
        what = words.strip().rstrip(".").partition(". ")[0]
        what = f" ({what[:1].lower()}{what[1:]})" if what else ""
        if name in arguments:
            return f"{name} is without its value{what}"
        first = app[command].name[0]
        lines = [line for line in EXAMPLES.get(first, ()) if line.startswith(f"edgestab {first} ")]
        return f"`edgestab {command}` needs {name}{what}" + (f", as in: {lines[0]}" if lines else "")
    if isinstance(error, CoercionError) and error.token is not None and error.target_type in NUMBERS:
        return f"{error.token.keyword} takes {NUMBERS[error.target_type]}, got {error.token.value[:40]!r}"
    return str(error)


def _meant(option: str, known: Sequence[str], otherwise: str) -> str:
    """The end of a sentence about an unknown option; two dashes make no word like another."""
    found = near(option.lstrip("-"), [name[2:] for name in known])
    return f"; did you mean {' or '.join(f'--{name}' for name in found)}?" if found else f"; {otherwise}"


def _unknown(arguments: Sequence[str], known: Collection[str]) -> Iterator[str]:
    """The words that look like an option and are none, or have a dash too few."""
    for word in arguments:
        if word == "--":
            return
        name = word.partition("=")[0]
        if (name.startswith("--") and name not in known) or f"-{name}" in known:
            yield name
