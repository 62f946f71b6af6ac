from itertools import islice, pairwise

import numpy as np
import pytest
import torch

from edgestab.numerics.networks.architectures.mlp import mlp
from edgestab.numerics.networks.data.chebyshev import chebyshev
from edgestab.numerics.networks.losses.criteria import squared_error
from edgestab.numerics.networks.losses.network import network_objective
from edgestab.numerics.networks.losses.objective import Objective
from edgestab.numerics.networks.spectra.curvature import curvature
from edgestab.numerics.networks.spectra.eigen import Tracker
from edgestab.numerics.networks.stabilization.constrained import ConstrainedPoint, constrained_trajectory
from edgestab.numerics.networks.stabilization.predicted import (
    Responses,
    ScalarPrediction,
    cubic_step,
    exact_step,
    generalised_step,
    local_coordinates,
    predicted_step,
    validity,
)
from edgestab.numerics.networks.training.edge import find_edge

A, B, MU = 1.0, 0.7, 0.25


def spring(eta, rest):
    """A spring whose sharpness comes to rest at rest/eta, and its constrained trajectory's one point."""
    c = (rest / eta - A) / B
    objective = Objective("spring", 2, (lambda w: (A + B * w[1]) * w[0] ** 2 / 2 + MU * (w[1] - c) ** 2 / 2,))
    edge = torch.tensor([0.0, (2 / eta - A) / B], dtype=torch.float64)
    return objective, next(islice(constrained_trajectory(objective, edge, eta), 1, None))


def cubic_toy(eta, alpha, beta):
    root = beta**0.5
    objective = Objective("cubic toy", 2, (lambda w: (2 / eta + root * w[1]) * w[0] ** 2 / 2 - alpha / root * w[1],))
    return objective, next(constrained_trajectory(objective, torch.zeros(2), eta))


@pytest.fixture(scope="module")
def states():
    """The constrained trajectory of a small network from its edge."""
    network, eta = mlp((1, 6, 1)), 0.5
    objective = network_objective(network, chebyshev(3, 10), squared_error(0.5))
    edge = find_edge(objective, network.start(0), eta, steps=1000)
    return list(islice(constrained_trajectory(objective, edge.w, eta), 40))


@pytest.mark.parametrize("step", [predicted_step, generalised_step])
@pytest.mark.parametrize("toy", [spring(0.8, 2.4), cubic_toy(0.01, 9e-2, 18.0)], ids=["spring", "cubic"])
def test_on_the_toys_the_prediction_is_gradient_descent(step, toy):
    objective, here = toy
    v = 0.5 * here.delta_squared**0.5 * here.curvature.u
    w = here.w + v
    for _ in range(100):
        v, w = step(v, here), w - here.eta * objective.gradient(w)
        assert torch.allclose(w - here.w, v, rtol=0, atol=1e-9)
        assert objective.loss(w) == pytest.approx(local_coordinates(v, here).loss, abs=0.1)


@pytest.mark.parametrize(("rest", "settles"), [(2.4, True), (2.48, True), (2.52, False)])
def test_the_two_cycle_at_delta_attracts_up_to_five_halves(rest, settles):
    objective, here = spring(0.8, rest)
    delta = here.delta_squared**0.5
    v = 1.05 * delta * here.curvature.u
    w = here.w + v
    seen = []
    for t in range(4000):
        v = predicted_step(v, here)
        w = w - here.eta * objective.gradient(w)
        if t >= 3990:
            seen.append((abs(local_coordinates(v, here).x) / delta, abs(local_coordinates(w - here.w, here).x) / delta))
    deviation = np.abs(np.array(seen) - 1).max(axis=0)
    assert (deviation < 1e-6).all() if settles else (deviation > 1e-2).all()


def test_the_exact_step_is_gradient_descent(states):
    objective, eta = states[0].point.objective, states[0].eta
    w = states[0].w + 0.05 * states[0].curvature.u
    for here, after in pairwise(states):
        v, w = w - here.w, w - eta * objective.gradient(w)
        assert torch.allclose(exact_step(v, here, after), w - after.w, rtol=0, atol=1e-14)


def test_the_errors_of_one_step_have_the_orders_of_what_is_left_out(states):
    """The cubic model leaves out fourth derivatives; the prediction also what of D^3L[v, v] has no u."""
    here, after = states[5:7]
    direction = here.curvature.u + here.curvature.perpendicular / here.curvature.beta**0.5
    cubic, along = [], []
    for size in (4e-2, 2e-2, 1e-2):
        v = size * direction
        cubic.append(float((cubic_step(v, here, after) - exact_step(v, here, after)).norm()))
        x = size * here.curvature.u
        true = here.eta * float(here.curvature.u @ here.point.objective.gradient(here.w + x))
        along.append(abs(float(here.curvature.u @ (x - generalised_step(x, here))) - true))
    assert 7 < cubic[0] / cubic[1] < 9
    assert 7 < cubic[1] / cubic[2] < 9
    assert max(along) < 1e-12


