"""The one table of named problems: every one starts, and says what it is."""

from __future__ import annotations

import pytest
import torch

from edgestab.numerics.networks.architectures.mlp import mlp
from edgestab.numerics.networks.specs.problems import PROBLEMS, SCALAR, problem


@pytest.mark.parametrize("name", [*PROBLEMS, SCALAR])
def test_every_problem_starts(name: str) -> None:
    one, other = problem(name, 0), problem(name, 1)
    assert len(one.start) == one.objective.size
    loss, gradient = one.objective.value_and_gradient(one.start)
    assert 0 < loss < 1e3
    assert 0 < float(gradient.norm()) < 1e4
    assert not torch.equal(one.start, other.start)
    assert torch.equal(one.start, problem(name, 0).start)


def test_linear_networks_start_unbalanced() -> None:
    """As the weights of an MLP without biases and activations, each times its own factor."""
    network = mlp((64, 10, 10, 1), "identity", bias=False)
    parts = network.unflatten(network.start(5))
    scaled = [p * s for p, s in zip(parts, (4.0, 0.3, 0.3), strict=True)]
    of = problem("linear-three", 5)
    assert torch.equal(of.start, torch.cat([p.reshape(-1) for p in scaled]))
    assert torch.equal(of.network.outputs(of.start, of.data.inputs), network.outputs(of.start, of.data.inputs))


def test_the_scalar_network_is_the_quartic() -> None:
    of = problem(SCALAR, 3)
    x, y = of.start.tolist()
    assert x * y == pytest.approx(1.1)
    w = torch.tensor([1.5, 0.4], dtype=torch.float64)
    assert of.objective.loss(w) == pytest.approx((1 - (1.5 * 0.4) ** 2) ** 2 / 4)


def test_another_name_is_refused() -> None:
    with pytest.raises(ValueError, match=r"unknown problem .resnet.; the problems are chebyshev, .*, scalar"):
        problem("resnet", 0)
