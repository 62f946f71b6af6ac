"""How a model was asked for, so that the page can ask for it again: on a command line, and in a claim file."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass

from edgestab.errors import InputError
from edgestab.theory.loss import Loss
from edgestab.theory.optimizers.gradient_descent import GRADIENT_DESCENT


@dataclass(frozen=True)
class Asked:
    """The words for a model.

    Parameters
    ----------
    words : str
        Of the command line, quoted for a shell.
    entries : tuple of str
        Lines of a claim file.
    """

    words: str
    entries: tuple[str, ...]


def by_name(name: str) -> Asked:
    """Return the words for a built-in model.

    Examples
    --------
    >>> by_name("product:p**2/2-p**4/12").words
    "'product:p**2/2-p**4/12'"
    """
    return Asked(shlex.quote(name), (f"model = {json.dumps(name)}",))


def by_loss(loss: Loss, optimizer: str = GRADIENT_DESCENT.name) -> Asked | None:
    """Return the words for a loss, as we print it; None where that is not read back as the same loss.

    Examples
    --------
    >>> by_loss(Loss.parse("(1 - x*y)**2/2", "x y")).words
    "--loss '(-x*y + 1)**2/2' --params 'x y'"
    """
    text, names = str(loss.expression), " ".join(map(str, loss.parameters))
    try:
        again = Loss.parse(text, names, loss.constants)
    except InputError:
        return None
    if again.expression != loss.expression or again.domain != loss.domain:
        return None
    plain = optimizer == GRADIENT_DESCENT.name
    words = ["--loss", text, "--params", names, *([] if plain else ["--optimizer", optimizer])]
    entries = [f"loss = {json.dumps(text)}", f"parameters = {json.dumps(names)}"]
    return Asked(shlex.join(words), (*entries, *([] if plain else [f"optimizer = {json.dumps(optimizer)}"])))
