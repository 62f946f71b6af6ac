"""An orbit is on a cycle when it comes back nearer each time, not when it drifts past where it was."""

from __future__ import annotations

import numpy as np
import pytest

from edgestab.numerics.orbits.periods import _returning


@pytest.mark.parametrize(("shrinks", "period"), [(0.5, 2), (1.0, 0), (1.01, 0)])
def test_an_orbit_that_drifts_past_has_no_period(shrinks: float, period: int) -> None:
    # 1, -1 by turns, and a way of 2e-11 to where the limit would be, which is shorter each time, or is not.
    n = np.arange(9)
    ways = 2e-11 * np.cumsum(np.append(0, shrinks ** np.arange(8)))
    orbit = ((-1.0) ** n + ways)[:, None, None]
    assert _returning(orbit, np.ones((1, 1)), 4).tolist() == [period]
