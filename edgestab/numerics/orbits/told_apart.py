"""Isolated minima told apart: those that orbits reach from a few starts, proved, named, and put into the model.

Of a loss whose minima are not known by its form only the gradient is known to vanish at them, and all are one set.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from edgestab.numerics.orbits.classify import outcomes_of
from edgestab.numerics.orbits.follow import Rules, follow
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.orbits.stopping import SAME, stopped
from edgestab.numerics.rigorous.isolated import DIGITS, minimum_beside, named_minimum
from edgestab.numerics.rigorous.krawczyk import Zero
from edgestab.theory.loss import Loss
from edgestab.theory.models.base import LimitSet, Model, gradient_norm

Array = NDArray[np.float64]

PILOT = 576
"""How many orbits are followed to find minima: one that draws few of the starts may be missed, and its orbits then end
at "another minimum"."""

MOST = 48
"""The most minima that are named, those that most orbits reach."""

ANOTHER = "another minimum"
"""What the set of all other minima is called."""


def can_be_told_apart(model: Model) -> bool:
    """Return whether orbits of a model may end at isolated minima that do not depend on what varies."""
    return model.loss is not None and not model.loss.constants and len(model.coordinates) == 1


def told_apart(model: Model, starts: Array, values: Mapping[sp.Symbol, Array], rules: Rules) -> Model:
    """Return the model with the isolated minima that orbits reach from some starts as sets of their own.

    Parameters
    ----------
    model : Model
        One without charts and constants; another is returned as it is.
    starts : ndarray, shape (n_state, n)
        In the model's own coordinates.
    values : mapping
        For each parameter of the step its values on the orbits, of shape (n,).
    rules : Rules
        Budget and radius.

    Examples
    --------
    >>> from edgestab.theory.models.of_loss import model_of_loss
    >>> from edgestab.theory.symbols import ETA
    >>> wells = model_of_loss(Loss.parse("(x**2 - 1)**2/4 + x/10", "x"))
    >>> found = told_apart(wells, np.array([[-1.5, 0.8, 1.2]]), {ETA: np.full(3, 0.2)}, Rules())
    >>> [s.name for s in found.minima]
    ['x = -1.04668', 'x = 0.945649', 'another minimum']
    """
    loss = model.loss
    if loss is None or not can_be_told_apart(model):
        return model
    limits, size = _limits(model, starts, values, rules)
    zeros: list[tuple[int, Zero]] = []
    while limits.shape[1]:
        first = limits[:, 0]
        near = np.linalg.norm(limits - first[:, None], axis=0) <= SAME * np.maximum(size, size[0])
        zero = minimum_beside(loss, first.tolist())
        if zero is not None:
            zeros.append((int(near.sum()), zero))
        limits, size = limits[:, ~near], size[~near]
    if not zeros:
        return model
    kept = [zero for _, zero in sorted(zeros, key=lambda z: -z[0])[:MOST]]
    gradient = gradient_norm(loss)
    known = [s for s in model.minima if s.residual != gradient]
    return replace(model, minima=(*known, *_named(loss, kept), LimitSet(ANOTHER, gradient)))


def _limits(model: Model, starts: Array, values: Mapping[sp.Symbol, Array], rules: Rules) -> tuple[Array, Array]:
    """The isolated limits of the orbits that converge, in the loss's parameters, and the sizes of their orbits."""
    orbits = follow(model.own, starts, values, rules, shared=False)
    outcomes = outcomes_of(model, model.own, orbits, starts, values)
    index = np.flatnonzero(outcomes.columns["status"] == Status.CONVERGED)
    found = stopped(model, outcomes.own[:, index], {p: v[index] for p, v in values.items()}, starts[:, index])
    gradient = [n for n, s in enumerate(model.minima) if model.loss and s.residual == gradient_norm(model.loss)]
    isolated = found.attracting & np.isin(found.place, [-1, *gradient])
    n = len(model.loss.parameters) if model.loss else 0
    limits = found.limit[:n, isolated]
    sizes = np.maximum(np.linalg.norm(limits, axis=0), np.linalg.norm(starts[:n, index][:, isolated], axis=0))
    return limits, sizes


def _named(loss: Loss, zeros: list[Zero]) -> list[LimitSet]:
    """The minima in the order of their coordinates, with as many digits as make their names differ."""
    ordered = sorted(zeros, key=lambda z: [float(x.mid()) for x in z.point])
    for digits in range(DIGITS, 17):
        sets = [named_minimum(loss, z, digits) for z in ordered]
        if len({s.name for s in sets}) == len(sets):
            break
    return sets
