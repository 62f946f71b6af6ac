"""A CPU and a CUDA device agree to 1e-10 on every quantity of a run of 50 steps; so do two orders of summation."""

from __future__ import annotations

from itertools import islice

import pytest
import torch
from torch import Tensor

from edgestab.numerics.networks.architectures.cnn import cnn
from edgestab.numerics.networks.architectures.mlp import mlp
from edgestab.numerics.networks.architectures.resnet import resnet
from edgestab.numerics.networks.data.chebyshev import chebyshev
from edgestab.numerics.networks.data.digits import digits
from edgestab.numerics.networks.data.samples import Data
from edgestab.numerics.networks.flows.central_flow import central_flow, descent
from edgestab.numerics.networks.flows.gradient_flow import flow
from edgestab.numerics.networks.losses.criteria import squared_error
from edgestab.numerics.networks.losses.network import Network, network_objective, require_device
from edgestab.numerics.networks.optimizers.registry import OPTIMIZERS
from edgestab.numerics.networks.spectra.curvature import curvature
from edgestab.numerics.networks.spectra.eigen import Tracker
from edgestab.numerics.networks.stabilization.constrained import constrained_trajectory

STEPS = 50
PROBLEMS = {
    "mlp": lambda: (mlp((1, 30, 20, 1)), chebyshev(6), 0.2),
    "cnn": lambda: (cnn((1, 8, 8), (4, 8), 10), digits(60), 0.1),
    "resnet": lambda: (resnet((1, 8, 8), 10, widths=(4,), groups=2), digits(16), 0.02),
}
RULES = {
    "gd": {},
    "heavy-ball": {"beta": 0.9},
    "nesterov": {"beta": 0.9},
    "scalar-rmsprop": {"beta2": 0.9},
    "rmsprop": {"beta2": 0.9},
    "adam": {},
}


def objective_on(network: Network, data: Data, device: str, chunk: int | None):
    return network_objective(network, data, squared_error(0.5), device=device, chunk=chunk)


def descent_quantities(network: Network, data: Data, eta: float, device: str, chunk: int | None) -> dict[str, Tensor]:
    """Everything that is measured along gradient descent."""
    objective, tracker = objective_on(network, data, device, chunk), Tracker(2, tolerance=1e-11)
    w = objective.vector(network.start(0))
    rows: dict[str, list] = {n: [] for n in ("loss", "gradient", "values", "slope", "alpha", "beta", "w")}
    for _ in range(STEPS):
        point = objective.at(w)
        found = curvature(point, tracker)
        entries = (point.loss, point.gradient, found.pairs.values, found.gradient, found.alpha, found.beta, w)
        for column, value in zip(rows.values(), entries, strict=True):
            column.append(torch.as_tensor(value).cpu())
        w = w - eta * point.gradient
    return {name: torch.stack(values) for name, values in rows.items()}


def rule_quantities(name: str, device: str, chunk: int | None) -> dict[str, Tensor]:
    """The state of an optimizer after 50 steps."""
    network, data, _ = PROBLEMS["mlp"]()
    objective = objective_on(network, data, device, chunk)
    rule = OPTIMIZERS[name](1e-3, **RULES[name])
    state = rule.start(objective.vector(network.start(0)))
    for _ in range(STEPS):
        state = rule.step(state, objective.gradient(state[0]))
    scale = rule.preconditioner(state)
    return {str(k): s.cpu() for k, s in enumerate((*state, *(() if scale is None else (scale,))))}


def trajectory_quantities(device: str, chunk: int | None) -> dict[str, Tensor]:
    """Gradient flow, the constrained trajectory and the central flow, the last two with the edge at the start's S."""
    network, data, _ = PROBLEMS["mlp"]()
    objective, tracker = objective_on(network, data, device, chunk), Tracker(1, tolerance=1e-11)
    w = objective.vector(network.start(4))
    for _ in range(200):
        w = w - 0.1 * objective.gradient(w)
    point = objective.at(w)
    eta = 2 / float(tracker(point.hvp, point.gradient).values[0])
    stable = list(islice(constrained_trajectory(objective, w, eta, tolerance=1e-11), STEPS))
    central = list(central_flow(objective, descent(eta), w, steps=STEPS, tolerance=1e-11))
    flowing = list(islice(flow(objective, w, eta, tolerance=1e-11), STEPS))
    return {
        "constrained": torch.stack([s.w.cpu() for s in stable]),
        "alpha": torch.tensor([s.curvature.alpha for s in stable]),
        "central": torch.stack([c.w.cpu() for c in central]),
        "predicted": torch.tensor([c.predicted_loss for c in central]),
        "flow": torch.stack([f.cpu() for f in flowing]),
    }


def agree(one: dict[str, Tensor], other: dict[str, Tensor]) -> None:
    assert one.keys() == other.keys()
    for name, a in one.items():
        scale = a.abs().max()
        assert torch.isfinite(scale)
        assert scale > 0
        assert (a - other[name]).abs().max() <= 1e-10 * scale, name


CUDA = pytest.param(
    "cuda", None, id="cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
)
OTHER = [pytest.param("cpu", 7, id="cpu in chunks"), CUDA]
SLOW = [pytest.param("cpu", 7, id="cpu in chunks", marks=pytest.mark.deep), CUDA]
"""That the chunks of a network with convolutions or of a trajectory add up takes half a minute to see."""


def same_on(name: str, device: str, chunk: int | None) -> None:
    problem = PROBLEMS[name]()
    agree(descent_quantities(*problem, "cpu", None), descent_quantities(*problem, device, chunk))


@pytest.mark.parametrize(("device", "chunk"), OTHER)
@pytest.mark.parametrize("name", ["mlp"])
def test_gradient_descent_and_its_curvature(name: str, device: str, chunk: int | None) -> None:
    same_on(name, device, chunk)


@pytest.mark.parametrize(("device", "chunk"), SLOW)
@pytest.mark.parametrize("name", ["cnn", "resnet"])
def test_gradient_descent_of_convolutions(name: str, device: str, chunk: int | None) -> None:
    same_on(name, device, chunk)


@pytest.mark.parametrize(("device", "chunk"), OTHER)
@pytest.mark.parametrize("name", RULES)
def test_optimizers(name: str, device: str, chunk: int | None) -> None:
    agree(rule_quantities(name, "cpu", None), rule_quantities(name, device, chunk))


@pytest.mark.parametrize(("device", "chunk"), SLOW)
def test_flows_and_the_constrained_trajectory(device: str, chunk: int | None) -> None:
    agree(trajectory_quantities("cpu", None), trajectory_quantities(device, chunk))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_device_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="device cuda was asked for and torch sees no CUDA devices: use cpu"):
        require_device("cuda")
    with pytest.raises(ValueError, match="unknown device 'gpu'"):
        require_device("gpu")
