from itertools import islice

import pytest
import torch

from edgestab.numerics.networks.architectures.mlp import mlp
from edgestab.numerics.networks.data.chebyshev import chebyshev
from edgestab.numerics.networks.losses.criteria import squared_error
from edgestab.numerics.networks.losses.network import network_objective
from edgestab.numerics.networks.losses.objective import Objective
from edgestab.numerics.networks.losses.taylor import Taylor
from edgestab.numerics.networks.optimizers.gradient_descent import gradient_descent
from edgestab.numerics.networks.training.loop import after_steps, iterates

ETA = 0.5


@pytest.fixture(scope="module")
def point():
    network = mlp((1, 6, 1))
    return network_objective(network, chebyshev(3, 10), squared_error(0.5)).at(network.start(1))


@pytest.mark.parametrize(("order", "power"), [(2, 3), (3, 4)])
def test_what_it_leaves_out(point, order, power):
    model, objective = Taylor(point, order), point.objective
    v = torch.randn(len(point.w), generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    losses, gradients = [], []
    for h in (2e-3, 1e-3):
        losses.append(abs(objective.loss(point.w + h * v) - model.loss(h * v)))
        gradients.append(float((objective.gradient(point.w + h * v) - model.gradient(h * v)).norm()))
    assert losses[0] / losses[1] == pytest.approx(2**power, rel=0.2)
    assert gradients[0] / gradients[1] == pytest.approx(2 ** (power - 1), rel=0.2)


@pytest.mark.parametrize("order", [2, 3])
def test_the_gradient_is_of_the_loss(point, order):
    model = Taylor(point, order)
    generator = torch.Generator().manual_seed(1)
    v, d = (torch.randn(len(point.w), generator=generator, dtype=torch.float64) for _ in range(2))
    h = 1e-5
    slope = (model.loss(v + h * d) - model.loss(v - h * d)) / (2 * h)
    assert slope == pytest.approx(float(model.gradient(v) @ d), rel=1e-7)


@pytest.mark.parametrize(("sharpness", "diverges"), [(3.9, False), (4.1, True)])
def test_gradient_descent_on_the_quadratic_diverges_past_the_edge_alone(sharpness, diverges):
    """On L = S (1 - cos x) + y^2/2, gradient descent itself does not run off at S = 4.1."""
    loss = Objective("bounded", 2, (lambda w: sharpness * (1 - torch.cos(w[0])) + w[1] ** 2 / 2,))
    start = torch.tensor([1e-3, 1.0], dtype=torch.float64)
    model = Taylor(loss.at(torch.zeros(2)))
    v = after_steps(model, gradient_descent(ETA), start, 200)
    assert float(v[0]) == pytest.approx(1e-3 * (1 - ETA * sharpness) ** 200, rel=1e-6)
    assert (float(v[0].abs()) > 1) == diverges
    w = start
    for _ in range(200):
        w = w - ETA * loss.gradient(w)
    assert float(w.abs().max()) < 1


def test_the_cubic_model_of_a_cubic_is_it():
    cubic = Objective("cubic", 2, (lambda w: (4 + w[1]) * w[0] ** 2 / 2 - 0.3 * w[1],))
    w = torch.tensor([0.2, -0.1], dtype=torch.float64)
    model = Taylor(cubic.at(w), 3)
    true = w
    for here in islice(iterates(model, gradient_descent(ETA), torch.zeros(2, dtype=torch.float64)), 20):
        assert torch.allclose(w + here.w, true, rtol=0, atol=1e-12)
        true = true - ETA * cubic.gradient(true)


def test_another_order_is_refused(point):
    with pytest.raises(ValueError, match="order 2 or 3, got 4"):
        Taylor(point, 4)
