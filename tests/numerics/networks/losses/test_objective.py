"""The flat-parameter loss and its derivatives, against dense derivatives of torch.func and hand-made polynomials."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.func import jacrev

from edgestab.numerics.networks.architectures.mlp import mlp
from edgestab.numerics.networks.data.chebyshev import chebyshev
from edgestab.numerics.networks.data.digits import digits
from edgestab.numerics.networks.data.samples import Data
from edgestab.numerics.networks.losses.criteria import cross_entropy, squared_error
from edgestab.numerics.networks.losses.network import network_objective, require_device
from edgestab.numerics.networks.losses.objective import Objective

DOUBLE = torch.float64


def random(p: int, seed: int) -> Tensor:
    return torch.randn(p, dtype=DOUBLE, generator=torch.Generator().manual_seed(seed))


def small(chunk: int | None = None, retain: bool = True) -> Objective:
    return network_objective(mlp((1, 5, 4, 1)), chebyshev(4, 11), squared_error(0.5), chunk=chunk, retain=retain)


def near(a: Tensor, b: Tensor, relative: float = 1e-13) -> bool:
    return a.shape == b.shape and float((a - b).norm()) <= relative * float(b.norm())


def test_derivatives_are_the_dense_ones() -> None:
    objective = network_objective(mlp((1, 3, 1)), chebyshev(3, 5), squared_error(0.5))
    loss = objective.parts[0]
    w = 0.7 * random(objective.size, 0)
    u, v, t = (random(objective.size, k) for k in (1, 2, 3))
    first, second, third = jacrev(loss)(w), jacrev(jacrev(loss))(w), jacrev(jacrev(jacrev(loss)))(w)
    assert objective.D(w, 0) == pytest.approx(float(loss(w)), rel=1e-15)
    assert near(objective.D(w, 1), first)
    assert float(objective.D(w, 1, u)) == pytest.approx(float(first @ u), rel=1e-12)
    assert near(objective.D(w, 2, u), second @ u)
    assert float(objective.D(w, 2, u, v)) == pytest.approx(float(v @ second @ u), rel=1e-11)
    assert near(objective.D(w, 3, u, v), third @ u @ v, 1e-12)
    assert float(objective.D(w, 3, u, v, t)) == pytest.approx(float(third @ u @ v @ t), rel=1e-11)
    point = objective.at(w)
    assert near(point.gradient, first)
    assert near(point.hvp(u), second @ u)
    assert near(point.third(u, v), third @ u @ v, 1e-12)
    assert near(point.third(u, u), third @ u @ u, 1e-12)


def test_the_fourth_derivative_is_the_slope_of_the_third() -> None:
    objective = small()
    w, u, v, t = (random(objective.size, k) for k in range(4))
    slopes = [(objective.D(w + h * t, 3, u, v) - objective.D(w - h * t, 3, u, v)) / (2 * h) for h in (2e-3, 1e-3)]
    slope = (4 * slopes[1] - slopes[0]) / 3
    assert near(objective.D(w, 4, u, v, t), slope, 1e-7)
    assert float(objective.D(w, 4, u, v, t, u)) == pytest.approx(float(slope @ u), rel=1e-6)


@pytest.mark.parametrize("chunk", [1, 4, 11, 50])
@pytest.mark.parametrize("retain", [True, False])
def test_chunks_and_memory_change_nothing(chunk: int, retain: bool) -> None:
    whole, parts = small(), small(chunk, retain)
    assert len(parts.parts) == -(-11 // chunk)
    w, u, v = random(whole.size, 0), random(whole.size, 1), random(whole.size, 2)
    a, b = whole.at(w), parts.at(w)
    assert b.loss == pytest.approx(a.loss, rel=1e-14)
    assert b.loss == pytest.approx(parts.loss(w), rel=1e-15)
    assert near(b.gradient, a.gradient)
    assert near(parts.gradient(w), a.gradient)
    assert near(b.hvp(u), a.hvp(u))
    assert near(b.third(u, v), a.third(u, v))
    assert near(b.third(u, u), a.third(u, u))
    assert near(parts.D(w, 4, u, v, u), whole.D(w, 4, u, v, u))


def test_a_reused_vector_is_not_mistaken_for_another() -> None:
    point = small().at(random(small().size, 0))
    products = []
    for seed in range(4):
        u = random(len(point.w), seed)
        products.append(point.third(u, u))
        del u
    fresh = small().at(point.w)
    for seed, product in enumerate(products):
        u = random(len(point.w), seed)
        assert torch.equal(product, fresh.third(u, u))


def test_a_known_polynomial() -> None:
    objective = Objective("x^2 y^2 + z", 3, (lambda w: (w[0] * w[1]) ** 2, lambda w: w[2]))
    w = torch.tensor([2.0, 3.0, 5.0])
    e = torch.eye(3, dtype=DOUBLE)
    assert objective.loss(w) == 41
    assert objective.D(w, 1).tolist() == [36, 24, 1]
    assert objective.D(w, 2, e[0]).tolist() == [18, 24, 0]
    assert objective.D(w, 3, e[0], e[1]).tolist() == [12, 8, 0]
    assert float(objective.D(w, 4, e[0], e[0], e[1], e[1])) == 4
    assert objective.D(w, 4, e[2], e[2], e[2]).tolist() == [0, 0, 0]
    assert objective.at(w).hvp(e[2]).tolist() == [0, 0, 0]
    assert objective.at(w).third(e[2], e[0]).tolist() == [0, 0, 0]


def test_a_constant_has_zero_derivatives() -> None:
    point = Objective("constant", 2, (lambda w: torch.tensor(3.0, dtype=w.dtype),)).at(torch.ones(2))
    assert point.loss == 3
    assert point.gradient.tolist() == point.hvp(torch.ones(2)).tolist() == [0, 0]


def test_cross_entropy_is_torchs_own() -> None:
    data = digits(20, classes=True)
    network = mlp((64, 6, 10))
    objective = network_objective(network, data, cross_entropy(), chunk=7)
    w = network.start(3)
    own = torch.nn.functional.cross_entropy(network.outputs(w, data.inputs), data.targets)
    assert objective.loss(w) == pytest.approx(float(own), rel=1e-14)


def test_squared_error_has_the_factor_of_its_name() -> None:
    data = chebyshev(3, 9)
    network = mlp((1, 4, 1))
    w = network.start(0)
    mean = float(((network.outputs(w, data.inputs) - data.targets) ** 2).mean())
    for factor in (0.5, 1.0):
        assert network_objective(network, data, squared_error(factor)).loss(w) == pytest.approx(
            factor * mean, rel=1e-14
        )


def test_wrong_input_is_refused() -> None:
    objective = small()
    with pytest.raises(ValueError, match="parameters, got a tensor of shape"):
        objective.loss(torch.zeros(3))
    with pytest.raises(ValueError, match="takes 2 or 3 vectors, got 1"):
        objective.D(torch.zeros(objective.size), 3, torch.zeros(objective.size))
    with pytest.raises(ValueError, match="chunk must be at least 1"):
        small(0)
    with pytest.raises(ValueError, match="does not take these"):
        network_objective(mlp((1, 3, 2)), chebyshev(3), squared_error())
    with pytest.raises(ValueError, match="does not take these"):
        network_objective(mlp((1, 3, 1)), chebyshev(3), cross_entropy())
    with pytest.raises(ValueError, match="unknown device"):
        require_device("abacus")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_missing_device_is_named() -> None:
    with pytest.raises(ValueError, match="torch sees no CUDA devices: use cpu"):
        network_objective(mlp((1, 3, 1)), chebyshev(3), squared_error(), device="cuda")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
def test_one_cuda_device_agrees() -> None:
    network, data = mlp((1, 5, 4, 1)), chebyshev(4, 11)
    cpu, gpu = (network_objective(network, data, squared_error(), device=d) for d in ("cpu", "cuda"))
    w, u = network.start(0), random(network.size, 1)
    a, b = cpu.at(w), gpu.at(w)
    assert near(b.gradient.cpu(), a.gradient, 1e-12)
    assert near(b.third(u.cuda(), u.cuda()).cpu(), a.third(u, u), 1e-11)


def test_starts_depend_on_the_seed_alone() -> None:
    network = mlp((3, 4, 2))
    assert torch.equal(network.start(1), network.start(1))
    assert not torch.equal(network.start(1), network.start(2))


def test_float32_objectives_stay_in_float32() -> None:
    data = Data("one", torch.ones(1, 1, dtype=DOUBLE), torch.ones(1, 1, dtype=DOUBLE))
    point = network_objective(mlp((1, 2, 1)), data, squared_error(), dtype=torch.float32).at(mlp((1, 2, 1)).start(0))
    assert point.gradient.dtype == point.hvp(point.gradient).dtype == torch.float32
