"""From text to tokens, and the one kind of error that text can cause."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple, NoReturn

import sympy as sp

from edgestab.errors import InputError

_MAX_TEXT = 10_000  # characters
_MAX_DIGITS = 60  # of a literal
_MAX_SHIFT = 400  # exponent of ten of a literal
_MAX_LISTED = 8  # names in a message
_MAX_QUOTE = 20  # characters

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
      | (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<operator>\*\*|[<>=!]=|[-+*/^(),<>])
      | (?P<refused>.)""",
    re.VERBOSE | re.DOTALL,
)
_REFUSED = {
    "'": "strings are not allowed; remove the quote {}",
    '"': "strings are not allowed; remove the quote {}",
    "[": "subscripts are not allowed; instead of {} use a plain name such as x1",
    "]": "subscripts are not allowed; instead of {} use a plain name such as x1",
    ".": "attributes are not allowed; remove the dot {}",
    "=": "assignment is not allowed; remove {} or write == to compare",
}


class ParseError(InputError):
    """Text that is refused; the message is one sentence that says what to change, and the column where it is."""


class Token(NamedTuple):
    """A piece of the text."""

    kind: str  # number, name, operator, refused or end
    text: str
    start: int


def literal(token: Token) -> Any:
    """Return the exact rational that a decimal literal stands for."""
    mantissa, _, shift = token.text.lower().partition("e")
    whole, _, fraction = mantissa.partition(".")
    if len(whole + fraction) > _MAX_DIGITS:
        refuse(f"number {quote(token.text)} has more than {_MAX_DIGITS} digits; shorten it", token.start)
    size = shift.lstrip("+-").lstrip("0") or "0"
    # The length is checked first: int() is slow, and fails, on thousands of digits.
    if len(size) > len(str(_MAX_SHIFT)) or int(size) > _MAX_SHIFT:
        refuse(f"number {quote(token.text)} has an exponent larger than {_MAX_SHIFT}", token.start)
    power = -int(size) if shift.startswith("-") else int(size)
    return sp.Integer(int(whole + fraction)) * sp.Integer(10) ** (power - len(fraction))


def tokenize(text: str) -> list[Token]:
    """Return the tokens of a text, with one of kind "end" behind them.

    Raises
    ------
    ParseError
        When the text is empty or too long.
    """
    check_text(text, "x**2/2")
    matches = ((match.lastgroup or "", match[0], match.start()) for match in _TOKEN.finditer(text))
    return [*(Token(*match) for match in matches if match[0] != "space"), Token("end", "", len(text))]


def check_character(token: Token) -> None:
    """Refuse a character that no token begins with."""
    if token.kind == "refused":
        default = "character {} is not allowed; remove it"
        if not token.text.isascii():
            default = "character {} is not ASCII; write it in plain characters"
        refuse(_REFUSED.get(token.text, default).format(quote(token.text)), token.start)


def check_text(text: str, example: str) -> None:
    """Refuse what is no text, is empty, or is too long."""
    if not isinstance(text, str):
        refuse(f"a text is expected, such as {example}, got {quote(str(text))}", 0)
    if len(text) > _MAX_TEXT:
        refuse(f"the text has {len(text)} characters; use at most {_MAX_TEXT}", _MAX_TEXT)
    if not text.strip():
        refuse(f"the text is empty; write something such as {example}", 0)


def clip(piece: str) -> str:
    """Return a piece of text short enough for a message."""
    return piece if len(piece) <= _MAX_QUOTE else piece[: _MAX_QUOTE - 3] + "..."


def quote(piece: str) -> str:
    """Return a clipped piece in quotes."""
    return repr(clip(piece))


def listing(names: Mapping[str, Any]) -> str:
    """Return the first few names for a message."""
    shown = [clip(name) for name in names]
    return ", ".join(shown if len(shown) <= _MAX_LISTED else [*shown[:_MAX_LISTED], "..."])


def refuse(message: str, at: int) -> NoReturn:
    """Raise the error for a message and a place in the text, counted from 0."""
    raise ParseError(f"{message} (column {at + 1})")
