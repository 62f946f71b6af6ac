"""A step size to begin with: a part of 2/S, with S the sharpness where the loss of a window is small."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
import sympy as sp

from edgestab.numerics.orbits.coordinates import evaluate
from edgestab.numerics.orbits.designs import stratified
from edgestab.numerics.orbits.sharpness import sharpness
from edgestab.theory.loss import Loss

POINTS = 4096
"""Points of the window that are looked at."""

LOWEST = 400
"""How many of them, those of least loss, stand for the surroundings of the minima."""

SHARE = 0.7
"""What part of 2/S the step size is, with S their median sharpness."""

UNKNOWN = Fraction(1, 10)
"""The step size where the loss is curved upwards nowhere near its least values."""


def ordinary_step_size(
    loss: Loss, box: Sequence[tuple[Fraction, Fraction]], constants: Mapping[sp.Symbol, Fraction]
) -> Fraction:
    """Return a step size, to one digit, of about 1.4/S, with S the median sharpness where the loss is least.

    Parameters
    ----------
    loss : Loss
        The loss.
    box : sequence of (Fraction, Fraction)
        An interval for each of its parameters.
    constants : mapping of Symbol to Fraction
        The values of its constants.

    Examples
    --------
    >>> ordinary_step_size(Loss.parse("(1 - x**2*y**2)**2/4", "x y"), [(Fraction(-3), Fraction(3))] * 2, {})
    Fraction(1, 5)
    """
    low, high = (np.array([float(ends[k]) for ends in box]) for k in (0, 1))
    points = (low + (high - low) * stratified(POINTS, len(box), seed=0)).T
    given = {c: float(constants[c]) for c in loss.constants}
    values = evaluate([loss.expression], {**dict(zip(loss.parameters, points, strict=True)), **given})[0]
    order = np.argsort(np.where(np.isfinite(values), values, np.inf))[:LOWEST]
    chosen = np.vstack([points[:, order], *(np.full((1, order.size), v) for v in given.values())])
    sharp = sharpness(loss, chosen)
    middle = float(np.nanmedian(sharp)) if np.isfinite(sharp).any() else 0.0
    return Fraction(f"{SHARE * 2 / middle:.0e}") if 1e-12 < middle < 1e12 else UNKNOWN
