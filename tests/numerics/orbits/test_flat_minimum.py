"""Minima with a vanishing second derivative, held against orbits in exact arithmetic."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from edgestab.numerics.orbits.flat_minimum import flat_minima, flat_minima_of
from edgestab.theory.loss import Loss
from edgestab.theory.models.of_loss import model_of_loss
from edgestab.theory.optimizers.momentum import heavy_ball

x = sp.Symbol("x", real=True)


@pytest.mark.parametrize(
    ("loss", "eta", "edge"),
    [
        (x**4 / 4, 0.5, 2.0),  # |1 - x^2/2| < 1 where x^2 < 4
        (x**4 / 4, 2.0, 1.0),
        (x**6 / 6, 0.125, 2.0),  # x^4/8 < 2
        ((x - 3) ** 4 / 4, 0.5, 2.0),
    ],
)
def test_the_last_captured_point_is_the_edge_of_its_basin(loss: sp.Expr, eta: float, edge: float) -> None:
    (minimum,) = flat_minima(loss, x)
    at = float(minimum.at) + edge * np.array([-1.001, -0.999, 0.999, 1.001])
    assert minimum.captures(at, eta).tolist() == [False, True, True, False]


def test_from_every_captured_point_the_distance_falls() -> None:
    loss = x**4 / 4 - x**5 / 5 + x**7 / 7
    (minimum,) = flat_minima(loss, x)
    slope = sp.Poly(sp.diff(loss, x), x)
    points = np.linspace(-3, 3, 601)
    for eta in (0.1, 0.7, 3.0):
        for point in points[minimum.captures(points, eta)]:
            at = Fraction(float(point))
            after = at - Fraction(eta) * Fraction(int(slope.eval(at).p), int(slope.eval(at).q))
            assert abs(after) < abs(at) or at == 0


def test_what_is_no_flat_minimum_is_none() -> None:
    for loss in (x**2, x**3, -(x**4), x**4 * (1 - x) - x**2, sp.exp(x), sp.sqrt(2) * x**4):
        assert flat_minima(loss, x) == ()
    quartic = Loss.parse("x**4/4", "x")
    assert flat_minima_of(model_of_loss(quartic))
    assert not flat_minima_of(model_of_loss(quartic, heavy_ball(quartic)))
    assert not flat_minima_of(model_of_loss(Loss.parse("x**4/4 + 0*log(3 - x)", "x")))
