"""What the page shows first: which variables are its axes, over which windows, and the values of all others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import sympy as sp

from edgestab.errors import InputError
from edgestab.numerics.orbits.ordinary_step import ordinary_step_size
from edgestab.numerics.orbits.staying import stay
from edgestab.theory.models.base import Model
from edgestab.theory.symbols import ETA

Ends = tuple[Fraction, Fraction]

WINDOW = (Fraction(-3), Fraction(3))
"""The interval of a coordinate of which nothing else is said."""

FIRST = tuple(Fraction(k, 24) for k in (22, 21, 20, 19, 18, 17, 16, 15, 14, 13))
"""Where in its interval the first coordinate of the start may lie: the first of these whose orbit stays is taken."""

ALONE = (Fraction(3, 5),)
"""Where a coordinate that is alone lies."""

OTHER = Fraction(11, 20)
"""Where in their intervals the other coordinates lie."""

LARGEST = 10**12
"""The largest number that a page shows."""

STEPS = 300
"""Steps of the orbit that is drawn."""


@dataclass(frozen=True)
class View:
    """What is shown first.

    Parameters
    ----------
    x, y : Symbol
        The axes of the picture of basins.
    values : mapping of Symbol to Fraction
        Of every coordinate of the start and every parameter.
    ranges : mapping of Symbol to (Fraction, Fraction)
        The interval of each, which its axis or its slider covers.
    """

    x: sp.Symbol
    y: sp.Symbol
    values: Mapping[sp.Symbol, Fraction]
    ranges: Mapping[sp.Symbol, Ends]


def coordinates_of(model: Model) -> tuple[sp.Symbol, ...]:
    """Return the coordinates in which starts are chosen: what else a step carries begins where they say."""
    carried = {c.symbol for c in model.own.step.carried}
    return tuple(s for s in model.own.step.state if s not in carried)


def view_of(model: Model, values: Mapping[sp.Symbol, Fraction], windows: Mapping[sp.Symbol, Ends]) -> View:
    """Return the first view of a model.

    Parameters
    ----------
    model : Model
        What is iterated.
    values : mapping of Symbol to Fraction
        Those that were given.
    windows : mapping of Symbol to (Fraction, Fraction)
        The intervals that were given; the first two are the axes, in their order.

    Raises
    ------
    InputError
        When a name is none of the model's, or a step size is not positive.

    Examples
    --------
    >>> from edgestab.theory.models.catalogue import model
    >>> view = view_of(model("quartic"), {}, {})
    >>> view.x, view.y, view.values[ETA]
    (x, y, Fraction(1, 5))
    """
    state, parameters = coordinates_of(model), model.own.step.parameters
    for given in (*values, *windows):
        if given not in state and given not in parameters:
            names = ", ".join(map(str, (*state, *parameters)))
            raise InputError(f"{given} is no coordinate or parameter of this model, which has {names}: leave it out")
    if (ETA in values and values[ETA] <= 0) or (ETA in windows and windows[ETA][0] < 0):
        raise InputError("step size must be positive and finite: give positive ones")
    _require_shown([*values.values(), *(end for ends in windows.values() for end in ends)])
    ranges = {s: windows.get(s, WINDOW) for s in state}
    found = {p: values.get(p, Fraction(1)) for p in parameters}
    if ETA in parameters and ETA not in values:
        found[ETA] = _step_size(model, ranges, found)
    ranges |= {p: windows.get(p, _around(v, p == ETA)) for p, v in found.items()}
    starts = _start(model, ranges, {**found, **values})
    axes = [*windows, *(s for s in (*state, *parameters) if s not in windows)]
    # Over one coordinate the parameter runs to the right, as in an orbit diagram.
    x, y = (parameters[0], state[0]) if len(state) == 1 and not windows and parameters else (axes[0], axes[1])
    return View(x, y, {**starts, **found, **values}, ranges)


def _start(
    model: Model, ranges: Mapping[sp.Symbol, Ends], values: Mapping[sp.Symbol, Fraction]
) -> dict[sp.Symbol, Fraction]:
    """A start whose orbit does not leave at once, if one of a few does not."""
    step, (first, *others) = model.own.step, coordinates_of(model)
    rest = {s: values.get(s, _at(ranges[s], OTHER)) for s in others}
    shares = FIRST if others else ALONE
    candidates = [values[first]] if first in values else [_at(ranges[first], share) for share in shares]
    carried = {c.symbol: c.start for c in step.carried}
    starts = []
    for candidate in candidates:
        at = {s: sp.Rational(v) for s, v in {**rest, first: candidate}.items()}
        starts.append([float(carried.get(s, s).xreplace(at)) for s in step.state])
    near = stay(step, np.array(starts).T, {p: float(values[p]) for p in step.parameters})
    return {first: candidates[int(np.argmax(near))], **rest}


def _require_shown(numbers: Sequence[Fraction]) -> None:
    """Refuse numbers that the page could not read."""
    beyond = [v for v in numbers if abs(v) > LARGEST or v.denominator > LARGEST**4]
    if beyond:
        raise InputError(f"a page shows numbers up to {LARGEST:.0e}, of at most 48 places, got {float(beyond[0]):g}")


def _step_size(model: Model, ranges: Mapping[sp.Symbol, Ends], constants: Mapping[sp.Symbol, Fraction]) -> Fraction:
    loss = model.loss
    if loss is None or not all(p in ranges for p in loss.parameters):
        return Fraction(1, 10)
    return ordinary_step_size(loss, [ranges[p] for p in loss.parameters], constants)


def _around(value: Fraction, is_step: bool) -> Ends:
    """The range of a parameter, by its first value."""
    if is_step:
        return Fraction(0), 3 * value
    return (Fraction(-1), Fraction(1)) if value == 0 else (min(2 * value, Fraction(0)), max(2 * value, Fraction(0)))


def _at(ends: Ends, share: Fraction) -> Fraction:
    return Fraction(round((ends[0] + share * (ends[1] - ends[0])) * 1000), 1000)
