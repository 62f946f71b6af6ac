"""A slow passage: one long orbit as a curve, to be laid over the orbit diagram of its frozen map.

Gradient descent at the edge of stability changes one quantity slowly while another bifurcates: for the quartic
s = eta (x^2 + y^2) drifts by O(eta^2) a step while d = xy follows the frozen-s cubic (Zhu et al. 2023, section 5).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from edgestab.errors import InputError
from edgestab.numerics import inputs
from edgestab.numerics.inputs import Name
from edgestab.numerics.orbits.coordinates import evaluate, to_coordinates, to_own
from edgestab.numerics.orbits.follow import kernel_of
from edgestab.theory.models.base import Coordinates, Model

Array = NDArray[np.float64]


class Passage(NamedTuple):
    """Samples of one orbit, in pairs of consecutive steps, an even one first: ``[::2]`` is one phase of a 2-cycle.

    Parameters
    ----------
    step : ndarray of int64, shape (n,)
        When each sample was taken.
    abscissa, ordinate : ndarray, shape (n,)
        What was asked for.
    """

    step: NDArray[np.int64]
    abscissa: Array
    ordinate: Array


def passage(
    model: Model,
    start: Sequence[float | Fraction],
    parameters: Mapping[Name, float | Fraction],
    abscissa: sp.Expr,
    ordinate: sp.Expr,
    steps: int,
    points: int,
    *,
    coordinates: Coordinates | None = None,
) -> Passage:
    """Follow one orbit and return two quantities along it, thinned so that every phase of its cycles is met.

    Pairs of consecutive steps are sampled, twice an odd number of steps apart: in that way all phases of a cycle of
    period 2, 4, 8, ... occur. The orbit itself is not stored.

    Parameters
    ----------
    model : Model
        The loss and its step.
    start : sequence of float, length n_state
        In the model's own coordinates.
    parameters : mapping
        By symbol or name the value of each parameter of the step, and of whatever else the quantities depend on.
    abscissa, ordinate : Expr
        Of the model's own state and the parameters.
    steps : int
        How far the orbit is followed.
    points : int
        The most samples to return; at least 2.
    coordinates : Coordinates, optional
        The model's coordinates to compute in; its own by default. For the quartic in (x, y) the final gap to the edge,
        in units of eta, has an error of 3e-8 at eta = 0.01 and of 3e-5 at 0.001; below, take ``model.best``.

    Returns
    -------
    Passage
        An orbit that has escaped goes on with infinities and NaN.

    Raises
    ------
    InputError
        When a value is missing or a number is out of range.

    Examples
    --------
    >>> from edgestab.theory.models.catalogue import model
    >>> from edgestab.theory.symbols import ETA
    >>> quartic = model("quartic")
    >>> x, y = quartic.own.step.state
    >>> run = passage(quartic, (12.5, 0.05), {ETA: 0.01}, ETA * (x**2 + y**2), x * y, 400_000, 200)
    >>> float(run.abscissa[0]), bool(abs(run.abscissa[-1] - 1) < 0.01**2), run.step[:4].tolist()
    (1.562525, True, [0, 1, 4002, 4003])
    """
    where = coordinates or model.own
    own, stepper = model.own.step, where.step
    first = inputs.point(own.state, start, "the start")[:, np.newaxis]
    seen = (abscissa.free_symbols | ordinate.free_symbols) - set(own.state)
    others = sorted({*own.parameters, *seen} - set(stepper.parameters), key=str)
    constants = inputs.parameters(stepper.parameters, parameters, 1, stepper.name, others)
    unknown = seen - set(constants)
    if unknown:
        raise InputError(f"{', '.join(sorted(map(str, unknown)))} is no state variable and has no value: give it one")
    if inputs.whole(steps, "steps") < 1 or inputs.whole(points, "points") < 2:
        raise InputError(f"at least 1 step and 2 points are needed, got {steps} and {points}")
    when = _sampled(steps, points)
    values = {p: np.full(len(when), v) for p, v in constants.items()}
    states = _followed(where, to_coordinates(model, where, first, {p: v[:1] for p, v in values.items()}), values, when)
    states = to_own(where, states, values, np.broadcast_to(first, (len(first), len(when))))
    along, across = evaluate([abscissa, ordinate], {**dict(zip(own.state, states, strict=True)), **values})
    return Passage(when, along, across)


def _sampled(steps: int, points: int) -> NDArray[np.int64]:
    """The steps that are sampled: 2hk and 2hk + 1, with h odd."""
    half = max(1, -(-steps // (points // 2 * 2)))
    half += 1 - half % 2
    even = np.arange(0, steps, 2 * half, dtype=np.int64)
    return np.stack([even, even + 1], axis=1).ravel()


def _followed(where: Coordinates, state: Array, values: Mapping[sp.Symbol, Array], when: NDArray[np.int64]) -> Array:
    """The states at some steps, the first of them 0, shape (n_state, len(when))."""
    kernel = kernel_of(where, (), shared=True)
    arguments = [values[p][0] for p in where.step.parameters]
    states = np.empty((len(state), len(when)))
    states[:, :1] = state
    for i, gap in enumerate(np.diff(when), start=1):
        state = kernel.advance(state, arguments, int(gap))
        states[:, i : i + 1] = state
    return states
