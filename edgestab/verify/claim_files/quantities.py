"""What claim files may name of a model: its loss, its sharpness, and the sharpness that gradient flow ends with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import sympy as sp
from sympy.core.relational import Relational

from edgestab.errors import InputError
from edgestab.theory.models.base import Model
from edgestab.theory.relations import mapped
from edgestab.theory.symbols import symbol
from edgestab.theory.text.meanings import Meaning

E = TypeVar("E", bound=sp.Basic)

NAMES = ("loss", "sharpness", "gfs_sharpness")


def with_quantities(expression: E, model: Model, known: Mapping[str, Meaning]) -> E:
    """Return an expression with the names of quantities replaced by what they are in the model's own coordinates.

    A parameter or constant that a user calls by one of these names stays what it is.

    Raises
    ------
    InputError
        When the model has no such quantity as an expression.

    Examples
    --------
    >>> from edgestab.theory.models.catalogue import model
    >>> names = names_with_quantities({})
    >>> with_quantities(names["loss"], model("degree-2"), {})
    (-x*y + 1)**2/2
    """
    given = {n: symbol(n) for n in NAMES if n not in known}
    values = {s: _quantity(n, model) for n, s in given.items() if s in expression.free_symbols}
    if isinstance(expression, Relational):
        found: E = mapped(expression, lambda side: side.xreplace(values))
    else:
        found = expression.xreplace(values)
    return found


def names_with_quantities(known: Mapping[str, Meaning]) -> Mapping[str, Meaning]:
    """Return the names that a text may use: those known, and those of quantities."""
    return {**{n: symbol(n) for n in NAMES}, **known}


def _quantity(name: str, model: Model) -> sp.Expr:
    found = None
    if name == "gfs_sharpness":
        found = model.own.gfs_sharpness
    elif model.loss is not None:
        found = model.loss.value if name == "loss" else model.loss.sharpness
    if found is None:
        few = ", of more than two parameters," if name == "sharpness" and model.loss is not None else ""
        raise InputError(f"{model.name}{few} has no {name} as an expression: write the quantity out")
    return found
