"""Networks against torch's own modules, their starts, and any module wrapped as a network."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from edgestab.numerics.networks.architectures.activations import ACTIVATIONS, activation
from edgestab.numerics.networks.architectures.cnn import cnn
from edgestab.numerics.networks.architectures.deep_linear import deep_linear
from edgestab.numerics.networks.architectures.initial import SCHEMES, fans, scheme_named, starting_bias, starting_weight
from edgestab.numerics.networks.architectures.mlp import mlp
from edgestab.numerics.networks.architectures.module import of_module
from edgestab.numerics.networks.architectures.norms import group_norm, layer_norm, rms_norm
from edgestab.numerics.networks.architectures.resnet import resnet
from edgestab.numerics.networks.architectures.transformer import attention, patch_transformer, token_transformer
from edgestab.numerics.networks.losses.network import Network

DOUBLE = torch.float64


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, dtype=DOUBLE, generator=torch.Generator().manual_seed(seed))


def close(a: Tensor, b: Tensor) -> bool:
    return torch.allclose(a, b, rtol=1e-12, atol=1e-13)


EVERY: dict[str, tuple[Callable[[], Network], tuple[int, ...]]] = {
    "mlp": (lambda: mlp((64, 5, 10)), (1, 8, 8)),
    "mlp without bias": (lambda: mlp((64, 5, 10), bias=False, init="uniform"), (1, 8, 8)),
    "deep linear": (lambda: deep_linear((64, 5, 5, 10)), (1, 8, 8)),
    "cnn": (lambda: cnn((1, 8, 8), (3, 4), 10), (1, 8, 8)),
    "cnn with max": (lambda: cnn((3, 9, 8), (3,), 10, "relu", pool="max"), (3, 9, 8)),
    "resnet": (lambda: resnet((1, 8, 8), 10, widths=(4, 8), blocks=2), (1, 8, 8)),
    "patches": (lambda: patch_transformer((1, 8, 8), 10, patch=4, width=8), (1, 8, 8)),
    "colour patches": (lambda: patch_transformer((3, 4, 6), 10, width=8, layers=1), (3, 4, 6)),
    "module": (lambda: of_module(lambda: nn.Sequential(nn.Flatten(), nn.Linear(64, 10)), "linear"), (1, 8, 8)),
}


@pytest.mark.parametrize("name", EVERY)
def test_every_network_is_a_pure_function_of_each_sample(name: str) -> None:
    make, shape = EVERY[name]
    network = make()
    x = random(5, *shape)
    w = network.start(0) + 0.1 * random(network.size, seed=1)
    outputs = network.outputs(w, x)
    assert outputs.shape == (5, 10)
    assert outputs.dtype == DOUBLE
    assert torch.isfinite(outputs).all()
    assert close(torch.cat([network.outputs(w, sample[None]) for sample in x]), outputs)
    assert torch.equal(network.outputs(w, x), outputs)
    assert torch.equal(make().start(3), make().start(3))
    single = network.outputs(w.float(), x.float())
    assert single.dtype == torch.float32
    assert torch.allclose(single.double(), outputs, atol=1e-3)


@pytest.mark.parametrize("name", ["relu", "tanh", "gelu"])
def test_mlp_is_torchs(name: str) -> None:
    network = mlp((4, 6, 5, 2), name)
    act = {"relu": nn.ReLU, "tanh": nn.Tanh, "gelu": nn.GELU}[name]
    module = nn.Sequential(nn.Linear(4, 6), act(), nn.Linear(6, 5), act(), nn.Linear(5, 2)).double()
    w, x = network.start(0), random(3, 4)
    assert close(network.outputs(w, x), of_module(module, "same").outputs(w, x))


def test_cnn_is_torchs() -> None:
    network = cnn((2, 9, 8), (3, 4), 5, "tanh", pool="max")
    module = nn.Sequential(
        *(nn.Conv2d(2, 3, 3, padding=1), nn.Tanh(), nn.MaxPool2d(2)),
        *(nn.Conv2d(3, 4, 3, padding=1), nn.Tanh(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(16, 5)),
    ).double()
    w, x = network.start(0), random(3, 2, 9, 8)
    assert close(network.outputs(w, x), of_module(module, "same").outputs(w, x))


def test_norms_are_torchs() -> None:
    x, scale, shift = random(3, 4, 8), random(8, seed=1), random(8, seed=2)
    assert close(layer_norm(x, scale, shift), nn.functional.layer_norm(x, (8,), scale, shift))
    assert close(rms_norm(x, scale), nn.functional.rms_norm(x, (8,), scale, eps=1e-5))
    image = random(3, 8, 5, 4)
    for groups in (1, 2, 4, 8):
        own = group_norm(image, groups, scale, shift)
        assert close(own, nn.functional.group_norm(image, groups, scale, shift))


@pytest.mark.parametrize("heads", [1, 2, 4])
def test_attention_is_torchs(heads: int) -> None:
    qkv = random(3, 5, 24)
    q, k, v = (part.reshape(3, 5, heads, -1).transpose(1, 2) for part in qkv.split(8, dim=2))
    own = nn.functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(3, 5, 8)
    assert close(attention(qkv, heads), own)


def test_transformer_is_torchs() -> None:
    network = patch_transformer((1, 4, 4), 3, patch=2, width=8, layers=1, heads=2)
    w, x = network.start(0) + 0.1 * random(network.size), random(5, 1, 4, 4)
    p = network.unflatten(w)
    layer = nn.TransformerEncoderLayer(8, 2, 32, 0.0, "gelu", batch_first=True, norm_first=True).double()
    theirs = dict(zip(("norm1.weight", "norm1.bias", "self_attn.in_proj_weight", "self_attn.in_proj_bias",
        "self_attn.out_proj.weight", "self_attn.out_proj.bias", "norm2.weight", "norm2.bias",
        "linear1.weight", "linear1.bias", "linear2.weight", "linear2.bias"), p[2:14], strict=True))  # fmt: skip
    patches = nn.functional.unfold(x, 2, stride=2).transpose(1, 2)
    hidden = torch.func.functional_call(layer, theirs, (patches @ p[0].T + p[1],))
    expected = layer_norm(hidden, p[14], p[15]).mean(dim=1) @ p[16].T + p[17]
    assert close(network.outputs(w, x), expected)


def test_tokens_are_looked_up() -> None:
    network = token_transformer(5, 2, 3, width=4, layers=1)
    x = torch.tensor([[0.0, 4.0], [4.0, 0.0]], dtype=DOUBLE)
    outputs = network.outputs(network.start(0), x)
    assert outputs.shape == (2, 3)
    assert not torch.allclose(outputs[0], outputs[1])


def test_resnet_without_its_branches_is_the_stem() -> None:
    network = resnet((1, 6, 6), 2, widths=(4,), blocks=2, groups=2)
    w, x = network.start(0), random(3, 1, 6, 6)
    p = [piece.clone() for piece in network.unflatten(w)]
    for k in (7, 8, 13, 14):  # scale and shift of the last norm of both blocks
        p[k] = torch.zeros_like(p[k])
    stem = torch.relu(group_norm(nn.functional.conv2d(x, p[0], padding=1), 2, p[1], p[2]))
    assert close(network.forward(p, x), stem.mean(dim=(2, 3)) @ p[-2].T + p[-1])


def test_resnet_18_has_its_size() -> None:
    network = resnet((3, 32, 32), 10, widths=(64, 128, 256, 512), blocks=2, groups=16)
    assert network.size == 11_173_962
    small = resnet((1, 8, 8), 10, widths=(4, 8))
    assert [s for s in small.shapes if s[-1:] == (1,)] == [(8, 4, 1, 1)]


@pytest.mark.parametrize(
    "network",
    [
        resnet((1, 8, 8), 10, widths=(4, 8), zero_head=True),
        patch_transformer((1, 8, 8), 10, patch=4, width=8, zero_head=True),
    ],
    ids=lambda n: n.name,
)
def test_a_zero_head_gives_zero_outputs(network: Network) -> None:
    assert network.outputs(network.start(0), random(4, 1, 8, 8)).abs().max() == 0


def test_starting_weights_have_the_variance_of_their_scheme() -> None:
    shape = (200, 50, 3, 3)
    inputs, outputs = fans(shape)
    assert (inputs, outputs) == (450, 1800)
    for name, variance in (
        ("normal", 1 / inputs),
        ("he", 2 / inputs),
        ("xavier", 2 / (inputs + outputs)),
        ("uniform", 1 / (3 * inputs)),
    ):
        weight = starting_weight(name, shape, torch.Generator().manual_seed(0), gain=3.0)
        assert float(weight.var()) == pytest.approx(9 * variance, rel=0.02)
        assert abs(float(weight.mean())) < 0.02 * variance**0.5 * 3
    assert set(SCHEMES) == {"normal", "he", "xavier", "uniform"}


def test_uniform_is_torchs_own_start() -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        layer = nn.Linear(100, 4000)
    weight = starting_weight("uniform", (4000, 100), torch.Generator().manual_seed(0))
    bias = starting_bias("uniform", (4000, 100), torch.Generator().manual_seed(0))
    for own, theirs in ((weight, layer.weight.detach()), (bias, layer.bias.detach())):
        assert float(own.abs().max()) <= 0.1
        assert float(own.abs().max()) == pytest.approx(float(theirs.abs().max()), rel=1e-2)
        assert float(own.var()) == pytest.approx(float(theirs.var()), rel=0.06)
    assert starting_bias("normal", (4, 100), torch.Generator()).tolist() == [0, 0, 0, 0]


def test_gains_unbalance_a_linear_network() -> None:
    plain, unbalanced = deep_linear((3, 10, 1)), deep_linear((3, 10, 1), gains=(4, 0.1))
    first, second = plain.unflatten(plain.start(0))
    assert torch.equal(unbalanced.start(0), torch.cat([4 * first.flatten(), 0.1 * second.flatten()]))
    x = random(4, 3)
    assert close(plain.outputs(plain.start(0), x), x @ first.T @ second.T)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: mlp((3,)), "needs the widths"),
        (lambda: mlp((3, 0, 1)), "all at least 1"),
        (lambda: mlp((3, 1), "tahn"), "unknown activation 'tahn'; the activations are identity"),
        (lambda: mlp((3, 1), init="zeros"), "unknown start 'zeros'; the starts are normal"),
        (lambda: deep_linear((3,)), "needs the widths"),
        (lambda: deep_linear((3, 2, 1), gains=(1.0,)), "one number for each of the 2 layers, got 1"),
        (lambda: cnn((1, 8, 8), (), 10), "needs blocks"),
        (lambda: cnn((1, 8, 8), (4, 4, 4, 4), 10), "cannot be halved 4 times"),
        (lambda: cnn((1, 8, 8), (4,), 10, pool="min"), "unknown pooling 'min'; the poolings are average, max"),
        (lambda: resnet((1, 8, 8), 10, widths=(6,), groups=4), "the width 6 is no multiple of the 4 groups"),
        (lambda: resnet((1, 8, 8), 10, widths=()), "needs stages"),
        (lambda: patch_transformer((1, 8, 8), 10, patch=3), "do not tile"),
        (lambda: patch_transformer((1, 8, 8), 10, width=9, heads=2), "multiple of its heads"),
        (lambda: token_transformer(0, 2, 3), "at least 1 token"),
        (lambda: activation("x" * 100), "unknown activation 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx';"),
        (lambda: scheme_named("x"), "unknown start"),
        (lambda: of_module(nn.Flatten(), "empty"), "empty has no parameters"),
        (lambda: of_module(nn.Sequential(nn.BatchNorm1d(3)), "mine"), "mine: its part 0 is a BatchNorm1d in training"),
        (lambda: of_module(nn.BatchNorm1d(3, track_running_stats=False), "mine"), "mixes the samples"),
        (lambda: of_module(nn.Sequential(nn.Linear(2, 2), nn.Dropout()), "mine"), "whose loss is random"),
        (lambda: of_module(nn.InstanceNorm1d(3, affine=True, track_running_stats=True), "mine"), "changes its buffers"),
    ],
)
def test_wrong_networks_are_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_every_activation_has_torchs_values() -> None:
    x = torch.linspace(-3, 3, 31, dtype=DOUBLE)
    own = {
        "identity": x,
        "tanh": nn.Tanh()(x),
        "relu": nn.ReLU()(x),
        "elu": nn.ELU()(x),
        "gelu": nn.GELU()(x),
        "silu": nn.SiLU()(x),
        "softplus": nn.Softplus()(x),
        "hardtanh": nn.Hardtanh()(x),
    }
    assert set(own) == set(ACTIVATIONS)
    for name, values in own.items():
        assert torch.equal(activation(name)(x), values)


def test_a_module_keeps_its_own_parameters() -> None:
    module = nn.Linear(3, 2).double()
    before = [p.clone() for p in module.parameters()]
    network = of_module(module, "linear")
    w = network.start(0)
    assert torch.equal(w, torch.cat([p.detach().flatten() for p in before]))
    network.outputs(w + 1, random(4, 3))
    assert all(torch.equal(a, b) for a, b in zip(before, module.parameters(), strict=True))
    with torch.no_grad():
        module.weight.zero_()
    assert torch.equal(network.start(1), w)


def test_a_builder_is_called_for_each_seed_and_leaves_torchs_generator() -> None:
    before = torch.random.get_rng_state()
    network = of_module(lambda: nn.Linear(3, 2), "linear")
    first, second = network.start(0), network.start(1)
    assert not torch.equal(first, second)
    assert torch.equal(network.start(0), first)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_fixed_buffers_are_allowed_and_changing_ones_are_not() -> None:
    frozen = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2)).double().eval()
    with torch.no_grad():
        frozen[1].running_mean.fill_(0.3)
    network = of_module(frozen, "frozen")
    x = random(5, 3)
    assert close(network.outputs(network.start(0), x), frozen(x).detach())

    class Counting(nn.Linear):
        def __init__(self) -> None:
            super().__init__(3, 2)
            self.register_buffer("calls", torch.zeros(1, dtype=DOUBLE))

        def forward(self, x: Tensor) -> Tensor:
            self.calls += 1
            return super().forward(x)

    counting = of_module(Counting(), "counting")
    with pytest.raises(ValueError, match="counting changes its buffer calls"):
        counting.outputs(counting.start(0), x)


def test_tied_parameters_are_counted_once() -> None:
    class Tied(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = nn.Linear(3, 3, bias=False)
            self.second = nn.Linear(3, 3, bias=False)
            self.second.weight = self.first.weight

        def forward(self, x: Tensor) -> Tensor:
            return self.second(self.first(x))

    network = of_module(Tied(), "tied")
    assert network.size == 9
    x, a = random(4, 3), random(3, 3, seed=1)
    assert close(network.outputs(a.flatten(), x), x @ a.T @ a.T)


def test_a_module_must_return_one_tensor() -> None:
    network = of_module(nn.GRU(3, 2, batch_first=True), "gru")
    with pytest.raises(ValueError, match="gru returns a tuple"):
        network.outputs(network.start(0), random(2, 4, 3))
