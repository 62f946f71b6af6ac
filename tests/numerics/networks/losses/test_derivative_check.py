"""The check passes every architecture of the package, and finds torch's wrong derivatives and planted ones."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from edgestab.numerics.networks.architectures.activations import ACTIVATIONS
from edgestab.numerics.networks.architectures.cnn import cnn
from edgestab.numerics.networks.architectures.deep_linear import deep_linear
from edgestab.numerics.networks.architectures.mlp import mlp
from edgestab.numerics.networks.architectures.module import of_module
from edgestab.numerics.networks.architectures.norms import layer_norm
from edgestab.numerics.networks.architectures.resnet import resnet
from edgestab.numerics.networks.architectures.transformer import patch_transformer, token_transformer
from edgestab.numerics.networks.data.digits import digits
from edgestab.numerics.networks.data.modular_addition import modular_addition
from edgestab.numerics.networks.losses.criteria import Criterion, cross_entropy, squared_error
from edgestab.numerics.networks.losses.derivative_check import (
    DerivativeReport,
    check_derivatives,
    extrapolated,
    require_right_derivatives,
)
from edgestab.numerics.networks.losses.network import Network, network_objective
from edgestab.numerics.networks.losses.objective import Objective

DOUBLE = torch.float64
IMAGE = (1, 8, 8)

NETWORKS = [
    *(mlp((64, 12, 10, 10), act) for act in ACTIVATIONS),
    deep_linear((64, 8, 8, 10)),
    *(cnn(IMAGE, (3, 4), 10, act, pool=pool) for act in ("tanh", "relu") for pool in ("average", "max")),
    *(resnet(IMAGE, 10, widths=(4, 8), groups=g, act=act) for g, act in ((1, "relu"), (4, "elu"), (2, "tanh"))),
    *(patch_transformer(IMAGE, 10, patch=4, width=8, act=act) for act in ("gelu", "relu")),
]


def random(p: int, seed: int = 1) -> Tensor:
    return torch.randn(p, dtype=DOUBLE, generator=torch.Generator().manual_seed(seed))


def report(network: Network, criterion: Criterion, n: int = 12) -> DerivativeReport:
    objective = network_objective(network, digits(n, classes=criterion.classes), criterion, chunk=7)
    return check_derivatives(objective, network.start(0) + 0.02 * random(network.size))


# Each architecture with one criterion, in turn; with the other in the deep tests.
PAIRS = [
    pytest.param(
        network, criterion, marks=() if k % 2 == j else pytest.mark.deep, id=f"{network.name}-{criterion.name}"
    )
    for k, network in enumerate(NETWORKS)
    for j, criterion in enumerate((squared_error(), cross_entropy()))
]


@pytest.mark.parametrize(("network", "criterion"), PAIRS)
def test_every_architecture_has_right_derivatives(network: Network, criterion: Criterion) -> None:
    found = report(network, criterion)
    assert found.right, found.sentence
    assert found.sentence.endswith(tuple("0123456789"))
    assert len(found.comparisons) == 9
    for comparison in found.comparisons:
        assert comparison.error < {"third derivative": 1e-3}.get(comparison.quantity, 1e-6)


def test_tokens_too() -> None:
    network = token_transformer(4, 2, 4, width=8, layers=1)
    objective = network_objective(network, modular_addition(4, classes=True), cross_entropy())
    assert check_derivatives(objective, network.start(0)).right


def around(norm: Callable[[Tensor, Tensor, Tensor], Tensor], act: Callable[[Tensor], Tensor], depth: int) -> Objective:
    """A network with a norm in it; not by `network_objective`, which asks that each sample goes by itself."""
    d, data = 6, digits(12)
    shapes = ((d, 64), (d,), (d,), *((d, d), (d,), (d,)) * (depth - 1), (10, d))

    def loss(w: Tensor) -> Tensor:
        p = w.split([torch.Size(s).numel() for s in shapes])
        x = data.inputs.flatten(1)
        for k in range(0, len(p) - 1, 3):
            x = act(norm(x @ p[k].view(shapes[k]).T, p[k + 1], p[k + 2]))
        return ((x @ p[-1].view(shapes[-1]).T - data.targets) ** 2).sum() / 24

    return Objective("normed", sum(torch.Size(s).numel() for s in shapes), (loss,))


def standardised(x: Tensor, axis: int) -> Tensor:
    centred = x - x.mean(dim=axis, keepdim=True)
    return centred * (centred.square().mean(dim=axis, keepdim=True) + 1e-5).rsqrt()


WRONG = {
    "fused layer norm": (lambda x, s, b: functional.layer_norm(x, (6,), s, b), layer_norm),
    "fused layer norm without scale": (lambda x, s, b: functional.layer_norm(x, (6,)) * s + b, layer_norm),
    "batch norm in training": (
        lambda x, s, b: functional.batch_norm(x, None, None, s, b, training=True),
        lambda x, s, b: standardised(x, 0) * s + b,
    ),
    "instance norm": (
        lambda x, s, b: functional.instance_norm(x.view(-1, 2, 3)).reshape(-1, 6) * s + b,
        lambda x, s, b: standardised(x.view(-1, 2, 3), 2).reshape(-1, 6) * s + b,
    ),
}
"""Torch's operation, and the same of primitives."""

