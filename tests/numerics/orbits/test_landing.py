"""Orbits land where the law says, to the order that it says."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from numpy.typing import NDArray

from edgestab.errors import InputError
from edgestab.numerics.orbits.landing import landing_gaps
from edgestab.numerics.orbits.landing_on_minima import edge_at, landed
from edgestab.theory.landing import flip_at, product_minimum
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


@pytest.mark.parametrize(
    ("text", "names", "near"),
    [
        ("(1 - x**2*y**2)**2/4", "x y", (3.0, 0.3)),
        ("(1 - x*y**2)**2/2", "x y", (5.0, 0.45)),
        ("1 - cos(x*y - 1)", "x y", (4.0, 0.25)),
    ],
)
def test_the_law_on_manifolds_of_minima(text: str, names: str, near: tuple[float, ...]) -> None:
    loss, errors = Loss.parse(text, names), []
    for eta in (0.05, 0.025):
        edge, gap = landed(loss, np.array(near), eta)
        assert edge.sharpness == pytest.approx(2 / eta, rel=1e-12)
        errors.append(abs(edge.gap / gap - 1))
    assert errors[0] < 0.01
    assert order(np.array(errors)) > 1.85


def test_the_edge_in_floating_point_is_that_of_exact_arithmetic() -> None:
    loss = Loss.parse("(x*y*z - 1)**2/2", "x y z")
    exact = flip_at(loss, dict(zip(loss.parameters, map(sp.Rational, (2, 1, "1/2")), strict=True)))
    edge = edge_at(loss, np.array([2.0, 1.0, 0.5]))
    assert (edge.sharpness, edge.cubic) == pytest.approx((float(exact.sharpness), float(exact.cubic)))
    assert edge.slope @ edge.slope == pytest.approx(float(exact.pull))


def test_several_normal_directions() -> None:
    """C of a Hessian of rank two, from the derivatives of the loss on planes."""
    loss = Loss.parse("(x*y - 1)**2/2 + (x*z - 2)**2/5 + (x*y - 1)**3/3", "x y z")
    edge = edge_at(loss, np.array([3.0, 1 / 3, 2 / 3]))
    along, across = sp.symbols("along across")
    point = dict(zip(loss.parameters, edge.point, strict=True))
    values, vectors = np.linalg.eigh(np.array(loss.hessian.subs(point), dtype=float))
    assert (values > 1e-6).tolist() == [False, True, True]

    def derivative(v: NDArray[np.float64], times: int, other: int) -> float:
        plane = {s: point[s] + along * a + across * b for s, a, b in zip(point, edge.direction, v, strict=True)}
        found = sp.diff(loss.expression.subs(plane), along, times, across, other)
        return float(found.subs({along: 0, across: 0}))

    expected = sum(derivative(v, 2, 1) ** 2 / w for w, v in zip(values[1:], vectors.T[1:], strict=True))
    assert edge.cubic == pytest.approx(expected - derivative(vectors[:, 0], 4, 0) / 3, rel=1e-9)


@pytest.mark.parametrize(
    ("text", "near", "says"),
    [
        ("x**2 + y**2", (0.3, 0.2), "largest eigenvalue of its own"),
        ("-x**2 + y**2", (0.3, 0.2), "largest eigenvalue of its own"),
        ("x**2 + 2*y**2", (0.3, 0.2), "does not become"),
        ("cosh(x*y - 1) - 1", (5.0, 0.2), "C = -"),
    ],
)
def test_where_the_law_says_nothing(text: str, near: tuple[float, float], says: str) -> None:
    with pytest.raises(InputError, match=says):
        landed(Loss.parse(text, "x y"), np.array(near), 0.05)
