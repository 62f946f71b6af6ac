"""Central flows: exact toys (springs at the edge, quadratics), convergence in dt, and a small network."""

from __future__ import annotations

from math import exp

import numpy as np
import pytest
import torch

from edgestab.numerics.networks.experiments.central_and_constrained import central_and_constrained
from edgestab.numerics.networks.experiments.central_flow import central_flow_of
from edgestab.numerics.networks.flows.central_flow import central_flow, descent
from edgestab.numerics.networks.flows.stable_flow import stable_flow
from edgestab.numerics.networks.losses.objective import Objective
from edgestab.numerics.networks.specs.problems import problem

A, B, MU, C = 1.0, 1.0, 0.25, 3.0
"""Of the spring toy L = (a + bz)x^2/2 + mu (z - c)^2/2: S = a + bz rises to a + bc = 4."""


def spring() -> Objective:
    return Objective("spring", 2, (lambda w: (A + B * w[1]) * w[0] ** 2 / 2 + MU * (w[1] - C) ** 2 / 2,))


def springs() -> Objective:
    """Two of them side by side, the second with b = 2 and mu = 1/2."""
    return Objective(
        "springs",
        4,
        (
            lambda w: (A + B * w[1]) * w[0] ** 2 / 2 + MU * (w[1] - C) ** 2 / 2,
            lambda w: (A + 2 * w[3]) * w[2] ** 2 / 2 + 0.5 * (w[3] - C) ** 2 / 2,
        ),
    )