RIGHT = {
    "layer norm of primitives": layer_norm,
    "batch norm at evaluation": lambda x, s, b: functional.batch_norm(
        x, torch.zeros(6, dtype=DOUBLE), torch.ones(6, dtype=DOUBLE), s, b
    ),
    "softmax": lambda x, s, b: torch.softmax(x, dim=1) * s + b,
}
COMPOSITIONS = list(itertools.product((torch.tanh, lambda x: x), (1, 2)))


@pytest.mark.parametrize(("act", "depth"), COMPOSITIONS, ids=["tanh-1", "tanh-2", "linear-1", "linear-2"])
@pytest.mark.parametrize("name", WRONG)
def test_torchs_wrong_third_derivatives_are_found(name: str, act: Callable[[Tensor], Tensor], depth: int) -> None:
    objective, same = (around(norm, act, depth) for norm in WRONG[name])
    w = 0.5 + 0.5 * random(objective.size)
    u = random(objective.size, 2)
    point, truth = objective.at(w), same.at(w)
    # Gradient and double backward are right, which hides the fault.
    assert torch.allclose(point.gradient, truth.gradient, rtol=1e-9, atol=1e-11)
    assert torch.allclose(point.hvp(u), truth.hvp(u), rtol=1e-9, atol=1e-11)
    assert require_right_derivatives(same, w).right
    if torch.allclose(point.third(u, u), truth.third(u, u), rtol=1e-6, atol=1e-8):
        pytest.skip(f"this torch ({torch.__version__}) has mended its {name}")
    found = check_derivatives(objective, w)
    wrong = [c for c in found.comparisons if not c.right]
    assert {c.quantity for c in wrong} == {"third derivative"}
    assert max(c.error for c in wrong) > 1e-2
    with pytest.raises(ValueError, match=r"normed: torch's third derivative is wrong, by \d"):
        require_right_derivatives(objective, w)


@pytest.mark.parametrize("name", RIGHT)
def test_right_norms_pass_in_the_same_places(name: str) -> None:
    for act, depth in COMPOSITIONS:
        objective = around(RIGHT[name], act, depth)
        found = require_right_derivatives(objective, 0.5 + 0.5 * random(objective.size))
        assert max(c.error for c in found.comparisons) < 1e-6


