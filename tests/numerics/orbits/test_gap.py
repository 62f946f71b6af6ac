"""Gaps to the edge: claimed, measured, and the quartic's series."""

import numpy as np
import sympy as sp

from edgestab.numerics.orbits import gap as gaps
from edgestab.theory.claims.catalogue import find
from edgestab.theory.conclusions.final_sharpness import FinalSharpness
from edgestab.theory.symbols import ETA, symbol


def test_a_window_that_depends_on_the_start_is_not_drawn():
    assert gaps.claimed_gaps(FinalSharpness(-sp.oo, 2 / ETA - symbol("offset"))) is None


def test_measured_gaps_follow_the_series():
    eta = np.array([0.1])
    np.testing.assert_allclose(gaps.measured_gaps(eta), 0.46149753616278, atol=1e-9)


def test_the_window_of_the_excess_is_the_claims_own():
    (statement,) = find("zhu2023.sec4-no-concentration").parts
    assert gaps.claimed_excesses(statement.conclusion, symbol("offset")) == (0.99, 1.5)
    assert gaps.claimed_excesses(FinalSharpness(2 / ETA - ETA, 2 / ETA), symbol("offset")) is None