def at(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


@pytest.mark.parametrize("dt", [0.25, 1.0, 2.0])
def test_the_spring_is_held_at_the_edge_with_its_exact_variance(dt):
    eta = 0.55  # eta S_inf = 2.2
    rest = (2 / eta - A) / B
    sigma2 = 2 * MU * (C - rest) / B
    states = list(central_flow(spring(), descent(eta), at(0.0, 1.0), steps=40, dt=dt))
    for state in states:
        free = C + (1.0 - C) * exp(-eta * MU * state.time)
        if A + B * free < 0.95 * 2 / eta:  # not yet critical: gradient flow, exactly
            assert float(state.w[1]) == pytest.approx(free, abs=1e-12)
            assert state.variance == 0
        assert state.eigenvalues[0] <= 2 + 1e-9
    last = states[-1]
    assert float(last.w[0]) == pytest.approx(0, abs=1e-12)
    assert float(last.w[1]) == pytest.approx(rest, abs=1e-10)
    assert eta * last.variance == pytest.approx(sigma2, rel=1e-10)
    # GD settles on the cycle x = +-sqrt(sigma2) (eta S_inf < 5/2), and its means are what was predicted.
    w, losses, squares = at(0.3, rest), [], []
    for t in range(3000):
        loss, gradient = spring().value_and_gradient(w)
        w = w - eta * gradient
        if t >= 2900:
            losses.append(loss)
            squares.append(float(gradient @ gradient))
    assert float(w[0]) ** 2 == pytest.approx(sigma2, rel=1e-6)
    assert last.predicted_loss == pytest.approx(np.mean(losses), rel=1e-6)
    # Along z the cycle's gradient is 0 and the flow's is not: a term of the order that the prediction leaves out.
    assert last.predicted_gradient_squared - float(last.point.gradient @ last.point.gradient) == pytest.approx(
        np.mean(squares), rel=1e-6
    )
    assert float(last.oscillation(w)[0]) ** 2 == pytest.approx(last.variance, rel=1e-6)


def test_two_springs_share_the_edge():
    eta = 0.55
    *_, last = central_flow(springs(), descent(eta), at(0, 1.0, 0, 0.5), steps=60)
    assert last.eigenvalues[:2] == pytest.approx([2, 2], abs=1e-9)
    expected = [2 * mu * (C - (2 / eta - A) / b) / b for b, mu in ((B, MU), (2.0, 0.5))]
    assert sorted(np.linalg.eigvalsh(last.X)) == pytest.approx(sorted(v / eta for v in expected), rel=1e-6)


def test_a_degenerate_eigenvalue_fixes_only_the_trace():
    both = Objective("twin", 3, (lambda w: (A + B * w[2]) * (w[0] ** 2 + w[1] ** 2) / 2 + MU * (w[2] - C) ** 2 / 2,))
    eta = 0.55
    *_, last = central_flow(both, descent(eta), at(0, 0, 1.0), steps=60)
    assert last.eigenvalues[:2] == pytest.approx([2, 2], abs=1e-9)
    assert eta * last.variance == pytest.approx(2 * MU * (C - (2 / eta - A) / B) / B, rel=1e-6)


def test_below_the_edge_it_is_gradient_flow():
    H = torch.diag(at(3.0, 1.0))
    quadratic = Objective("quadratic", 2, (lambda w: w @ H @ w / 2,))
    w, eta = at(1.0, -2.0), 0.5
    for state in central_flow(quadratic, descent(eta), w, steps=10, dt=2):
        assert torch.allclose(state.w, torch.exp(-eta * state.time * H.diagonal()) * w, atol=1e-12)
        assert state.X.shape == (0, 0)
        assert state.predicted_loss == state.loss
        assert state.predicted_gradient_squared == pytest.approx(float(state.point.gradient @ state.point.gradient))


def test_the_edge_that_no_motion_keeps_is_an_error():
    quadratic = Objective("steep", 2, (lambda w: 5 * w[0] ** 2 + w[1] ** 2,))
    with pytest.raises(RuntimeError, match="no solution"):
        list(central_flow(quadratic, descent(0.5), at(1.0, 1.0), steps=2))


def test_more_eigenvalues_than_allowed_is_an_error():
    quadratic = Objective("round", 8, (lambda w: w @ w,))
    with pytest.raises(RuntimeError, match="shorten dt"):
        list(central_flow(quadratic, descent(0.9), torch.ones(8), steps=2, most_tracked=4))


@pytest.mark.parametrize("settings", [{"dt": 0}, {"dt": -1}, {"steps": -1}, {"band": 0}, {"band": 1}])
def test_settings_that_cannot_be_are_refused(settings):
    with pytest.raises(ValueError, match="need dt"):
        list(central_flow(spring(), descent(0.5), at(0, 1), **{"steps": 2, **settings}))
    with pytest.raises(ValueError, match="step size"):
        descent(0.0)


def test_the_stable_flow_converges_to_gradient_flow_whatever_the_stiffness():
    H = torch.diag(at(500.0, 20.0, 1.0, 0.1))
    quadratic = Objective("stiff", 4, (lambda w: w @ H @ w / 2,))
    w, eta = at(1.0, 1.0, 1.0, 1.0), 0.1
    errors = []
    for dt in (1.0, 0.5, 0.25):
        *_, last = stable_flow(quadratic, descent(eta), w, steps=20, dt=dt)
        exact = torch.exp(-eta * 20 * H.diagonal()) * w
        assert float((last.point.w - exact)[:2].abs().max()) < 0.2  # decays, however long the step
        errors.append(float((last.point.w - exact)[2:].norm()))
    assert errors[0] / errors[1] == pytest.approx(2, rel=0.2)
    assert errors[1] / errors[2] == pytest.approx(2, rel=0.2)


def test_halving_dt_halves_the_error_on_a_network():
    of = problem("chebyshev", 0)
    objective, w = of.objective, of.start
    for _ in range(340):
        w = w - 0.2 * objective.gradient(w)
    ends = []
    for dt in (2.0, 1.0, 0.5, 0.125):
        *_, last = central_flow(objective, descent(0.2), w, steps=40, dt=dt, tolerance=1e-5)
        ends.append(last.w)
        assert last.variance > 0
    errors = [float((end - ends[-1]).norm()) for end in ends[:-1]]
    assert errors[0] < 0.01 * float((ends[-1] - w).norm())
    assert 1.6 < errors[0] / errors[1] < 3
    assert 1.6 < errors[1] / errors[2] < 3


def test_gradient_descent_follows_its_central_flow():
    found = central_flow_of(seed=0, steps=500, dt=4.0)
    s = found.statistics
    assert s["loss_ratio"] < 0.6
    assert 0.8 < s["variance_ratio"] < 1.2
    assert s["pinned"] < 1e-3
    assert s["rises"] < 0
    assert s["distance_ratio"] < 0.3
    assert all(len(column) == 126 for column in found.series.values())


def test_the_experiment_refuses_what_it_cannot_do():
    with pytest.raises(ValueError, match="not of 'adam'"):
        central_flow_of(seed=0, optimizer="adam")
    with pytest.raises(ValueError, match="whole number"):
        central_flow_of(seed=0, dt=1.5)
    with pytest.raises(ValueError, match="twice the window"):
        central_flow_of(seed=0, steps=100)
    with pytest.raises(RuntimeError, match="did not come to its edge"):
        central_flow_of(seed=0, before=20)


@pytest.mark.deep
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_two_thousand_steps(seed):
    s = central_flow_of(seed=seed, steps=2000, dt=2.0).statistics
    assert s["loss_ratio"] < 1 / 3
    assert 0.85 < s["variance_ratio"] < 1.15
    assert s["pinned"] < 1e-3
    assert s["rises"] < 0


@pytest.mark.deep
def test_the_constrained_trajectory_is_the_central_flow():
    s = central_and_constrained(seed=0, steps=60).statistics
    assert s["distance_ratio"] < 0.01
    assert s["variance_ratio"] == pytest.approx(1, abs=0.02)