def test_torchs_wrong_hessian_of_weight_norm_is_found() -> None:
    layer = nn.utils.parametrizations.weight_norm(nn.Linear(64, 8))
    network = of_module(nn.Sequential(nn.Flatten(), layer, nn.Linear(8, 10)), "weight norm")

    def forward(p: Sequence[Tensor], x: Tensor) -> Tensor:
        bias, scale, direction, *head = p
        weight = direction * (scale / direction.square().sum(dim=1, keepdim=True).sqrt())
        return functional.linear(functional.linear(x.flatten(1), weight, bias), *head)

    same = Network("of primitives", network.shapes, forward, network.initial)
    assert report(same, squared_error()).right
    w, u = network.start(0), random(network.size)
    theirs, own = (network_objective(n, digits(12), squared_error()).at(w) for n in (network, same))
    assert torch.allclose(theirs.gradient, own.gradient, rtol=1e-9, atol=1e-11)
    if torch.allclose(theirs.hvp(u), own.hvp(u), rtol=1e-6, atol=1e-8):
        pytest.skip(f"this torch ({torch.__version__}) has mended its weight norm")
    found = report(network, squared_error())
    assert {c.quantity for c in found.comparisons if not c.right} == {"Hessian-vector product", "third derivative"}
    assert "Hessian-vector product and third derivative are wrong" in found.sentence


class WrongSecond(torch.autograd.Function):
    """x^4 whose second derivative is off by the factor 1.001."""

    @staticmethod
    def forward(ctx, x):  # type: ignore[no-untyped-def]
        ctx.save_for_backward(x)
        return x**4

    @staticmethod
    def backward(ctx, g):  # type: ignore[no-untyped-def]
        (x,) = ctx.saved_tensors
        return WrongSlope.apply(x, g)


class WrongSlope(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, g):  # type: ignore[no-untyped-def]
        ctx.save_for_backward(x, g)
        return 4 * x**3 * g

    @staticmethod
    def backward(ctx, v):  # type: ignore[no-untyped-def]
        x, g = ctx.saved_tensors
        return 1.001 * 12 * x**2 * g * v, 4 * x**3 * v


class WrongFirst(torch.autograd.Function):
    """x^3 whose first derivative is off by the factor 1.001."""

    @staticmethod
    def forward(ctx, x):  # type: ignore[no-untyped-def]
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, g):  # type: ignore[no-untyped-def]
        (x,) = ctx.saved_tensors
        return 1.001 * 3 * x**2 * g


def planted(function: type[torch.autograd.Function]) -> Objective:
    return Objective("planted", 5, (lambda w: function.apply(w).sum() + (w[0] * w[1]) ** 2,))  # type: ignore[no-untyped-call]


def test_planted_errors_are_found_named_and_measured() -> None:
    w = 1 + 0.2 * random(5)
    second = check_derivatives(planted(WrongSecond), w)
    assert {c.quantity for c in second.comparisons if not c.right} == {"Hessian-vector product", "third derivative"}
    for c in second.comparisons:
        if c.quantity == "Hessian-vector product":
            assert 1e-4 < c.error < 1.1e-3
    first = check_derivatives(planted(WrongFirst), w)
    assert {c.quantity for c in first.comparisons if not c.right} == {"gradient"}
    with pytest.raises(ValueError, match=r"planted: torch's gradient is wrong, by 0\.\d+ %"):
        require_right_derivatives(planted(WrongFirst), w)


def test_a_hessian_that_is_not_symmetric_is_found() -> None:
    class Sheared(torch.autograd.Function):
        @staticmethod
        def forward(ctx, w):  # type: ignore[no-untyped-def]
            ctx.save_for_backward(w)
            return w @ w / 2

        @staticmethod
        def backward(ctx, g):  # type: ignore[no-untyped-def]
            (w,) = ctx.saved_tensors
            return g * (w + torch.stack([w[1], -w[0], 0 * w[2]]))

    found = check_derivatives(Objective("sheared", 3, (lambda w: Sheared.apply(w),)), random(3))  # type: ignore[no-untyped-call]
    assert found.asymmetry > 0.1
    assert not found.right


KINKED = Objective("kinked", 2, (lambda w: torch.relu(w[0]) * 3 + w[0] ** 2 * w[1] + w[1] ** 2,))


