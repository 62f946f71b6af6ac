"""The models every conformance test passes over, and points of their domains to test at."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from edgestab.numerics.printers import reference
from edgestab.numerics.programs.program import program_of
from edgestab.theory.models.base import Coordinates, Model
from edgestab.theory.models.catalogue import MODELS, model
from edgestab.theory.symbols import symbol

NAMES = tuple(f"{kind}:{text}" if text else kind for kind, entry in MODELS.items() for text in entry.examples)
"""Every built-in model, in more than one size where it has sizes."""

ORDERED = ("quartic", "degree-2", "product:p**2/2-p**4/12", "product:p**2/2-p**3/15-p**4/12")
"""Losses of xy: their charts are bijections for x > y > 0."""

cached = functools.cache(model)
"""A built-in model by name, made once: building one differentiates and factors."""

COORDINATES = tuple((name, i) for name in NAMES for i in range(len(cached(name).coordinates)))
"""A model's name and the number of one of its coordinate systems."""

eta, frozen_s = symbol("eta"), symbol("s")


def sources(m: Model, count: int, seed: int) -> NDArray[np.float64]:
    """Points in a model's own coordinates, shape (n, count): positive, and x > y > 0 where charts ask for it."""
    generator = np.random.default_rng(seed)
    points = generator.uniform(0.2, 1.6, (len(m.own.step.state), count))
    if m.name in ORDERED:
        points[0] = points[1] + generator.uniform(0.1, 2.5, count)
    return points


def evaluated(
    expressions: Sequence[sp.Expr], values: Mapping[sp.Symbol, NDArray[np.float64] | float]
) -> NDArray[np.float64]:
    """Expressions on named arrays, shape (len(expressions), count), by the NumPy reference."""
    found = reference.evaluate(program_of(expressions, tuple(values)), list(values.values()))
    return np.array(found)


def charted(
    m: Model, where: Coordinates, own: NDArray[np.float64], parameters: Mapping[sp.Symbol, NDArray[np.float64] | float]
) -> NDArray[np.float64]:
    """Points of a model's own coordinates, in other coordinates."""
    if where.chart is None:
        return own.copy()
    return evaluated(where.chart.forward, {**dict(zip(m.own.step.state, own, strict=True)), **parameters})


def uncharted(
    where: Coordinates, state: NDArray[np.float64], parameters: Mapping[sp.Symbol, NDArray[np.float64] | float]
) -> NDArray[np.float64]:
    """Points of other coordinates, in the model's own."""
    if where.chart is None:
        return state.copy()
    return evaluated(where.chart.inverse, {**dict(zip(where.step.state, state, strict=True)), **parameters})
