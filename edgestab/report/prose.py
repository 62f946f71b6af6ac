"""Sentences with formulas in them, as HTML: what is written as ``2/eta - a0^2`` is typeset, all else is text.

Statements, lemmas and evidence write mathematics in ASCII. Nothing is evaluated here, and nothing of the text becomes
an element: every letter goes through `html.escape`, and the tags are those of this file.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

from edgestab.report.notation import Unreadable, typeset
from edgestab.report.relations import CLAIM_ID
from edgestab.report.tokens import Token, tokens

_LONGEST = 20_000
"""Characters above which a text is shown as it is."""

_SHORT = 22
"""Characters of a formula that stays on one line."""

_FARTHEST = 400
"""Tokens of the longest formula: a bracket that nothing closes is not looked for beyond."""

_LEAST = 4
"""Characters that are not left alone at the end of a line."""

_SIGNS: Mapping[str, str] = {"<=": "≤", ">=": "≥", "!=": "≠", "->": "→", "<-": "←"}
_FORMULA = frozenset({"symbol", "function", "relation", "power"})
_INSIDE = frozenset({"symbol", "number", "function", "op", "relation", "power", "below", "dots"})
_OPERANDS = frozenset({"symbol", "number", "close", "dots", "bar", "below"})


def prose(text: str, links: Mapping[str, str] | None = None) -> str:
    """Return a sentence as HTML, with its formulas in MathML and the ids of claims as links.

    Parameters
    ----------
    text : str
        Any text.
    links : mapping of str to str, optional
        Where the claims are, by their ids.

    Examples
    --------
    >>> prose("the sharpness is below 2/eta")
    'the sharpness is below <math><mn>2</mn><mi>/</mi><mi>η</mi></math>'
    >>> prose("as in zhu2023.R4 & elsewhere", {"zhu2023.R4": "#r4"})
    'as in <a href="#r4">zhu2023.R4</a> &amp; elsewhere'
    """
    if len(text) > _LONGEST:
        return html.escape(text)
    found, at = [], 0
    for match in CLAIM_ID.finditer(text):
        target = (links or {}).get(match[0])
        if target is None:
            continue
        found += [_formulas(text[at : match.start()]), f'<a href="{html.escape(target)}">{html.escape(match[0])}</a>']
        at = match.end()
    return "".join([*found, _formulas(text[at:])])


def _formulas(text: str) -> str:
    """A text without links: its formulas typeset."""
    read = tokens(text)
    found, at = [], 0
    while at < len(read):
        stop = _end(read, at)
        if stop <= at:
            found.append(html.escape(_SIGNS.get(read[at].text, read[at].text)))
            at += 1
            continue
        found.append(_run(read[at:stop]))
        at = stop
    return "".join(found)


def _run(read: Sequence[Token]) -> str:
    plain = html.escape("".join(t.text for t in read))
    if not any(t.kind in _FORMULA or t.text in "+*" for t in read):
        return plain  # a number, a fraction, a pair of numbers
    try:
        return "".join(f"<math>{typeset(piece)}</math>" for piece in _pieces(read))
    except Unreadable:
        return plain


def _pieces(read: Sequence[Token]) -> list[Sequence[Token]]:
    """A long formula in pieces between which a line may end: browsers do not break one."""
    if _length(read) <= _SHORT:
        return [read]
    depth, bars, start, found = 0, 0, 0, []
    for at, token in enumerate(read):
        top = depth == 0 and bars % 2 == 0 and at > start
        depth += (token.kind == "open") - (token.kind == "close")
        bars += token.kind == "bar"
        before = _length(read[start:at])
        if top and ((before > _LEAST and _is_infix(read, at)) or (before > _SHORT and _is_factor(read, at))):
            found.append(read[start:at])
            start = at
    return [*found, read[start:]]


def _is_infix(read: Sequence[Token], at: int) -> bool:
    """Whether a relation or a sum goes on here."""
    return read[at - 1].kind == "space" and (read[at].kind == "relation" or read[at].text in ("+", "-"))


def _is_factor(read: Sequence[Token], at: int) -> bool:
    """Whether another factor in brackets, or a divisor, begins here."""
    return read[at].text == "/" or (read[at].kind == "open" and read[at - 1].kind in ("close", "space"))


def _length(read: Sequence[Token]) -> int:
    return sum(len(t.text) for t in read)


def _end(read: Sequence[Token], start: int) -> int:
    """Where the formula that begins at a token ends; `start` where none does."""
    if not _begins(read, start):
        return start
    open_: list[str] = []
    bars = 0
    last = start  # the end of the longest formula seen so far whose brackets are closed
    before: Token | None = None
    at, stop = start, min(len(read), start + _FARTHEST)
    while at < stop:
        token = read[at]
        spaced = token.kind == "space"
        if spaced:
            at += 1
            if at == stop:
                break
            token = read[at]
        if token.kind == "open":
            open_.append(token.text)
        elif token.kind == "close":
            if not open_ or (open_[-1] == "{") != (token.text == "}"):
                break
            open_.pop()
        elif token.kind == "bar":
            bars += 1
        elif token.kind == "comma":
            if not open_:
                break
        elif token.kind == "dot":
            after = read[at + 1].kind if at + 1 < len(read) else "end"
            if before is None or before.kind not in ("symbol", "close") or after not in ("symbol", "function", "open"):
                break
        elif token.kind not in _INSIDE or _is_another_number(token, before, spaced):
            break
        at += 1
        before = token
        complete = token.kind in _OPERANDS
        if complete and not open_ and bars % 2 == 0:
            last = at
    return last


def _is_another_number(token: Token, before: Token | None, spaced: bool) -> bool:
    """Whether a number follows an operand, as in a list."""
    return token.kind == "number" and spaced and before is not None and before.kind in _OPERANDS


def _begins(read: Sequence[Token], at: int) -> bool:
    kind = read[at].kind
    if kind in ("symbol", "number", "function", "open", "bar"):
        return True
    after = read[at + 1].kind if at + 1 < len(read) else "end"
    glued = at == 0 or read[at - 1].kind in ("space", "open", "comma")
    return read[at].text == "-" and glued and after in ("symbol", "number", "function", "open")
