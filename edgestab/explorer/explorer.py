"""The explorer of a model, to be shown in a notebook or saved as a page."""

from __future__ import annotations

import html
import os
from dataclasses import dataclass, field
from pathlib import Path

from edgestab.explorer.asked import Asked, by_loss, by_name
from edgestab.explorer.page import page_of
from edgestab.explorer.view import Ends, view_of
from edgestab.numerics.inputs import exact
from edgestab.numerics.storage.atomic import replacing
from edgestab.theory.loss import Loss
from edgestab.theory.models.base import Model
from edgestab.theory.models.catalogue import model as model_called
from edgestab.theory.models.of_loss import model_of_loss
from edgestab.theory.symbols import symbol
from edgestab.verbs import Number

HEIGHT = 900
"""Pixels of a page within a notebook."""


@dataclass(frozen=True)
class Explorer:
    """A page that computes what is looked at, in the browser.

    Parameters
    ----------
    title : str
        What it is of.
    page : str
        The whole page; it needs no network and no server.
    """

    title: str
    page: str = field(repr=False)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the page into a file, and return its path."""
        with replacing(Path(path)) as out:
            out.write(self.page.encode())
        return Path(path)

    def _repr_html_(self) -> str:
        return (
            f'<iframe title="{html.escape(self.title)}" srcdoc="{html.escape(self.page)}" allow="clipboard-write" '
            f'style="width: 100%; height: {HEIGHT}px; border: 0"></iframe>'
        )


def explore(given: Model | Loss | str, /, **variables: Number | tuple[Number, Number]) -> Explorer:
    """Return the explorer of a model: its basins, orbit diagram and phase portrait, computed as one looks.

    Parameters
    ----------
    given : Model, Loss or str
        What is iterated; a text names a built-in model. A loss is descended by gradient descent.
    **variables : number or pair of numbers
        The value of a coordinate of the start or of a parameter; or a pair (low, high), its interval: the first two
        pairs are the axes of the picture. Everything can be changed in the page.

    Raises
    ------
    InputError
        When a name is none of the model's, or the page has no programs for its step.

    Examples
    --------
    >>> explore("quartic", eta=0.2, x=(3, 3.4), y=(0.1, 0.5))
    Explorer(title='coupled four-layer scalar network, L = (1 - x^2 y^2)^2 / 4')
    """
    asked: Asked | None = None
    if isinstance(given, str):
        of, asked = model_called(given), by_name(given)
    elif isinstance(given, Loss):
        of, asked = model_of_loss(given), by_loss(given)
    else:
        of = given
    pairs = {n: v for n, v in variables.items() if isinstance(v, tuple | list)}
    windows: dict[str, Ends] = {n: (exact(low, n), exact(high, n)) for n, (low, high) in pairs.items()}
    values = {n: exact(v, n) for n, v in variables.items() if n not in pairs}
    view = view_of(of, {symbol(n): v for n, v in values.items()}, {symbol(n): w for n, w in windows.items()})
    return Explorer(of.title, page_of(of, view, asked))
