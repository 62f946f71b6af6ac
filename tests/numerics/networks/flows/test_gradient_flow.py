from itertools import islice, pairwise

import pytest
import torch

from edgestab.numerics.networks.architectures.mlp import mlp
from edgestab.numerics.networks.data.chebyshev import chebyshev
from edgestab.numerics.networks.flows.gradient_flow import adaptive_flow, flow
from edgestab.numerics.networks.losses.criteria import squared_error
from edgestab.numerics.networks.losses.network import network_objective
from edgestab.numerics.networks.losses.objective import Objective

VALUES = torch.tensor([50.0, 1.0, 0.01, -0.1], dtype=torch.float64)
START = torch.tensor([1.0, -2.0, 3.0, 0.5], dtype=torch.float64)


def quadratic(values=VALUES):
    return Objective("quadratic", len(values), (lambda w: (values * w**2).sum() / 2,))


def exact(t):
    return START * torch.exp(-VALUES * t)


def test_a_quadratic_with_small_strides_and_adaptive():
    tick = 0.3
    for t, w in enumerate(islice(flow(quadratic(), START, tick, stride=0.05), 5)):
        assert torch.allclose(w, exact(tick * t), rtol=1e-6, atol=1e-8)
    times = [0.0, 0.1, 0.35, 2.0]
    found = adaptive_flow(quadratic(), START, times)
    assert found.shape == (4, 4)
    for t, w in zip(times, found, strict=True):
        assert torch.allclose(w, exact(t), rtol=1e-6, atol=1e-8)


def test_a_stiff_quadratic_is_stable_and_right_where_it_is_slow():
    stiff = torch.tensor([1e4, 1.0], dtype=torch.float64)
    w = next(islice(flow(quadratic(stiff), torch.ones(2), 0.5, stride=2.0), 4, None))
    assert abs(float(w[0])) < 1e-9
    assert float(w[1]) == pytest.approx(float(torch.exp(torch.tensor(-2.0, dtype=torch.float64))), rel=1e-9)


def test_its_order_is_four():
    errors = []
    for stride in (0.5, 0.25):
        w = next(islice(flow(quadratic(VALUES[1:]), START[1:], 1.0, stride=stride), 2, None))
        errors.append(float((w - exact(2.0)[1:]).norm()))
    assert 14 < errors[0] / errors[1] < 20


def test_both_on_a_network():
    network = mlp((1, 6, 1))
    objective = network_objective(network, chebyshev(3, 10), squared_error(0.5))
    start, tick = network.start(0), 0.5
    own = torch.stack(list(islice(flow(objective, start, tick, stride=0.25), 60)))
    other = adaptive_flow(objective, start, [tick * t for t in range(60)])
    assert torch.allclose(own[0], start)
    assert float((own - other).norm(dim=1).max()) < 1e-4
    losses = [objective.loss(w) for w in own]
    assert all(b < a for a, b in pairwise(losses))


def test_a_flow_that_runs_off_ends_in_a_sentence():
    runaway = Objective("runaway", 1, (lambda w: -(w[0] ** 4),))
    with pytest.raises(RuntimeError, match="left the finite numbers"):
        list(islice(flow(runaway, torch.ones(1), 1.0), 100))
    with pytest.raises(RuntimeError, match="runaway was not found"):
        adaptive_flow(runaway, torch.ones(1), [0.0, 10.0])


@pytest.mark.parametrize(("tick", "stride"), [(0.0, 1.0), (float("inf"), 1.0), (1.0, 0.0), (1.0, 3.0)])
def test_refused_at_once(tick, stride):
    with pytest.raises(ValueError, match="must be"):
        flow(quadratic(), START, tick, stride=stride)


@pytest.mark.parametrize("times", [[], [0.0], [0.0, 1.0, 1.0]])
def test_times_must_ascend(times):
    with pytest.raises(ValueError, match="ascending"):
        adaptive_flow(quadratic(), START, times)
