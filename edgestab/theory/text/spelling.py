"""What a word that nobody knows may have meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def near(word: str, known: Iterable[str], most: int = 3) -> list[str]:
    """Return the known words that a word is close to: by its letters, or because one holds the other.

    Examples
    --------
    >>> near("quartc", ["quartic", "degree-2"]), near("nesterov-momentum", ["nesterov", "adam"])
    (['quartic'], ['nesterov'])
    """
    written = {k.lower(): k for k in known}
    asked = word.strip().lower()[:80]
    alike = difflib.get_close_matches(asked, written, n=most)
    if alike:  # those that are about as close as the closest
        closest = _likeness(asked, alike[0])
        return [written[k] for k in alike if _likeness(asked, k) > closest - 0.05]
    if len(asked) < 3:
        return []
    return [written[k] for k in written if asked in k or (len(k) > 2 and k in asked)][:most]


def _likeness(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one, other).ratio()


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """Return the end of a sentence that asks whether a close word was meant, or else `otherwise`.

    Examples
    --------
    >>> did_you_mean("hessain", ["gradient", "hessian"])
    '; did you mean hessian?'
    """
    found = near(word, known)
    if found:
        return f"; did you mean {' or '.join(found)}?"
    return f"; {otherwise}" if otherwise else ""
