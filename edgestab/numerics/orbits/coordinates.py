"""Values of expressions on named arrays, and states from one system of coordinates to another."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from edgestab.numerics.printers import reference
from edgestab.numerics.programs.program import Program, program_of
from edgestab.theory.chart import Chart
from edgestab.theory.models.base import Coordinates, Model
from edgestab.theory.relations import compare

Array = NDArray[np.float64]


@functools.lru_cache(maxsize=512)
def _program(expressions: tuple[sp.Expr, ...], inputs: tuple[sp.Symbol, ...]) -> Program:
    return program_of(expressions, inputs)


def evaluate(expressions: Sequence[sp.Expr], values: Mapping[sp.Symbol, Array | float]) -> list[Array]:
    """Evaluate expressions in float64 on named arrays."""
    finite = tuple(sp.S(0) if e.is_infinite else e for e in expressions)
    used = {s for e in finite for s in e.free_symbols}
    inputs = tuple(s for s in values if s in used) or tuple(values)[:1]
    found = reference.evaluate(_program(finite, inputs), [values[s] for s in inputs])
    shape = np.broadcast_shapes(*(np.shape(v) for v in values.values()))
    # An infinite end of a window is no number a program can hold.
    ends = [float(e) if e.is_infinite else 0.0 for e in expressions]
    return [np.broadcast_to(f + end, shape).copy() for f, end in zip(found, ends, strict=True)]


def to_coordinates(model: Model, where: Coordinates, starts: Array, values: Mapping[sp.Symbol, Array]) -> Array:
    """Return starts given in the model's own coordinates, in other coordinates."""
    if where.chart is None:
        return np.array(starts, dtype=np.float64)
    named = {**dict(zip(model.own.step.state, starts, strict=True)), **values}
    return np.array(evaluate(where.chart.forward, named))


def to_own(where: Coordinates, state: Array, values: Mapping[sp.Symbol, Array], starts: Array) -> Array:
    """Return a state given in other coordinates, in the model's own.

    The chart's inverse gives a point of its domain. A start outside the domain was carried into it by one of
    the chart's symmetries, and the state is carried back by the same one. (For a loss of xy that is exact while
    ``|eta l'(xy)| < 1``, as in the trapping region R1: then no step exchanges the roles of x and y.)
    """
    chart = where.chart
    if chart is None:
        return np.array(state)
    inside = np.array(
        evaluate(_rounded_inverse(chart.inverse), {**dict(zip(where.step.state, state, strict=True)), **values})
    )
    own = inside.copy()
    missing = ~_in_domain(chart, starts, values)
    for symmetry in chart.symmetries:
        image = np.array(evaluate(symmetry, dict(zip(chart.source, starts, strict=True))))
        carried = missing & _in_domain(chart, image, values)
        back = np.array(evaluate(symmetry, dict(zip(chart.source, inside, strict=True))))
        own[:, carried] = back[:, carried]
        missing &= ~carried
    return own


@functools.lru_cache(maxsize=64)
def _rounded_inverse(inverse: tuple[sp.Expr, ...]) -> tuple[sp.Expr, ...]:
    """The inverse of a chart, with the square root of what is 0 at the edge of its domain and rounds below 0."""

    def real(power: sp.Pow) -> sp.Expr:
        return sp.sqrt(sp.Max(power.base, 0))

    return tuple(e.replace(lambda p: p.is_Pow and p.exp is sp.S.Half, real) for e in inverse)


EDGE = 1e-6
"""How near the edge of a chart's domain, in units of itself, a start lies whose orbit the chart may not tell from
others: the coordinates are quadratic there, and a distance is lost in them whose square is within rounding."""


def is_at_the_edge(where: Coordinates, starts: Array, values: Mapping[sp.Symbol, Array]) -> NDArray[np.bool_]:
    """Return which starts lie at the edge of the domain of a chart, or of all its images, where it is not precise."""
    chart, count = where.chart, starts.shape[1]
    if chart is None or not chart.domain:
        return np.zeros(count, bool)
    inside = np.full(count, -np.inf)
    for symmetry in (chart.source, *chart.symmetries):
        image = dict(zip(chart.source, evaluate(symmetry, dict(zip(chart.source, starts, strict=True))), strict=True))
        sides = [s for r in chart.domain for s in (r.gts, r.lts)]
        found = evaluate(sides, {**image, **values})
        inside = np.maximum(inside, np.min([a - b for a, b in zip(found[::2], found[1::2], strict=True)], axis=0))
    return np.asarray(inside <= EDGE * np.abs(starts).max(axis=0))


def _in_domain(chart: Chart, points: Array, values: Mapping[sp.Symbol, Array]) -> NDArray[np.bool_]:
    named = {**dict(zip(chart.source, points, strict=True)), **values}
    inside = np.ones(points.shape[1], dtype=bool)
    for relation in chart.domain:
        inside &= compare(relation, *evaluate([relation.lhs, relation.rhs], named))
    return inside
