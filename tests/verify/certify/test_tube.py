"""The inequalities: every program against its definition, and the proved cells against V itself."""

from __future__ import annotations

import itertools

import flint
import numpy as np
import pytest
import sympy as sp

from edgestab.numerics.intervals.tape import evaluate as enclose
from edgestab.numerics.printers import ball as balls
from edgestab.numerics.printers import reference
from edgestab.numerics.printers.ball import ball
from edgestab.numerics.programs.derivative import derivative
from edgestab.numerics.programs.program import program_of
from edgestab.numerics.rigorous.balls import precision
from edgestab.theory.drift import EPS, B, X
from edgestab.verify.certify.contraction import _defect, _mean_slope, distances, inverses
from edgestab.verify.certify.tube import Tube
from tests.verify.certify.proofs_under_test import (
    PROBLEMS,
    allowed_rate,
    exactly,
    floats,
    height,
    known,
    leaf_boxes,
    points_in,
    proved,
)

SOME = ("R9 at 0.2", "R9 uniform", "p**2/2 - p**4/12", "p**2/2 - p**3/15 - p**4/12")
SMALL = flint.arb("1e-40")


def domain(tube: Tube, count: int, eps: float, seed: int = 0) -> np.ndarray:
    """Random points (x, b, eps)."""
    g = np.random.default_rng(seed)
    x = g.uniform(-2 * eps, float(tube.ceiling), count)
    b = g.uniform(float(tube.strip[0]), float(tube.strip[1]), count)
    return np.array([x, b, g.uniform(0.01, 1, count) * eps])


@pytest.mark.parametrize("name", SOME)
def test_the_distance_after_a_step_is_theta(name: str) -> None:
    """delta' = delta + b^2 Theta; Theta = eps A on the curve; its slope in x; all against the definitions."""
    problem, tube = PROBLEMS[name][1], proved(name).tube
    eps = float(problem.eps[1])
    curve, x_b = program_of([known(tube)], [B, EPS]), program_of([tube.form.multiplier], [X, B, EPS])
    theta_slope = derivative(tube.distance, [0])
    with precision(220):
        for x, b, e in map(lambda p: tuple(map(ball, p)), domain(tube, 60, eps).T):  # noqa: C417 - balls of a point
            (centre, y), (d, m, x1, b1) = balls.evaluate(tube.centre, [b, e]), balls.evaluate(tube.step, [x, b, e])
            assert abs(centre - balls.evaluate(curve, [b, e])[0]) < SMALL
            assert abs(centre - e * balls.evaluate(program_of([tube.curve.limit], [EPS]), [e])[0] - b * b * y) < SMALL
            assert abs(m - balls.evaluate(x_b, [x, b, e])[0]) < SMALL
            assert abs(x1 - (x - e * b * b * d)) < SMALL
            assert abs(b1 - m * b) < SMALL
            delta_new = x1 - balls.evaluate(curve, [b1, e])[0]
            (after,) = balls.evaluate(tube.distance, [x, b, e])
            assert abs(after - delta_new) < SMALL
            # Theta by its definition Y(b) - m^2 Y(m b) - eps D
            y_after = balls.evaluate(tube.centre, [b1, e])[1]
            theta = y - m * m * y_after - e * d
            assert abs(delta_new - (x - centre) - b * b * theta) < SMALL
            # its slope is the distance's, less 1, over b^2
            _, slope = balls.evaluate(theta_slope, [x, b, e])
            (stated,) = balls.evaluate(tube.slope, [x, b, e])
            assert abs((slope - 1) / (b * b) - stated) < flint.arb("1e-35")
            # on the curve, and its derivative in eps
            d_c, m_c, _, b1_c = balls.evaluate(tube.step, [centre, b, e])
            on_curve = y - m_c * m_c * balls.evaluate(tube.centre, [b1_c, e])[1] - e * d_c
            (defect,) = balls.evaluate(tube.defect, [b, e])
            assert abs(defect - on_curve) < SMALL
            step = ball(sp.Rational(1, 2**80))
            ends = [balls.evaluate(tube.defect, [b, e + s * step])[0] for s in (1, -1)]
            (rate,) = balls.evaluate(tube.defect_slope, [b, e])
            assert abs((ends[0] - ends[1]) / (2 * step) - rate) < flint.arb("1e-15") * (1 + abs(rate))


@pytest.mark.parametrize("name", ["R9 at 0.1", "R9 uniform", "p**2/2 - p**4/12"])
def test_theta_vanishes_on_the_frozen_curve(name: str) -> None:
    """Theta(X(b, 0), b, 0) = 0 identically: what the mean slope over [0, eps] rests on."""
    tube = proved(name).tube
    with precision(200):
        for b in np.random.default_rng(1).uniform(*map(float, tube.strip), 100):
            (defect,) = balls.evaluate(tube.defect, [ball(float(b)), ball(0)])
            assert abs(defect) < SMALL