@pytest.mark.parametrize("distance", [0.0, 1e-9, -1e-8, 1e-7])
def test_at_a_kink_nothing_is_claimed(distance: float) -> None:
    found = check_derivatives(KINKED, torch.tensor([distance, 1.0]))
    assert not found.right
    assert not found.wrong
    assert "cannot be checked" in found.sentence
    with pytest.raises(ValueError, match="too near a kink"):
        require_right_derivatives(KINKED, torch.tensor([distance, 1.0]))


@pytest.mark.parametrize("distance", [3e-5, -1e-4, 1e-3, 0.1, -1.0])
def test_beside_a_kink_derivatives_are_right(distance: float) -> None:
    assert require_right_derivatives(KINKED, torch.tensor([distance, 1.0])).right


def test_a_planted_error_beside_a_kink_is_found() -> None:
    wrong = Objective("wrong", 5, (lambda w: WrongSecond.apply(w).sum() + 3 * torch.relu(w[0] - 0.9999),))  # type: ignore[no-untyped-call]
    found = check_derivatives(wrong, torch.ones(5))
    assert {c.quantity for c in found.comparisons if c.wrong} >= {"Hessian-vector product"}


@pytest.mark.parametrize("period", [2, 5, 7])
def test_a_loss_that_changes_now_and_then_is_not_repeatable(period: int) -> None:
    calls = iter(range(10**6))
    changing = Objective("changing", 2, (lambda w: w.square().sum() * (1 if (next(calls) + 1) % period else 2),))
    assert not check_derivatives(changing, torch.ones(2)).repeatable


def test_random_losses_and_fused_attention_are_refused() -> None:
    dropped = Objective("dropped", 4, (lambda w: functional.dropout(w, 0.5).square().sum(),))
    with pytest.raises(ValueError, match="the loss at one w is not the same number twice"):
        require_right_derivatives(dropped, torch.ones(4))

    def fused(w: Tensor) -> Tensor:
        q = w.view(3, 1, 1, 4, 2)
        return functional.scaled_dot_product_attention(q[0], q[1], q[2]).square().sum()

    with pytest.raises(ValueError, match=r"torch cannot differentiate it three times: .*scaled_dot_product"):
        require_right_derivatives(Objective("fused", 24, (fused,)), random(24))


def test_what_cannot_be_checked_is_refused() -> None:
    square = (lambda w: w @ w,)
    with pytest.raises(ValueError, match=r"torch\.float32: derivatives are checked in float64"):
        check_derivatives(Objective("single", 2, square, torch.float32), torch.ones(2))
    with pytest.raises(ValueError, match="not finite"):
        check_derivatives(Objective("root", 2, (lambda w: w.sqrt().sum(),)), -torch.ones(2))


def test_losses_with_vanishing_derivatives_pass() -> None:
    w = random(3)
    assert check_derivatives(Objective("quadratic", 3, (lambda w: w @ w,)), w).right
    assert check_derivatives(Objective("linear", 3, (lambda w: w.sum(),)), w).right
    assert check_derivatives(Objective("at its minimum", 3, (lambda w: w @ w,)), torch.zeros(3)).right
    assert check_derivatives(Objective("constant", 3, (lambda w: 0 * w.sum() + 1,)), w).right


def test_extrapolation_is_exact_for_even_polynomials() -> None:
    steps = [4.0**-k for k in range(11)]
    value, uncertainty = extrapolated([torch.tensor(2 + 3 * h**2 - h**4 + 5 * h**6, dtype=DOUBLE) for h in steps])
    assert float(value) == pytest.approx(2, abs=1e-14)
    assert uncertainty < 1e-13
    noisy = [torch.tensor(2 + 3 * h**2 + 1e-15 * (-1) ** k / h**2, dtype=DOUBLE) for k, h in enumerate(steps)]
    value, uncertainty = extrapolated(noisy)
    assert abs(float(value) - 2) < 1e-12
    assert uncertainty < 1e-12
