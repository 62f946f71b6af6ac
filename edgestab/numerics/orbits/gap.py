"""The gap between the edge and the final sharpness in units of the step size: as claimed, as measured, as known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from edgestab.numerics.orbits.coordinates import evaluate
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.orbits.sweep import sweep
from edgestab.theory.claims.zhu2023.results import sharp_constant_expression
from edgestab.theory.conclusions.final_sharpness import FinalSharpness
from edgestab.theory.models.catalogue import model
from edgestab.theory.symbols import ETA

Array = NDArray[np.float64]


def gap(sharpness: Array, eta: Array) -> Array:
    r"""Return :math:`(2/\eta - S)/\eta` for sharpnesses S at step sizes eta, of shapes that fit.

    Examples
    --------
    >>> gap(np.array([19.95]), np.array([0.1])).round(6)
    array([0.5])
    """
    return np.asarray((2 / eta - sharpness) / eta)


def claimed_gaps(conclusion: FinalSharpness) -> Callable[[Array], tuple[Array, Array]] | None:
    """Return the gaps that a claimed window allows as a function of the step size; None when it needs more."""
    if not (conclusion.low.free_symbols | conclusion.high.free_symbols) <= {ETA}:
        return None

    def bounds(eta: Array) -> tuple[Array, Array]:
        low, high = evaluate([conclusion.low, conclusion.high], {ETA: eta})
        return gap(high, eta), gap(low, eta)

    return bounds


def claimed_excesses(conclusion: FinalSharpness, excess: sp.Symbol) -> tuple[float, float] | None:
    r"""Return between which multiples of the initial excess u a window puts :math:`2 - \eta S`.

    None when the window is not of this form.

    Examples
    --------
    >>> u = sp.Symbol("u", real=True)
    >>> claimed_excesses(FinalSharpness((2 - 3 * u / 2) / ETA, (2 - u / 2) / ETA), u)
    (0.5, 1.5)
    """
    low, high = (sp.cancel((2 - ETA * end) / excess) for end in (conclusion.high, conclusion.low))
    return (float(low), float(high)) if low.is_number and high.is_number else None


def sharp_constant(eta: Array, order: int = 6) -> Array:
    """Return the asymptotic series G of the quartic's gap, cut after `order` terms, at step sizes of shape (n,)."""
    return evaluate([sharp_constant_expression(order)], {ETA: eta})[0]


def measured_gaps(eta: Array) -> Array:
    """Return the gap of one orbit of the quartic at each step size, from P - 1 = 0.2 and b = 0.05; NaN for no limit."""
    quartic = model("quartic")
    chart = next(c for c in quartic.all_charts if c.name == "offset b")
    offset, b = chart.target
    start = np.array(evaluate(chart.inverse, {ETA: eta, offset: np.full(eta.size, 0.2), b: np.full(eta.size, 0.05)}))
    found = sweep(quartic, start, {ETA: eta})
    converged = found["status"].values == Status.CONVERGED
    return np.asarray(np.where(converged, gap(found["sharpness"].values, eta), np.nan))