@pytest.mark.parametrize("name", SOME)
def test_the_sides_of_the_factored_inequalities(name: str) -> None:
    """B + Q and b^2 (|B| + Q) - 2 with Q = r D + |A| / (M/eps) + h' D / (h/eps)."""
    tube = proved(name).tube
    g = np.random.default_rng(2)
    rho0, rho1, rho2 = (ball(r) for r in tube.rho)
    with precision(160):
        rho0, rho1, rho2 = (ball(r) for r in tube.rho)
        for _ in range(200):
            x, b, d = g.uniform(-0.05, 0.3), g.uniform(-0.3, 0.3), g.uniform(0.1, 30)
            delta, slope, a, e = g.uniform(-0.3, 0.3), g.uniform(-20, 1), g.uniform(-3, 3), g.uniform(1e-4, 0.05)
            rate = g.choice([0.0, float(tube.rate)])
            xb, bb, db, deltab, slopeb, ab, eb, rb = map(ball, map(float, (x, b, d, delta, slope, a, e, rate)))
            up = xb if x > 0 else ball(0)
            h = rho0 * eb + rho1 * up + rho2 * up * up
            h_slope = rho1 + 2 * rho2 * xb if x > 0 else ball(0)
            biggest = flint.arb.max(abs(deltab), h)
            q = rb * db + abs(ab) / (biggest / eb) + h_slope * db / (h / eb)
            inputs = [xb, bb, 1 / eb, db, deltab, slopeb, ab, ball(1 if x > 0 else 0), rb]
            first, second = balls.evaluate(tube.factored, inputs)
            assert abs(first - (slopeb + q)) < SMALL
            assert abs(second - (bb * bb * (abs(slopeb) + q) - 2)) < SMALL
            # direct, outside, captured
            v = flint.arb.max(abs(deltab) / h, ball(1))
            x1 = xb - eb * bb * bb * db
            up1 = flint.arb.max(x1, ball(0))
            h1 = rho0 * eb + rho1 * up1 + rho2 * up1 * up1
            after = deltab / 3
            size, bound = balls.evaluate(tube.direct, [xb, bb, eb, db, deltab, after, x1, rb])
            assert abs(size - abs(after)) < SMALL
            assert abs(bound - v * (1 - rb * bb * bb * db) * h1) < SMALL
            size, edge = balls.evaluate(tube.outside, [xb, eb, deltab])
            assert abs(size - abs(deltab)) < SMALL
            assert abs(edge - h) < SMALL
            size, reach = balls.evaluate(tube.captured, [xb, eb, 1 / eb, deltab])
            f = ball(tube.floor[0]) + ball(tube.floor[1]) * eb
            exponent = flint.arb.min(ball(tube.rate) * (xb - f) / eb, ball(60))
            assert abs(reach - h * exponent.exp()) < flint.arb("1e-10") * reach


def test_the_height_is_convex() -> None:
    """h(x') >= h(x) + h'(x) (x' - x), with any slope between 0 and rho1 at the kink."""
    for name in SOME:
        tube = proved(name).tube
        rho1, rho2 = float(tube.rho[1]), float(tube.rho[2])
        g = np.random.default_rng(3)
        x, x1 = g.uniform(-0.2, 0.5, (2, 20_000))
        x[:100] = 0.0
        slope = np.where(x > 0, rho1 + 2 * rho2 * x, 0.0)
        slope[:100] = np.linspace(0, rho1, 100)
        e = np.full_like(x, 0.01)
        assert (height(tube, x1, e) >= height(tube, x, e) + slope * (x1 - x) - 1e-15).all()


@pytest.mark.parametrize("name", PROBLEMS)
def test_on_proved_cells_v_falls_as_it_should(name: str) -> None:
    """V' <= max(V, 1) (1 - r b^2 D), D > 0, m < 0, m b in the strip, at 100 000 points of F and of D cells."""
    certificate = proved(name)
    tube = certificate.tube
    for kind in "FD":
        boxes = leaf_boxes(certificate.contraction, kind)
        if not len(boxes):
            continue
        x, b, e = points_in(boxes, 100_000)
        f = floats(tube, x, b, e)
        rate = allowed_rate(tube, x, e)
        top = np.maximum(f["V"], 1) * (1 - rate * b * b * f["D"])
        # Rounding in V: |x| u over h >= rho0 eps.
        slack = 1e-12 + 1e-14 / (float(tube.rho[0]) * e)
        assert (f["V1"] <= top + slack).all()
        assert (f["D"] > 0).all()
        assert (f["m"] < 0).all()
        assert (f["b1"] > float(tube.strip[0])).all()
        assert (f["b1"] < float(tube.strip[1])).all()


