"""The kinds of network of a specification. Inputs and outputs are not entries: the data say them."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Annotated, Any

import msgspec

from edgestab.errors import InputError
from edgestab.numerics.networks.architectures.cnn import cnn
from edgestab.numerics.networks.architectures.deep_linear import deep_linear
from edgestab.numerics.networks.architectures.mlp import mlp
from edgestab.numerics.networks.architectures.resnet import resnet
from edgestab.numerics.networks.architectures.transformer import patch_transformer, token_transformer
from edgestab.numerics.networks.losses.network import Network
from edgestab.numerics.networks.specs.data_specs import Loaded

Size = Annotated[int, msgspec.Meta(ge=1, le=1 << 20)]


class _Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind"):
    """A kind of network. `build` takes the data."""

    def build(self, loaded: Loaded) -> Network:
        raise NotImplementedError


class MlpSpec(_Kind, frozen=True, tag="mlp"):
    """See `edgestab.numerics.networks.architectures.mlp.mlp`."""

    hidden: list[Size]
    act: str = "tanh"
    gain: float = 1.0
    bias: bool = True
    init: str = "normal"

    def build(self, loaded: Loaded) -> Network:
        """Return the network."""
        widths = (_flat(loaded), *self.hidden, loaded.outputs)
        return mlp(widths, self.act, gain=self.gain, bias=self.bias, init=self.init)


class DeepLinearSpec(_Kind, frozen=True, tag="deep-linear"):
    """See `edgestab.numerics.networks.architectures.deep_linear.deep_linear`."""

    hidden: list[Size]
    init: str = "xavier"
    gains: list[float] | None = None

    def build(self, loaded: Loaded) -> Network:
        """Return the network."""
        return deep_linear((_flat(loaded), *self.hidden, loaded.outputs), init=self.init, gains=self.gains)


class CnnSpec(_Kind, frozen=True, tag="cnn"):
    """See `edgestab.numerics.networks.architectures.cnn.cnn`."""

    channels: list[Size]
    act: str = "tanh"
    pool: str = "average"
    init: str = "normal"
    gain: float = 1.0

    def build(self, loaded: Loaded) -> Network:
        """Return the network."""
        image = _image(loaded, "cnn")
        return cnn(image, self.channels, loaded.outputs, self.act, pool=self.pool, init=self.init, gain=self.gain)


class ResnetSpec(_Kind, frozen=True, tag="resnet"):
    """See `edgestab.numerics.networks.architectures.resnet.resnet`."""

    widths: list[Size]
    blocks: Size = 1
    groups: Size = 4
    act: str = "relu"
    zero_head: bool = False

    def build(self, loaded: Loaded) -> Network:
        """Return the network."""
        return resnet(
            _image(loaded, "resnet"),
            loaded.outputs,
            widths=self.widths,
            blocks=self.blocks,
            groups=self.groups,
            act=self.act,
            zero_head=self.zero_head,
        )


class PatchTransformerSpec(_Kind, frozen=True, tag="patch-transformer"):
    """See `edgestab.numerics.networks.architectures.transformer.patch_transformer`."""

    patch: Size = 2
    width: Size = 32
    layers: Size = 2
    heads: Size = 2
    act: str = "gelu"
    zero_head: bool = False

    def build(self, loaded: Loaded) -> Network:
        """Return the network."""
        return patch_transformer(
            _image(loaded, "patch-transformer"),
            loaded.outputs,
            patch=self.patch,
            width=self.width,
            layers=self.layers,
            heads=self.heads,
            act=self.act,
            zero_head=self.zero_head,
        )


class TokenTransformerSpec(_Kind, frozen=True, tag="token-transformer"):
    """See `edgestab.numerics.networks.architectures.transformer.token_transformer`."""

    width: Size = 32
    layers: Size = 2
    heads: Size = 2
    act: str = "gelu"
    zero_head: bool = False

    def build(self, loaded: Loaded) -> Network:
        """Return the network."""
        parts = [loaded.train] if loaded.test is None else [loaded.train, loaded.test]
        shape = loaded.train.inputs.shape
        if len(shape) != 2 or any(bool(((d.inputs < 0) | (d.inputs != d.inputs.round())).any()) for d in parts):
            raise InputError(f"a token-transformer takes rows of token numbers, and {loaded.train.name} has none")
        return token_transformer(
            1 + max(int(d.inputs.max()) for d in parts),
            shape[1],
            loaded.outputs,
            width=self.width,
            layers=self.layers,
            heads=self.heads,
            act=self.act,
            zero_head=self.zero_head,
        )


NetworkSpec = MlpSpec | DeepLinearSpec | CnnSpec | ResnetSpec | PatchTransformerSpec | TokenTransformerSpec

NETWORKS: Mapping[str, Any] = {kind.__struct_config__.tag: kind for kind in NetworkSpec.__args__}
"""The kinds of network by name."""


def _flat(loaded: Loaded) -> int:
    return prod(loaded.train.inputs.shape[1:])


def _image(loaded: Loaded, kind: str) -> tuple[int, int, int]:
    shape = tuple(loaded.train.inputs.shape[1:])
    if len(shape) != 3:
        raise InputError(
            f"a {kind} takes images of shape (channels, height, width), and {loaded.train.name} has inputs of shape "
            f"{shape}: use an mlp, or other data"
        )
    return shape
