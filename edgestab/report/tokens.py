"""The words, symbols and signs of a sentence in which formulas are written in ASCII."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

GREEK: Mapping[str, str] = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "eps": "ε", "zeta": "ζ", "eta": "η",
    "theta": "θ", "iota": "ι", "kappa": "κ", "lambda": "λ", "lam": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π",
    "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ",
    "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω", "oo": "∞",
    "inf": "∞",
}  # fmt: skip
"""Names of letters."""

FUNCTIONS = frozenset(
    {"sqrt", "log", "exp", "sin", "cos", "tan", "sinh", "cosh", "tanh", "det", "tr", "grad", "arg", "log1p", "expm1"}
)
_FUNCTIONS_WHERE_CALLED = frozenset({"min", "max", "sum", "diag", "sumsq", "prod"})
_WORDS_OF_TWO = frozenset({
    "am", "an", "as", "at", "be", "by", "do", "go", "he", "if", "in", "is", "it", "me", "my", "no", "of", "on", "or",
    "so", "to", "up", "us", "vs", "we", "ie", "eg", "al", "st", "nd", "rd", "th", "ms",
})  # fmt: skip
_WORDS_OF_ONE = frozenset("aAI")
_SIDES = re.compile(r"[dnmk]|\d+")
_PATTERN = re.compile(
    r"""(?P<space>[ \n]+)
    |(?P<number>\d+(?:\.\d+)?(?:e[+-]?\d+)?)
    |(?P<name>[A-Za-z]+\d*(?:_(?:[A-Za-z0-9]+|[+-]{1,2}(?![A-Za-z0-9])|(?=\()))?'*(?![A-Za-z])(?:\*(?=$|[\s,.;:)|\]=]))?)
    |(?P<dots>\.\.\.)
    |(?P<dot>(?<=[A-Za-z0-9_)*])\.(?=[A-Za-z(]))
    |(?P<other>(?<!\S)<(?=[A-Za-z])|(?<=[\])])>(?=\s))
    |(?P<relation><=|>=|!=|/=|==|->|<-|[<>=~])
    |(?P<power>\^|\*\*)
    |(?P<below>(?<=[|)\]])_(?:[A-Za-z0-9]+|(?=\()))
    |(?P<op>\+-|[-+*/\\])
    |(?P<open>[(\[{])
    |(?P<close>[)\]}])
    |(?P<comma>,)
    |(?P<bar>\|)
    |(?P<word>[A-Za-z0-9_']+)
    |(?P<sign>.)""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a sentence: its kind, one of those that `_PATTERN` names, "symbol" or "function"; and its text."""

    kind: str
    text: str


def tokens(text: str) -> list[Token]:
    """Return the pieces of a sentence; their texts in a row are the sentence.

    Examples
    --------
    >>> [t.kind for t in tokens("a step of 2 eta")]
    ['word', 'space', 'word', 'space', 'word', 'space', 'number', 'space', 'symbol']
    """
    read = [Token(m.lastgroup or "other", m[0]) for m in _PATTERN.finditer(text)]
    return [replace(t, kind=_meaning(read, i)) if t.kind == "name" else t for i, t in enumerate(read)]


def _meaning(read: Sequence[Token], at: int) -> str:
    """Whether a name is a symbol, a function, the sign of a product or a word."""
    name = read[at].text
    after = read[at + 1].text if at + 1 < len(read) else ""
    stem = name.rstrip("'*").partition("_")[0]
    letters = stem.rstrip("0123456789")
    if letters == "sqrt":
        return "function" if stem == letters else "symbol"
    if stem in FUNCTIONS:
        return "function"
    if letters in _FUNCTIONS_WHERE_CALLED:
        before = _near(read, at, -1)
        summed = letters in ("sum", "prod") and before is not None and before.kind in ("op", "relation")
        return "function" if after == "(" or "_" in name or summed else "word"
    if letters in GREEK or (name != stem and len(letters) <= 2):
        return "symbol"
    if len(letters) == 1:
        return _letter(read, at, stem)
    if re.fullmatch(r"[xyzw]{2,4}|d[A-Z]|[A-Z][xvwu]", letters):
        return "symbol"
    hyphen = after == "-" or (at > 0 and read[at - 1].text == "-")
    two = len(letters) == 2 and letters.islower() and letters not in _WORDS_OF_TWO
    return "symbol" if two and not hyphen else "word"


def _letter(read: Sequence[Token], at: int, stem: str) -> str:
    """What a single letter is, with its digits."""
    if stem[0] == "R" and stem != "R":
        return "word"  # the results R1, R2, ...
    before, after = _near(read, at, -1), _near(read, at, 1)
    if stem == "x" and before is not None and after is not None:
        spaced = read[at - 1].kind == "space" and read[at + 1].kind == "space"
        if spaced and _SIDES.fullmatch(before.text) and _SIDES.fullmatch(after.text):
            return "op"  # n x d
    return "word" if stem in _WORDS_OF_ONE and _is_article(before, after, read, at) else "symbol"


def _is_article(before: Token | None, after: Token | None, read: Sequence[Token], at: int) -> bool:
    """Whether the letter ``a`` is the article."""
    if after is None or after.kind in ("op", "relation", "power", "comma", "close", "bar"):
        glued = after is not None and after.text == "-" and read[at + 1].kind != "space"
        return glued or (after is None and (before is None or before.kind not in ("op", "relation", "number")))
    if after.kind in ("number", "sign", "other", "open", "dots"):
        return after.kind != "sign" or after.text not in ".;:"
    if before is not None and before.kind in ("op", "relation", "power"):
        return False
    return not (after.kind == "name" and re.fullmatch(r"(?![AI]\b)[A-Za-z]\d*'*(_.*)?", after.text))


def _near(read: Sequence[Token], at: int, way: int) -> Token | None:
    """The next token before or after one that is no space."""
    at += way
    while 0 <= at < len(read):
        if read[at].kind != "space":
            return read[at]
        at += way
    return None