@pytest.mark.parametrize("name", SOME)
def test_on_proved_cells_v_falls_as_it_should_in_ball_arithmetic(name: str) -> None:
    """The same with no tolerance at all, also for b as small as 1e-20."""
    certificate = proved(name)
    tube = certificate.tube
    checked = 0
    for kind in "FD":
        boxes = leaf_boxes(certificate.contraction, kind)
        if not len(boxes):
            continue
        x, b, e = points_in(boxes, 120, seed=4, corners=0.0)
        b[::4] *= 1e-18
        inside = [
            bool(((boxes[:, :, 0] <= p) & (p <= boxes[:, :, 1])).all(axis=1).any()) for p in np.array([x, b, e]).T
        ]
        rate = allowed_rate(tube, x, e)
        for k in np.flatnonzero(np.array(inside) & (b != 0)):
            f = exactly(tube, float(x[k]), float(b[k]), float(e[k]), 300)
            with precision(300):
                top = flint.arb.max(f["V"], flint.arb(1)) * (1 - ball(float(rate[k])) * ball(float(b[k])) ** 2 * f["D"])
                assert f["V1"] <= top
                assert f["D"] > 0
                assert f["m"] < 0
            checked += 1
    assert checked > 100


@pytest.mark.parametrize("name", PROBLEMS)
def test_outside_cells_are_outside(name: str) -> None:
    certificate = proved(name)
    tube = certificate.tube
    boxes = leaf_boxes(certificate.contraction, "O")
    if not len(boxes):
        return
    x, b, e = points_in(boxes, 20_000)
    f = floats(tube, x, b, e)
    assert (f["V"] > 1).all()
    assert (x <= float(tube.floor[0]) + float(tube.floor[1]) * e).all()


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_contraction_covers_its_domain(name: str) -> None:
    """The union of the boxes is the strip times [bottom, ceiling] times the eps-range; no box crosses x = 0."""
    certificate = proved(name)
    tube, eps = certificate.tube, PROBLEMS[name][1].eps
    boxes = [c.box for c in certificate.contraction]
    assert all(box[1:] == (tube.strip, eps) for box in boxes)
    assert boxes[-1][0][1] == tube.ceiling
    assert all(a[0][1] == b[0][0] for a, b in itertools.pairwise(boxes))
    assert not any(box[0][0] < 0 < box[0][1] for box in boxes)
    for e in np.linspace(float(eps[0]), float(eps[1]), 1001):
        c = sum(float(v) * e**j for j, v in enumerate(tube.curve.c))
        assert float(boxes[0][0][0]) <= e * (c - float(tube.rho[0]))
    # Below the edge nothing of the tube is left out, because Y >= 0.
    b, e = (g.ravel() for g in np.meshgrid(np.linspace(*map(float, tube.strip), 301), np.linspace(*map(float, eps), 9)))
    assert (reference.evaluate(tube.centre, [b, e])[1] >= 0).all()


@pytest.mark.parametrize("name", SOME)
def test_enclosures_of_the_parts(name: str) -> None:
    """delta, A and the mean slope B on random cells enclose their values at random points, A also for eps -> 0."""
    problem, tube = PROBLEMS[name][1], proved(name).tube
    g = np.random.default_rng(5)
    n = 400
    e_low, e_high = map(float, problem.eps)
    x = np.sort(g.uniform(-2 * e_high, float(tube.ceiling), n) + 0.004 * g.random((2, n)), axis=0)
    b = g.uniform(0.9 * float(tube.strip[0]), 0.9 * float(tube.strip[1]), n) + 0.01 * np.sort(g.random((2, n)), axis=0)
    e = np.sort(g.uniform(e_low, e_high, (2, n)), axis=0)
    e[0, :100] = e_low
    lower, upper = np.array([x[0], b[0], e[0]]), np.array([x[1], b[1], e[1]])
    inverse = inverses(lower[2], upper[2])
    delta = distances(tube, lower, upper)
    a = _defect(tube, lower[1:], upper[1:], inverse)
    centre = enclose(tube.centre, lower[1:], upper[1:])
    slope = _mean_slope(tube, (centre[0][0], centre[1][0]), (lower, upper))
    curve = program_of([known(tube)], [B, EPS])
    with precision(200):
        for k in range(n):
            t = g.random(3)
            p = [ball(float(v)) for v in lower[:, k] + t * (upper[:, k] - lower[:, k])]
            if p[2] == 0:
                continue
            (here,) = balls.evaluate(curve, p[1:])
            assert ball(delta[0][k]) <= p[0] - here <= ball(delta[1][k])
            (theta,) = balls.evaluate(tube.defect, p[1:])
            if np.isfinite(a[1][k]):
                assert ball(a[0][k]) <= theta / p[2] <= ball(a[1][k])
            after = balls.evaluate(tube.distance, p)[0]
            mean = ((after - (p[0] - here)) / (p[1] * p[1]) - theta) / (p[0] - here)
            if np.isfinite(slope[0][k]) and np.isfinite(slope[1][k]):
                assert ball(slope[0][k]) <= mean <= ball(slope[1][k])
    assert np.isfinite(slope).all(axis=0).mean() > 0.9
