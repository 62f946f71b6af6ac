"""The limit of an orbit of l(xy) in balls: what it encloses, and when it says nothing."""

from __future__ import annotations

from fractions import Fraction

import flint
import numpy as np
import pytest
import sympy as sp

from edgestab.errors import InputError
from edgestab.numerics.orbits.landing import landing_gaps, starts_beyond
from edgestab.numerics.printers.ball import ball
from edgestab.numerics.rigorous.balls import precision
from edgestab.numerics.rigorous.landing import enclosed_landing, gap_of_limit
from edgestab.theory.landing import ProductMinimum
from edgestab.theory.landing_losses import LOSSES
from edgestab.theory.models.product import P


@pytest.mark.parametrize("name", ["quartic", "log cosh", "cross-entropy, label 1/4", "Itakura-Saito"])
def test_the_kernel_ends_where_the_same_orbit_is_enclosed(name: str) -> None:
    loss, at = LOSSES[name].loss, LOSSES[name].minimum
    eta = np.array([0.2, 0.1])
    for size, start, gap in zip(eta, starts_beyond(at, eta).T, landing_gaps(loss, at, eta), strict=True):
        found = enclosed_landing(loss, at, Fraction(size), start)
        assert found.gap.rad() < 1e-12
        assert abs(float(found.gap.mid()) - gap) < 1e-9


def test_the_limit_is_where_many_more_steps_come() -> None:
    """Against steps at 200 digits, none of them enclosed; the enclosure is of few digits, early on."""
    at = ProductMinimum(sp.log(sp.cosh(P - 1)), sp.S.One)
    with precision(700):
        eta = flint.arb(1) / 5
        x, y = flint.arb(3), flint.arb("0.36")
        early = None
        for _ in range(6000):
            if early is None:
                early = gap_of_limit(at, eta, x, y)
            slope = (x * y - 1).tanh()
            x, y = (x - eta * slope * y).mid(), (y - eta * slope * x).mid()
            if early is not None and abs(x * y - 1) < flint.arb(10) ** -100:
                break
        assert early is not None
        assert abs(x * y - 1) < flint.arb(10) ** -100
        gap = (2 / eta - (x * x + y * y)) / eta
        assert early.contains(gap.mid())
        assert early.rad() < 0.5


@pytest.mark.parametrize("before", [0.02, 0.01])
@pytest.mark.parametrize("b", [0.02, 0.05])
def test_the_drift_on_the_way_is_enclosed(before: float, b: float) -> None:
    """Slow contraction and a large drift, which speeds it up: as much as the enclosure says at most."""
    at, eta = ProductMinimum(sp.log(sp.cosh(P)), sp.S.Zero), flint.arb(3) / 10
    with precision(300):
        balance = (2 - flint.arb(before)) / eta
        x = ((balance + (balance * balance + 4 * flint.arb(b) ** 2).sqrt()) / 2).sqrt().mid()
        y = (flint.arb(b) / x).mid()
        found = gap_of_limit(at, eta, x, y)
        assert found is not None
        while abs(x * y) > flint.arb(10) ** -60:
            slope = (x * y).tanh()
            x, y = (x - eta * slope * y).mid(), (y - eta * slope * x).mid()
        assert found.contains(((2 / eta - (x * x + y * y)) / eta).mid())


def test_the_curvature_on_the_way_is_enclosed() -> None:
    """Flat enough at the minimum, and too steep where the orbit is."""
    at = ProductMinimum((1 - P**2) ** 2 / 4, sp.S.One)
    with precision(128):
        eta, p, square = flint.arb("0.1"), flint.arb("1.3"), flint.arb("9.85")
        x = ((square + (square * square - 4 * p * p).sqrt()) / 2).sqrt()
        assert gap_of_limit(at, eta, x, p / x) is None


def test_nothing_is_said_where_nothing_contracts() -> None:
    at = ProductMinimum((1 - P**2) ** 2 / 4, sp.S.One)
    with precision(128):
        assert gap_of_limit(at, ball(Fraction(1, 10)), flint.arb(5), flint.arb("0.2")) is None  # beyond the edge
        assert gap_of_limit(at, ball(Fraction(1, 10)), flint.arb(1), flint.arb(1)) is None  # x^2 = y^2
        assert gap_of_limit(at, ball(Fraction(1, 10)), flint.arb(4), flint.arb(1)) is None  # far away


def test_too_few_steps_are_refused() -> None:
    loss = LOSSES["quartic"]
    with pytest.raises(InputError, match="after 100 steps"):
        enclosed_landing(loss.loss, loss.minimum, Fraction(1, 10), (3.2, 0.32), most=100)
