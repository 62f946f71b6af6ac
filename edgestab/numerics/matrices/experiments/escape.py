r"""Starts outside the ellipse of the UV model, followed in ball arithmetic until they are proved to diverge."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import flint
import numpy as np
import sympy as sp

from edgestab.numerics.experiment import ExperimentResult
from edgestab.numerics.printers.ball import ball
from edgestab.numerics.rigorous.balls import BallMap, TooImprecise, at_rising_precision
from edgestab.theory.models.uv import A, P, Q, escape, level, uv_map


def steps_to_escape(p: Fraction, q: Fraction, a: Fraction, most: int = 2000) -> int | None:
    """Return after how many steps an orbit is for certain in the region of escape; None where it is not seen to be.

    Examples
    --------
    >>> steps_to_escape(Fraction(2), Fraction(1), Fraction(1, 2))
    3
    >>> steps_to_escape(Fraction(3), Fraction(2), Fraction(1), 50) is None  # p - q = a: it is fixed
    True
    """
    follow = BallMap(uv_map(), {A: a})

    def attempt() -> int | None:
        for step, (x, y) in enumerate(follow.orbit((ball(p), ball(q)))):
            here: Mapping[sp.Symbol, flint.arb] = {P: x, Q: y}
            if follow.value(level(), here) > 0 and follow.value(escape(), here) > 0:
                return step
            if step >= most:
                return None
        return None

    try:
        return at_rising_precision(attempt)
    except TooImprecise:
        return None


def escapes(*, seed: int, count: int = 1000, most: int = 2000) -> ExperimentResult:
    r"""Draw starts outside the ellipse, and count the steps until each is proved to diverge.

    a in [0, 2), E in (1.001, 3) and the share of p/(2 + a) in it are uniform, rounded to multiples of 1/2^20.

    Returns
    -------
    ExperimentResult
        Statistics: ``left`` (starts that were not seen to enter the region within `most` steps), ``longest`` (the most
        steps that one took).
    """
    random = np.random.default_rng([seed, 5])
    taken: list[int | None] = []
    for a, e, share in random.uniform((0, 1.001, 0), (1.99, 3, 1), (count, 3)):
        exact, total, part = (Fraction(int(np.ceil(x * 2**20)), 2**20) for x in (a, e, share))
        taken.append(steps_to_escape((2 + exact) * total * part, (2 - exact) * total * (1 - part), exact, most))
    seen = [t for t in taken if t is not None]
    return ExperimentResult({"left": float(count - len(seen)), "longest": float(max(seen, default=0))})
