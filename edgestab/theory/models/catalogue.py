"""The built-in models, found by name; a family's file is imported when one of its models is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from edgestab.errors import InputError
from edgestab.theory.text.spelling import did_you_mean

if TYPE_CHECKING:
    from edgestab.theory.models.base import Model


def integers(text: str) -> tuple[int, ...]:
    """Return the numbers from 1 to 32 of a text that separates them by commas."""
    try:
        values = tuple(int(t) for t in text.split(","))
    except ValueError:
        values = ()
    if not values or any(not 1 <= v <= 32 for v in values):
        raise InputError(f"expected numbers from 1 to 32 separated by commas after the colon, got {text[:20]!r}")
    return values


def integer(text: str) -> int:
    """Return the one number from 1 to 32 of a text."""
    values = integers(text)
    if len(values) != 1:
        raise InputError(f"expected one number after the colon, got {text[:20]!r}")
    return values[0]


@dataclass(frozen=True)
class BuiltIn:
    """A line of the catalogue.

    Parameters
    ----------
    title : str
        What it is.
    home : str
        The file in `edgestab.theory.models` and the function in it that makes the model.
    read : callable, optional
        From the text after the colon to what that function takes; without it the name stands alone.
    examples : tuple of str
        Texts after the colon, of different sizes: the suite passes over these models.
    """

    title: str
    home: str
    read: Callable[[str], Any] | None = None
    examples: tuple[str, ...] = ("",)


MODELS: Mapping[str, BuiltIn] = {
    "quartic": BuiltIn("coupled four-layer scalar network", "quartic.quartic"),
    "degree-2": BuiltIn("two-layer scalar network", "quartic.degree_two"),
    "chain": BuiltIn(
        "scalar chain in groups of equal layers, e.g. chain:1,2",
        "chain.chain",
        integers,
        ("1,1", "1,2", "2,2", "1,3", "1,1,1"),
    ),
    "balanced": BuiltIn(
        "balanced scalar chain of a depth, e.g. balanced:3", "chain.balanced", integer, ("2", "3", "4", "5")
    ),
    "product": BuiltIn(
        "L = l(x y) for a polynomial l(p), e.g. product:p**2/2-p**4/12",
        "product.product_of_text",
        str,
        ("p**2/2-p**4/12", "p**2/2-p**3/15-p**4/12"),
    ),
    "vector": BuiltIn(
        "vector model of Theorem 3.2 in a dimension, e.g. vector:3", "vector.vector", integer, ("1", "2", "3")
    ),
    "frozen-cubic": BuiltIn("frozen-s cubic d' = d (1 + s - s d^2)", "chain.frozen_cubic"),
    "cubic-map": BuiltIn("cubic map z' = z^3 + (a - 2) z^2 + (1 - 2 a) z of a residual", "cubic_map.cubic_map"),
    "uv-model": BuiltIn("two-layer linear network on one example, in p, q with a parameter a", "uv.uv_model"),
    "factorization": BuiltIn(
        "matrix factorization |W_L ... W_1 - M|_F^2 / 2 by its widths, e.g. factorization:2,2,2",
        "factorization.factorization",
        integers,
        ("2,2,2",),
    ),
    "spring": BuiltIn(
        "spring toy L = (a + b z) x^2/2 + mu (z - c)^2/2 by a,b,c,mu, e.g. spring:1,1,3,1/4",
        "self_stabilization.spring_of_text",
        str,
        ("1,1,2,1/2",),
    ),
}
"""The built-in models by the name before the colon."""


def model(name: str) -> Model:
    """Return a built-in model by name: ``quartic``, ``chain:1,2``, ``balanced:3``, ``product:p**2/2-p**4/12`` ...

    Raises
    ------
    InputError
        When there is no such model, with the names that exist.

    Examples
    --------
    >>> model("quartic").own.sharpness
    2*x**2 + 2*y**2
    """
    kind, colon, rest = str(name).partition(":")
    if kind not in MODELS:
        listed = f"the models are {', '.join(MODELS)}"
        raise InputError(f"unknown model {str(name)[:40]!r}{did_you_mean(kind, MODELS, listed)}")
    entry = MODELS[kind]
    if (entry.read is None) == bool(colon):
        example = f"{kind}:{entry.examples[-1]}"
        says = "takes nothing after its name" if colon else f"needs a colon and what comes after it, such as {example}"
        raise InputError(f"model {kind!r} {says}")
    file, _, function = entry.home.partition(".")
    make: Callable[..., Model] = getattr(import_module(f"edgestab.theory.models.{file}"), function)
    return make() if entry.read is None else make(entry.read(rest))
