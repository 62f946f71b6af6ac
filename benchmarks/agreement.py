"""Whether a contender computes what we compute: asked before it is timed."""

from __future__ import annotations

import numpy as np

from benchmarks.contender import Contender, Disagreement
from benchmarks.start import ETA, kernel, reference, starts

ORBITS, STEPS = 512, 1000
CLOSE = 1e-9
"""Rounding is all that may differ on an orbit that converges; these stay within about 1e-13."""


def agreement(contender: Contender) -> str:
    """Return how well the final states agree with ours.

    Ours themselves are compared with the NumPy reference.

    Raises
    ------
    Disagreement
        When bits differ that must not, or states that are not even close.
    """
    if contender.check is not None:
        return contender.check()
    start = starts(ORBITS)
    expected = reference(start, STEPS) if contender.name == "ours" else kernel().advance(start, (ETA,), STEPS)
    final = contender.run(start, STEPS)
    if final.shape != expected.shape:
        raise Disagreement(f"final states of shape {final.shape}, expected {expected.shape}")
    if np.array_equal(final, expected):
        return "bitwise"
    worst = float(np.max(np.abs(final / expected - 1)))
    if contender.exact:
        raise Disagreement(f"expected the same bits, the worst state differs by {worst:.1e}")
    if not worst <= CLOSE:
        raise Disagreement(f"the worst state differs by {worst:.1e}, more than {CLOSE:.0e}")
    return f"within {worst:.0e}"
