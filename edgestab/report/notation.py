"""A formula written in ASCII as MathML: how it looks, not what it is worth."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edgestab.report.tokens import GREEK, Token

_SIGNS: Mapping[str, str] = {
    "-": "−", "*": "\u2062", "<=": "≤", ">=": "≥", "!=": "≠", "/=": "≠", "==": "=", "->": "→", "<-": "←", "~": "∼",
    "+-": "±", ".": "·", "\\": "∖", "x": "×",
}  # fmt: skip
_BIG = {"sum": "∑", "prod": "∏"}
_PRIMES = {1: "′", 2: "″", 3: "‴"}
_DEEPEST = 40
_NAME = re.compile(r"(?P<letters>[A-Za-z]+)(?P<digits>\d*)(?:_(?P<below>[A-Za-z0-9+-]*))?(?P<primes>'*)(?P<star>\*?)")
_DIGITS = re.compile(r"(?P<front>\d+(?:\.\d+)?)(?:e(?P<power>[+-]?\d+))?")


class Unreadable(Exception):  # it says what the text is, not that something went wrong
    """The signs do not fit together."""


def typeset(read: Sequence[Token]) -> str:
    """Return the MathML of a formula, without the element around it.

    Raises
    ------
    Unreadable
        When brackets do not match, or a sign stands where an operand has to.

    Examples
    --------
    >>> from edgestab.report.tokens import tokens
    >>> typeset(tokens("sqrt2 b^2 <= eta_0"))
    '<msqrt><mn>2</mn></msqrt><msup><mi>b</mi><mn>2</mn></msup><mo>≤</mo><msub><mi>η</mi><mn>0</mn></msub>'
    """
    reader = _Reader(read)
    found = reader.lead() + reader.row(0)
    if reader.at != len(reader.tokens):
        raise Unreadable
    return found


@dataclass
class _Atom:
    """What stands in a row, with what is below and above it at its right."""

    base: str
    below: str = ""
    above: str = ""

    @property
    def mathml(self) -> str:
        if self.below and self.above:
            return f"<msubsup>{_one(self.base)}{_one(self.below)}{_one(self.above)}</msubsup>"
        if self.below:
            return f"<msub>{_one(self.base)}{_one(self.below)}</msub>"
        return f"<msup>{_one(self.base)}{_one(self.above)}</msup>" if self.above else self.base


def _one(inside: str) -> str:
    """One element."""
    return inside if re.fullmatch(r"<(m[ino])>[^<]*</\1>", inside) else f"<mrow>{inside}</mrow>"


class _Reader:
    """Reads tokens from the left."""

    def __init__(self, read: Sequence[Token]) -> None:
        self.tokens = [t for t in read if t.kind != "space"]
        self.spaced = len(read) > 1 and read[1].kind == "space"
        self.at = 0

    @property
    def kind(self) -> str:
        """The kind of the token to be read next."""
        return self.tokens[self.at].kind if self.at < len(self.tokens) else "end"

    def next(self) -> Token:
        """Read a token."""
        if self.at == len(self.tokens):
            raise Unreadable
        self.at += 1
        return self.tokens[self.at - 1]

    def lead(self) -> str:
        """Read the sign of a formula that goes on from a line before."""
        if self.kind == "relation" or (self.kind == "op" and len(self.tokens) > 1 and self.spaced):
            return _sign(self.next()).replace("<mo>", '<mo form="infix">')
        return ""

    def row(self, depth: int) -> str:
        """Read everything up to a closing bracket."""
        if depth > _DEEPEST:
            raise Unreadable
        found = []
        while self.kind not in ("close", "end"):
            found.append(self.raised(self.atom(depth), depth).mathml)
        return "".join(found)

    def raised(self, atom: _Atom, depth: int) -> _Atom:
        """With what is written after it with ``^`` and ``_``."""
        while self.kind in ("power", "below"):
            token = self.next()
            if token.kind == "below":
                name = token.text[1:]
                atom.below += _letters(name) if name else self.group(depth)[1]
            else:
                atom.above += self.exponent(depth)
        return atom

    def exponent(self, depth: int) -> str:
        """Read what stands after ``^``."""
        if self.kind == "op":
            return _sign(self.next()) + self.atom(depth).mathml
        return self.group(depth)[1] if self.kind == "open" else self.atom(depth).mathml

    def group(self, depth: int) -> tuple[str, str, str]:
        """Read what stands in brackets, and these."""
        opening = self.next()
        inside = self.row(depth + 1)
        closing = self.next()
        if opening.kind != "open" or closing.kind != "close":
            raise Unreadable
        return opening.text, inside, closing.text

    def atom(self, depth: int) -> _Atom:
        """Read a sign, a number, a name or what stands in brackets."""
        if self.kind == "open":
            opening, inside, closing = self.group(depth)
            return _Atom(f"<mo>{opening}</mo>{inside}<mo>{closing}</mo>")
        first = self.at == 0 or self.tokens[self.at - 1].kind in ("open", "comma", "relation")
        token = self.next()
        if token.kind in ("op", "relation", "comma", "dots", "dot", "bar"):
            return _Atom(_sign(token, prefix=first))
        if token.kind == "number":
            return _Atom(_number(token.text))
        if token.kind not in ("symbol", "function"):
            raise Unreadable
        if token.text == "sqrt":
            return _Atom(f"<msqrt>{self.group(depth)[1] if self.kind == 'open' else self.atom(depth).mathml}</msqrt>")
        if token.text == "grad":
            return _Atom("<mo>∇</mo>")
        atom = self.raised(self.index(_name(token.text), token.text, depth), depth)
        if token.kind == "function" and self.kind not in ("open", "close", "end"):
            return _Atom(f'{atom.mathml}<mspace width="0.17em"></mspace>')
        return atom

    def index(self, atom: _Atom, name: str, depth: int) -> _Atom:
        """With a subscript in parentheses, as in ``Q_(l+1)``."""
        if name.endswith("_"):
            atom.below += self.group(depth)[1]
        return atom


def _sign(token: Token, *, prefix: bool = False) -> str:
    if token.kind == "bar" or token.text == "/":
        return f"<mi>{token.text}</mi>"  # as operators they would have spaces at their sides
    sign = "…" if token.kind == "dots" else _SIGNS.get(token.text, token.text)
    form = ' form="prefix"' if prefix and token.text in ("-", "+-") else ""
    return f"<mo{form}>{html.escape(sign)}</mo>"


def _number(text: str) -> str:
    match = _DIGITS.fullmatch(text)
    if match is None:
        raise Unreadable
    front, power = match["front"], match["power"]
    if power is None:
        return f"<mn>{front}</mn>"
    sign = "<mo>−</mo>" if power.startswith("-") else ""
    ten = f"<msup><mn>10</mn><mrow>{sign}<mn>{int(power.lstrip('+-'))}</mn></mrow></msup>"
    return ten if front == "1" else f"<mrow><mn>{front}</mn><mo>·</mo>{ten}</mrow>"


def _letters(text: str) -> str:
    if text[0] in "+-":
        return f"<mo>{text.replace('+-', '±').replace('-', '−')}</mo>"
    return f"<mn>{text}</mn>" if text.isdigit() else f"<mi>{GREEK.get(text, text)}</mi>"


def _name(text: str) -> _Atom:
    match = _NAME.fullmatch(text)
    if match is None:
        raise Unreadable
    letters, digits, below = match["letters"], match["digits"], match["below"] or ""
    above = f"<mo>{_PRIMES.get(len(match['primes']), '′' * len(match['primes']))}</mo>" if match["primes"] else ""
    above += "<mo>*</mo>" if match["star"] else ""
    if letters == "sqrt":
        return _Atom(f"<msqrt><mn>{digits}</mn></msqrt>", "", above)
    if letters not in GREEK and re.fullmatch(r"[xyzw]{2,4}|d[a-zA-Z]|[A-Z][xvwu]", letters):
        base = "".join(f"<mi>{c}</mi>" for c in letters)
    elif re.fullmatch("[a-z]c", letters) and not below:
        base, below = f"<mi>{letters[0]}</mi>", "c"
    elif letters in _BIG:
        base = f"<mo>{_BIG[letters]}</mo>"
    else:
        base = f"<mi>{GREEK.get(letters, letters)}</mi>"
    under = digits + below
    return _Atom(base, _letters(under) if under else "", above)
