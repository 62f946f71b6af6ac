"""Orbits land where the law says, to the order that it says."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from numpy.typing import NDArray

from edgestab.numerics.orbits.landing import landing_gaps
from edgestab.theory.landing import product_minimum
from edgestab.theory.loss import Loss


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("(1 - x**2*y**2)**2/4", 1),
        ("(1 - x*y)**2/2 + (x*y - 1)**3/3", 1),
        ("log(cosh(x*y - 1))", 1),
        ("sqrt(1 + (x*y - 1)**2)", 1),
        ("log(1 + exp(x*y)) - x*y/2", 0),
    ],
)
def test_the_error_of_each_order(text: str, at: int) -> None:
    loss = Loss.parse(text, "x y")
    minimum = product_minimum(loss, sp.Integer(at))
    # In units in which the excess over the edge ends at -eta^2.
    eta = np.array([0.04, 0.02]) / np.sqrt(float(minimum.constant))
    gaps = landing_gaps(loss, minimum, eta)
    assert order(gaps - float(minimum.constant)) == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize("text", ["(1 - x**2*y**2)**2/4", "(1 - x*y)**2/2 + (x*y - 1)**3/3"])
def test_the_error_of_two_terms(text: str) -> None:
    """Of a polynomial: orbits of others are not followed in the chart in which so little is seen."""
    loss = Loss.parse(text, "x y")
    minimum = product_minimum(loss)
    eta = np.array([0.05, 0.025]) * 2 / float(minimum.curvature)
    first, second = (float(c) for c in minimum.series(2))
    assert order(landing_gaps(loss, minimum, eta) - first - second * eta**2) == pytest.approx(4, abs=0.2)


def order(errors: NDArray[np.float64]) -> float:
    """With which power of the step size an error falls when the step size is halved."""
    return float(np.log2(np.abs(errors[0] / errors[1])))


def test_there_is_no_start_beyond_the_edge_where_eta_is_too_large() -> None:
    loss = Loss.parse("(1 - x**2*y**2)**2/4", "x y")
    assert np.isnan(landing_gaps(loss, product_minimum(loss), np.array([0.7]))).all()
