"""The built-in models, found by name."""

from __future__ import annotations

from collections.abc import Callable

from edgestab.errors import InputError
from edgestab.theory.models.base import Model
from edgestab.theory.models.chain import balanced, chain, frozen_cubic
from edgestab.theory.models.product import P, product
from edgestab.theory.models.quartic import degree_two, quartic
from edgestab.theory.models.self_stabilization import spring_of_text
from edgestab.theory.models.vector import vector
from edgestab.theory.text.grammar import parse_expression


def _integers(text: str) -> tuple[int, ...]:
    try:
        values = tuple(int(t) for t in text.split(","))
    except ValueError:
        values = ()
    if not values or any(not 1 <= v <= 32 for v in values):
        raise InputError(f"expected numbers from 1 to 32 separated by commas after the colon, got {text[:20]!r}")
    return values


def _integer(text: str) -> int:
    values = _integers(text)
    if len(values) != 1:
        raise InputError(f"expected one number after the colon, got {text[:20]!r}")
    return values[0]


def _product_of_text(text: str) -> Model:
    outer = parse_expression(text, {"p": P})
    return product(outer, f"product:{text}", f"L = l(x y) with l(p) = {text}", "results R2 and R8")


MODELS: dict[str, tuple[str, Callable[[str], Model]]] = {
    "quartic": ("coupled four-layer scalar network", lambda _: quartic()),
    "degree-2": ("two-layer scalar network", lambda _: degree_two()),
    "chain": ("scalar chain in groups of equal layers, e.g. chain:1,2", lambda t: chain(_integers(t))),
    "balanced": ("balanced scalar chain of a depth, e.g. balanced:3", lambda t: balanced(_integer(t))),
    "product": ("L = l(x y) for a polynomial l(p), e.g. product:p**2/2-p**4/12", _product_of_text),
    "vector": (
        "vector model of Theorem 3.2 in a dimension, e.g. vector:3",
        lambda t: vector(_integer(t)),
    ),
    "frozen-cubic": ("frozen-s cubic d' = d (1 + s - s d^2)", lambda _: frozen_cubic()),
    "spring": (
        "spring toy L = (a + b z) x^2/2 + mu (z - c)^2/2 by a,b,c,mu, e.g. spring:1,1,3,1/4",
        spring_of_text,
    ),
}
"""For each name, what it is and how it is made from the text after the colon."""

_PLAIN = frozenset({"quartic", "degree-2", "frozen-cubic"})


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
    kind, colon, rest = name.partition(":")
    if kind not in MODELS:
        raise InputError(f"unknown model {name[:40]!r}; the models are {', '.join(MODELS)}")
    if (kind in _PLAIN) == bool(colon):
        raise InputError(f"model {kind!r} {'takes nothing after its name' if colon else 'needs a colon and its size'}")
    return MODELS[kind][1](rest)
