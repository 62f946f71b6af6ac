"""Where orbits really end, from starts in (x, b): what a certificate says is measured against it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from edgestab.numerics.orbits.follow import Rules
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.orbits.sweep import sweep
from edgestab.numerics.printers import reference
from edgestab.numerics.programs.program import program_of
from edgestab.theory.drift import EPS, B, DriftForm, X
from edgestab.theory.models.base import Model
from edgestab.theory.symbols import ETA
from tests.models_under_test import evaluated

Array = NDArray[np.float64]


def own(m: Model, x: Array, b: Array, eta: float) -> Array:
    """The starts in the model's own coordinates, by the chart's inverse."""
    chart = next(c for c in m.charts if c.name == "offset b")
    return evaluated(chart.inverse, {**dict(zip(chart.target, (x, b), strict=True)), ETA: np.full_like(x, eta)})


def final_gaps(m: Model, x: Array, b: Array, eta: float, budget: float = 400.0, mirrored: float = 0.0) -> Array:
    """(2/eta - sharpness)/eta at the end of every orbit; NaN where it does not converge on the chart's branch.

    An orbit may also end at b = `mirrored`, when that is not 0.
    """
    found = sweep(m, own(m, x, b, eta), {ETA: eta}, rules=Rules(budget=budget))
    eps = eta**2
    gap = 2 * (1 - np.sqrt(1 + eps * found["final_v"].values)) / eps
    b = found["final_b"].values
    there = (np.abs(b) < 1e-3) | ((np.abs(b - mirrored) < 1e-3) & (mirrored != 0))
    return np.where(there & (found["status"].values == Status.CONVERGED), gap, np.nan)


def crowded(
    x: tuple[float, float], b: tuple[float, float], count: int, seed: int = 0, *, wall: float = 1e-6
) -> tuple[Array, Array]:
    """Starts of a box: uniform ones, ones crowded at its edges and corners, and ones near b = 0; none at b = 0."""
    g = np.random.default_rng(seed)

    def axis(low: float, high: float) -> Array:
        near = (high - low) * np.minimum(wall * g.exponential(size=count), 1)
        kind = g.integers(4, size=count)
        return np.where(kind == 0, low + near, np.where(kind == 1, high - near, g.uniform(low, high, count)))

    xs, bs = axis(*x), axis(*b)
    tiny = g.random(count) < 0.2
    size = 10.0 ** g.uniform(-12, -2, count)
    sign = np.where((g.random(count) < 0.5) | (b[0] >= 0), 1.0, -1.0)
    bs = np.where(tiny & (b[0] <= 0 <= b[1]), np.clip(sign * size, *b), bs)
    return xs, np.where(bs == 0, b[1], bs)


def stepped(form: DriftForm, x: Array, b: Array, eps: Array) -> Sequence[Array]:
    """One step in the drift form: D, m, x', b'."""
    d, m = form.drift, form.multiplier
    return reference.evaluate(program_of([d, m, X - EPS * B**2 * d, m * B], [X, B, EPS]), [x, b, eps])
