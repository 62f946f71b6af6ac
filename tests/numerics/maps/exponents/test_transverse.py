"""Exponents across sets of minima against the eigenvalues of Hessians and against the orbits themselves."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy as sp

from edgestab.numerics.maps.exponents.transverse import transverse_exponents, transverse_growth
from edgestab.numerics.orbits.sharpness import sharpness
from edgestab.numerics.orbits.status import Status
from edgestab.numerics.orbits.sweep import sweep
from edgestab.numerics.printers import reference
from edgestab.numerics.programs.program import jacobian_program, step_program
from edgestab.numerics.rigorous.limits import velocity
from edgestab.theory.loss import Loss
from edgestab.theory.models.base import LimitSet
from edgestab.theory.models.of_loss import model_of_loss
from edgestab.theory.optimizers.momentum import BETA, heavy_ball
from edgestab.theory.stepmap import StepMap
from edgestab.theory.symbols import symbols
from tests.models_under_test import cached, eta

X, Y, Z, A = symbols("x y z a")


def quartic_minima(count: int):
    x = np.geomspace(0.3, 5, count)
    return np.array([x, 1 / x])


@pytest.mark.parametrize("step_size", [0.01, 0.2, 0.45])
def test_the_quartic_has_one_neutral_direction_and_the_multiplier_of_its_sharpness(step_size):
    m = cached("quartic")
    points = quartic_minima(50)
    found = transverse_exponents(m.own.step, m.minima[1], points, {eta: step_size})
    expected = 1 - 2 * step_size * (points**2).sum(axis=0)
    assert found.neutral == 1
    assert found.multipliers.real[0] == pytest.approx(expected, rel=1e-13, abs=1e-13)
    assert (found.multipliers.imag == 0).all()
    assert found.exponents[0] == pytest.approx(np.log(np.abs(expected)), rel=1e-12, abs=1e-12)


def test_a_multiplier_zero_has_the_exponent_minus_infinity():
    # eta * sharpness = 1 in exact arithmetic and in doubles: x = y = 1, sharpness 4.
    found = transverse_exponents(cached("quartic").own.step, cached("quartic").minima[1], [[1.0], [1.0]], {eta: 0.25})
    assert found.exponents[0, 0] == -math.inf


@pytest.mark.parametrize("name", ["quartic", "degree-2", "chain:1,1", "chain:1,1,1", "chain:1,1,1,1"])
def test_gradient_descent_multiplies_by_one_minus_eta_times_the_sharpness(name):
    m = cached(name)
    n = len(m.own.step.state)
    points = np.random.default_rng(n).uniform(0.5, 2, (n, 40))
    points[-1] = 1 / points[:-1].prod(axis=0)
    found = transverse_exponents(m.own.step, m.minima[-1], points, {eta: 0.07})
    assert found.neutral == n - 1
    assert found.multipliers.real[0] == pytest.approx(1 - 0.07 * sharpness(m.loss, points), rel=1e-11, abs=1e-12)


def test_several_equations_give_the_spectrum_of_the_hessian():
    loss = Loss.parse("(1 - x*y)**2/2 + (2 - x*z)**2/2", "x y z")
    m = model_of_loss(loss)
    x = np.geomspace(0.5, 2, 9)
    points = np.array([x, 1 / x, 2 / x])
    found = transverse_exponents(m.own.step, m.minima[0], points, {eta: 0.05})
    assert found.neutral == 1
    hessian = sp.lambdify(loss.parameters, loss.hessian)
    for i in range(len(x)):
        multipliers = 1 - 0.05 * np.linalg.eigvalsh(hessian(*points[:, i]))
        neutral = np.argmin(np.abs(multipliers - 1))
        assert multipliers[neutral] == pytest.approx(1, abs=1e-13)
        expected = -np.sort(-np.log(np.abs(np.delete(multipliers, neutral))))
        assert found.exponents[:, i] == pytest.approx(expected, abs=1e-12)
    assert (np.diff(found.exponents, axis=0) <= 0).all()


def test_heavy_ball_has_the_roots_of_its_quadratic():
    # mu^2 - (1 + beta - eta S) mu + beta = 0 for each nonzero eigenvalue S; along the set 1 and beta.
    m = model_of_loss(Loss.parse("(1 - x*y)**2/2", "x y"), heavy_ball(Loss.parse("(1 - x*y)**2/2", "x y")))
    points = quartic_minima(12)
    at, step_size, beta = np.vstack([points, points]), 0.1, 0.6
    found = transverse_exponents(m.own.step, m.minima[0], at, {eta: step_size, BETA: beta})
    assert found.neutral == 1
    for i, steep in enumerate((points**2).sum(axis=0)):
        expected = [*np.roots([1, -(1 + beta - step_size * steep), beta]), beta]
        gap = np.abs(np.subtract.outer(expected, found.multipliers[:, i])).min(axis=1)
        assert gap.max() < 1e-7


def linear() -> tuple[StepMap, LimitSet]:
    """A shear that fixes the line x = 0 and is not normal: the compression is not the restriction."""
    step = StepMap("shear", (X, Y), (sp.Rational(1, 2) * X, Y + 3 * X), ())
    return step, LimitSet("x = 0", X)


def test_the_compression_agrees_with_division():
    step, line = linear()
    points = [[0.0, 0.0], [1.0, -4.0]]
    by_division = transverse_exponents(step, line, points, {})
    # An equation that is no polynomial is divided by nothing.
    curved = LimitSet("sinh x = 0", sp.sinh(X))
    assert velocity(step, curved) is None
    by_compression = transverse_exponents(step, curved, points, {})
    assert by_division.multipliers.tolist() == by_compression.multipliers.tolist() == [[0.5, 0.5]]
    assert by_division.neutral == by_compression.neutral == 1


def test_the_compression_of_a_curved_set_agrees_with_the_jacobian():
    m = cached("quartic")
    same = LimitSet("log xy = 0", sp.log(X * Y))
    points = quartic_minima(20)
    found = transverse_exponents(m.own.step, same, points, {eta: 0.2})
    entries = reference.evaluate(jacobian_program(m.own.step), [*points, np.full(20, 0.2)])
    trace = entries[0] + entries[3]  # 1 along the set
    assert found.multipliers.real[0] == pytest.approx(trace - 1, abs=1e-12)


def test_wrong_points_are_refused():
    m = cached("quartic")
    with pytest.raises(ValueError, match="point 1 is not on the set"):
        transverse_exponents(m.own.step, m.minima[1], [[2.0, 2.0], [0.5, 0.6]], {eta: 0.1})
    with pytest.raises(ValueError, match="point 0 is not fixed"):
        transverse_exponents(StepMap("shift", (X, Y), (X, Y + 1), ()), LimitSet("x", X), [[0.0], [0.0]], {})
    with pytest.raises(ValueError, match="point 0 has dependent gradients"):
        transverse_exponents(StepMap("rest", (X, Y), (X, Y), ()), LimitSet("xy", X * Y), [[0.0], [0.0]], {})
    with pytest.raises(ValueError, match="no value is given for eta"):
        transverse_exponents(m.own.step, m.minima[1], [[2.0], [0.5]], {})
    with pytest.raises(ValueError, match="shape"):
        transverse_exponents(m.own.step, m.minima[1], [2.0, 0.5, 1.0], {eta: 0.1})


def test_growth_is_that_of_the_equation_while_that_can_be_seen():
    m = cached("quartic")
    starts = np.random.default_rng(5).uniform(0.8, 1.4, (2, 30))
    found = transverse_growth(m.own.step, m.minima[1], starts, {eta: 0.05}, 20)
    x = starts
    for t in range(20):
        x = np.array(m_step(m.own.step, x, 0.05))
        seen = np.log(np.abs((x[0] * x[1] - 1) / (starts[0] * starts[1] - 1))) / (t + 1)
        clear = np.abs(x[0] * x[1] - 1) > 1e-6
        assert clear.any()
        assert found.exponent[t, clear] == pytest.approx(seen[clear], abs=1e-8)


def m_step(step: StepMap, x, step_size):
    return reference.evaluate(step_program(step), [*x, np.full(x.shape[1], step_size)])


def test_growth_goes_on_below_the_smallest_double_and_tends_to_the_exponent_of_the_limit():
    m = cached("quartic")
    starts, steps = np.array([[1.4, 1.1], [0.7, 0.8]]), 5000
    found = transverse_growth(m.own.step, m.minima[1], starts, {eta: 0.1}, steps)
    assert found.exponent[-1].max() * steps < -2000  # rho = e^-2000 is no double
    end = sweep(m, starts, {eta: 0.1})
    limit = np.array([end.final_x.values, end.final_y.values])
    exact = transverse_exponents(m.own.step, m.minima[1], limit, {eta: 0.1}).exponents[0]
    last = found.exponent[-1] * steps - found.exponent[-2] * (steps - 1)
    assert last == pytest.approx(exact, abs=1e-9)
    assert found.exponent[-1] == pytest.approx(exact, abs=10 / steps)


def test_growth_of_several_equations_follows_the_slowest():
    loss = Loss.parse("(1 - x*y)**2/2 + (2 - x*z)**2/2", "x y z")
    m = model_of_loss(loss)
    starts = np.array([[1.1], [1.2], [1.5]])
    found = transverse_growth(m.own.step, m.minima[0], starts, {eta: 0.05}, 1000)
    end = sweep(m, starts, {eta: 0.05})
    limit = np.array([end[f"final_{s}"].values for s in m.own.step.state])
    exact = transverse_exponents(m.own.step, m.minima[0], limit, {eta: 0.05}).exponents
    last = found.exponent[-1] * 1000 - found.exponent[-2] * 999
    assert last == pytest.approx(exact[0], abs=1e-9)


def test_an_orbit_that_leaves_the_doubles_has_a_status():
    m = cached("quartic")
    found = transverse_growth(m.own.step, m.minima[1], [[1.1, 9.0], [0.9, 9.0]], {eta: 0.1}, 30)
    assert found.status.tolist() == [Status.BOUNDED, Status.NONFINITE]
    assert np.isfinite(found.exponent[:, 0]).all()
    assert np.isnan(found.exponent[-1, 1])


def test_growth_from_the_set_or_without_division_is_refused():
    m = cached("quartic")
    with pytest.raises(ValueError, match="point 0 is on the set"):
        transverse_growth(m.own.step, m.minima[1], [[1.0], [1.0]], {eta: 0.1}, 5)
    with pytest.raises(ValueError, match="do not divide"):
        transverse_growth(linear()[0], LimitSet("sinh x = 0", sp.sinh(X)), [[1.0], [1.0]], {}, 5)
    with pytest.raises(ValueError, match="steps must be positive"):
        transverse_growth(m.own.step, m.minima[1], [[1.0], [1.5]], {eta: 0.1}, 0)