def test_with_a_quartic_along_u_only_the_generalised_prediction_is_exact():
    eta, stiff = 0.8, 0.02
    objective = Objective(
        "quartic", 2, (lambda w: (1 + w[1]) * w[0] ** 2 / 2 + (w[1] - 2) ** 2 / 8 + stiff * w[0] ** 4,)
    )
    here = next(islice(constrained_trajectory(objective, torch.tensor([0.0, 1.6]), eta), 1, None))
    v = torch.tensor([0.1, 0.0], dtype=torch.float64)
    plain, general, w = v, v, here.w + v
    for _ in range(30):
        w = w - eta * objective.gradient(w)
        plain, general = predicted_step(plain, here), generalised_step(general, here)
    assert torch.allclose(w - here.w, general, rtol=0, atol=1e-9)
    assert float((w - here.w - plain).norm()) > 1e-2


def dense(here):
    objective = here.point.objective
    return torch.autograd.functional.hessian(lambda q: sum(p(q) for p in objective.parts), here.w)


@pytest.fixture(scope="module")
def scattered(states):
    """Points far apart, where the top eigenvectors are too."""
    objective, eta = states[0].point.objective, states[0].eta
    generator, found = torch.Generator().manual_seed(2), []
    for _ in range(12):
        w = torch.randn(objective.size, generator=generator, dtype=torch.float64)
        point = objective.at(w)
        found.append(
            ConstrainedPoint(point, curvature(point, Tracker(2, tolerance=1e-10)), eta, torch.zeros_like(w), False)
        )
    return found


def test_responses_are_the_products_of_matrices(scattered):
    states = scattered
    responses = Responses(every=3, window=5)
    for here in states[:12]:
        responses(here)
    one = torch.eye(len(states[0].w), dtype=torch.float64)
    found = responses.values
    assert [len(values) for values in found] == [5, 5, 5, 2]
    for k, values in enumerate(found):
        s = 3 * k
        for lag, value in enumerate(values):
            t = s + lag
            push = states[s].curvature.perpendicular
            for here in states[s + 1 : t + 1]:
                u = here.curvature.u
                push = (one - here.eta * dense(here)) @ (one - torch.outer(u, u)) @ push
            assert value == pytest.approx(float(states[t + 1].curvature.perpendicular @ push), rel=1e-6)


def test_the_scalar_form_is_the_projected_dynamics(states):
    """The paper's recursion for v, written out, against the two scalars and their memory."""
    first = states[0]
    x0 = 0.3 * first.curvature.delta_squared**0.5
    scalar = ScalarPrediction(x0, len(states))
    v = plain = x0 * first.curvature.u
    for here, after in pairwise(states):
        u, normal = here.curvature.u, here.curvature.perpendicular
        x, y = u @ v, normal @ v
        assert scalar(here) == pytest.approx((float(x), float(y)), abs=1e-7)
        inside = v - x * u
        inside = inside - here.eta * here.point.hvp(inside) + here.eta * (here.delta_squared - x**2) / 2 * normal
        new = after.curvature.u
        v = inside - new * (new @ inside) - (1 + here.eta * y) * x * new
        plain = predicted_step(plain, here)
    assert float((v - plain).norm() / v.norm()) < 0.1


def test_validity_is_of_the_trajectory_and_says_what_fails(states):
    here = states[5]
    v = 2 * here.curvature.delta_squared**0.5 * here.curvature.u
    found = validity(v, here)
    assert (found.holds, found.reason, found.amplitude) == (True, "", pytest.approx(2))
    assert found.second == pytest.approx(here.eta * here.second)
    falling = Objective("falling", 2, (lambda w: (1 + w[1]) * w[0] ** 2 / 2 + (w[1] - 1) ** 2 / 8,))
    down = next(constrained_trajectory(falling, torch.tensor([0.0, 2.0]), 0.8))
    assert not validity(down.w, down).holds
    assert "falls of itself" in validity(down.w, down).reason
    assert validity(down.w, down).amplitude == float("inf")


def test_a_second_eigenvalue_at_the_edge_is_said():
    objective = Objective(
        "two", 3, (lambda w: (1 + w[2]) * w[0] ** 2 / 2 + 0.96 * 1.25 * w[1] ** 2 + (w[2] - 3) ** 2 / 8,)
    )
    here = next(constrained_trajectory(objective, torch.tensor([0.0, 0.0, 1.5]), 0.8))
    found = validity(here.w, here)
    assert not found.holds
    assert "second eigenvalue" in found.reason
    assert found.second == pytest.approx(1.92)


def test_responses_need_a_window():
    with pytest.raises(ValueError, match="at least 1"):
        Responses(every=0)
