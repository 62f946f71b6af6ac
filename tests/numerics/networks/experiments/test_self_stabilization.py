from math import isnan

import numpy as np
import pytest
import torch

from edgestab.numerics.networks.experiments.self_stabilization import follow, self_stabilization
from edgestab.numerics.networks.losses.objective import Objective
from edgestab.numerics.networks.training.edge import find_edge

FRESH = 60


@pytest.fixture(scope="module")
def measured():
    torch.set_num_threads(1)
    return self_stabilization(seed=4, steps=110)


def test_what_is_exact(measured):
    s = measured.statistics
    assert s["gradient_error"] < 1e-6
    assert s["identity_error"] < 1e-12
    assert s["excess"] < 1e-6
    assert s["along"] < 1e-6


def test_the_predictions_hold_over_the_horizon(measured):
    s = measured.statistics
    assert (s["steps"], s["covered"]) == (110, 1)
    assert s["time"] == pytest.approx(110 * s["epsilon"])
    assert s["amplitude"] == pytest.approx(0.3, rel=0.1)
    assert s["predicted_x"] > 0.98
    assert s["predicted_y"] > 0.98
    assert s["generalised_error"] < 0.15
    assert s["predicted_error"] < 0.35
    assert s["response"] > 0


def test_the_quadratic_model_diverges_and_the_loss_does_not(measured):
    s = measured.statistics
    assert s["quadratic_growth"] > 10
    assert s["true_growth"] < 1.5


def test_columns_are_as_long_as_the_run(measured):
    assert {len(column) for column in measured.series.values()} == {110}
    for name in ("loss", "sharpness", "x", "y", "distance", "flow_distance", "predicted_x", "generalised_sharpness"):
        assert np.isfinite(measured.series[name]).all()


def test_without_an_edge_there_are_no_hypotheses():
    s = self_stabilization(seed=0, search=5).statistics
    assert (s["steps"], s["covered"]) == (0, 0)
    assert isnan(s["predicted_x"])
    assert isnan(s["edge_step"])


def test_a_run_ends_with_the_hypotheses():
    """On seed 3 a second eigenvalue is at the edge when the first comes there."""
    found = self_stabilization(seed=3, network="digits-parity", eta=0.45, steps=50)
    assert found.statistics["steps"] == 0
    assert found.statistics["second"] >= 1.9
    assert isnan(found.statistics["generalised_error"])
    assert not found.series


def test_on_the_spring_toy_everything_is_exact():
    """The toy in five dimensions, turned: its prediction is gradient descent and x^2 averages to delta^2."""
    turn, _ = torch.linalg.qr(torch.randn(5, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64))

    def loss(w):
        x, z, *rest = turn @ w
        return (1 + z) * x**2 / 2 + (z - 2) ** 2 / 8 + sum(0.1 * r**2 for r in rest)

    objective, eta = Objective("spring", 5, (loss,)), 0.8  # eta S_inf = 2.4
    edge = find_edge(objective, torch.zeros(5), eta, steps=100)
    run = follow(objective, edge.w, eta, kicked=0.7, steps=FRESH)
    assert len(run) == FRESH
    for name in ("predicted", "generalised", "cubic"):
        assert run.series[f"{name}_distance"].max() < 1e-7
        assert np.abs(run.series[f"{name}_sharpness"] - 2 / eta).max() > 0.01
    assert run.series["delta_squared"][1:] == pytest.approx(0.25, abs=1e-6)
    assert (run.series["x"][-20:] ** 2).mean() == pytest.approx(0.25, rel=0.2)


@pytest.mark.deep
def test_without_a_kick_the_predictions_fail():
    s = self_stabilization(seed=4, kicked=0.0, steps=394, horizon=1000).statistics
    assert s["steps"] == 394
    assert s["predicted_x"] < 0.5
    assert s["generalised_x"] < 0.5
    assert 0.4 < s["square"] < 2.5


@pytest.mark.deep
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_gradient_descent_stays_by_the_constrained_trajectory_and_leaves_gradient_flow(seed):
    s = self_stabilization(seed=seed, steps=394).statistics
    assert s["distance_ratio"] < 0.3
    assert 0.8 < s["square"] < 1.25
    assert s["gain"] > 1
