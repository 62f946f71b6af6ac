r"""A small transformer on tokens or image patches, with attention and norms from primitives.

.. math:: A(x) = \mathrm{softmax}\Bigl(\frac{QK^T}{\sqrt d}\Bigr)V, \qquad x' = x + A(N(x)),\quad x'' = x' + M(N(x')).
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

import torch
from torch import Tensor
from torch.nn.functional import linear

from edgestab.errors import InputError
from edgestab.numerics.networks.architectures.activations import activation
from edgestab.numerics.networks.architectures.initial import normal, starting_bias
from edgestab.numerics.networks.architectures.kind import NetworkKind, Size, image_of
from edgestab.numerics.networks.architectures.norms import layer_norm
from edgestab.numerics.networks.data.samples import Loaded
from edgestab.numerics.networks.losses.network import Network, Parameters

PER_LAYER = 12


def token_transformer(
    vocabulary: int,
    length: int,
    outputs: int,
    *,
    width: int = 32,
    layers: int = 2,
    heads: int = 2,
    act: str = "gelu",
    zero_head: bool = False,
) -> Network:
    """Return a transformer on token numbers, inputs of shape (n, length) with values 0 .. vocabulary - 1.

    See `patch_transformer` for the other parameters.

    Examples
    --------
    >>> token_transformer(7, 2, 7, width=8, layers=1).name
    'gelu transformer 1 x 8 on 2 tokens'
    """
    if vocabulary < 1:
        raise InputError(f"the vocabulary must have at least 1 token, got {vocabulary}")

    def tokens(x: Tensor, dtype: torch.dtype) -> Tensor:
        # A product with a one-hot matrix, whose derivatives are deterministic on a GPU; those of indexing are not.
        return torch.nn.functional.one_hot(x.long(), vocabulary).to(dtype)

    name = f"{length} tokens"
    return _transformer(name, tokens, vocabulary, length, outputs, width, layers, heads, act, zero_head)


def patch_transformer(
    image: tuple[int, int, int],
    outputs: int,
    *,
    patch: int = 2,
    width: int = 32,
    layers: int = 2,
    heads: int = 2,
    act: str = "gelu",
    zero_head: bool = False,
) -> Network:
    """Return a transformer on the patches of images, inputs of shape (n, c, h, w).

    Parameters
    ----------
    image : tuple of int
        Channels, height and width.
    outputs : int
        Of the linear head on the mean over the patches.
    patch : int
        Height and width of a patch.
    width : int
        Of the residual stream, a multiple of the number of heads; the hidden layers have four times as many units.
    layers : int
        How many blocks of attention and MLP.
    heads : int
        Of the attention.
    act : str
        Of the MLPs, a name in `ACTIVATIONS`.
    zero_head : bool
        Whether the head starts at zero, so that all outputs do.

    Raises
    ------
    InputError
        When patches do not tile the image, or heads do not divide the width.
    """
    c, h, w = image
    if patch < 1 or h % patch or w % patch:
        raise InputError(f"patches of {patch} x {patch} do not tile an image of {h} x {w}: choose a divisor of both")
    rows, columns = h // patch, w // patch

    def patches(x: Tensor, dtype: torch.dtype) -> Tensor:
        x = x.reshape(len(x), c, rows, patch, columns, patch).permute(0, 2, 4, 1, 3, 5)
        return x.reshape(len(x), rows * columns, c * patch**2).to(dtype)

    name = f"{rows * columns} patches"
    return _transformer(name, patches, c * patch**2, rows * columns, outputs, width, layers, heads, act, zero_head)


def _transformer(
    name: str,
    tokens: Callable[[Tensor, torch.dtype], Tensor],
    features: int,
    length: int,
    outputs: int,
    width: int,
    layers: int,
    heads: int,
    act: str,
    zero_head: bool,
) -> Network:
    phi = activation(act)
    if min(length, outputs, width, layers, heads) < 1 or width % heads:
        raise InputError(
            f"a transformer needs sizes of at least 1 and a width that is a multiple of its heads, got width {width}, "
            f"{heads} heads, {layers} layers, {length} tokens and {outputs} outputs"
        )
    hidden = 4 * width
    block = (
        (width,), (width,), (3 * width, width), (3 * width,), (width, width), (width,),
        (width,), (width,), (hidden, width), (hidden,), (width, hidden), (width,),
    )  # fmt: skip
    head = ((width,), (width,), (outputs, width), (outputs,))
    shapes = ((width, features), (length, width), *block * layers, *head)

    def forward(p: Parameters, x: Tensor) -> Tensor:
        x = linear(tokens(x, p[0].dtype), p[0]) + p[1]
        for k in range(2, 2 + PER_LAYER * layers, PER_LAYER):
            q = p[k : k + PER_LAYER]
            x = x + linear(attention(linear(layer_norm(x, q[0], q[1]), q[2], q[3]), heads), q[4], q[5])
            x = x + linear(phi(linear(layer_norm(x, q[6], q[7]), q[8], q[9])), q[10], q[11])
        scale, shift, weight, bias = p[-4:]
        return linear(layer_norm(x, scale, shift).mean(dim=1), weight, bias)

    def initial(generator: torch.Generator) -> list[Tensor]:
        ones, zeros = torch.ones(width, dtype=torch.float64), torch.zeros(width, dtype=torch.float64)

        def affine(weight: tuple[int, int]) -> list[Tensor]:
            return [normal(weight, generator), starting_bias("normal", weight, generator)]

        found = [normal((width, features), generator)]
        found.append(0.02 * torch.randn(length, width, generator=generator, dtype=torch.float64))
        for _ in range(layers):
            found += [ones, zeros, *affine((3 * width, width)), *affine((width, width))]
            found += [ones, zeros, *affine((hidden, width)), *affine((width, hidden))]
        weight, bias = affine((outputs, width))
        return [*found, ones, zeros, 0 * weight if zero_head else weight, bias]

    return Network(f"{act} transformer {layers} x {width} on {name}", shapes, forward, initial)


def attention(qkv: Tensor, heads: int) -> Tensor:
    r"""Return :math:`\mathrm{softmax}(QK^T/\sqrt d)V` for every head.

    Parameters
    ----------
    qkv : Tensor
        Shape (n, tokens, 3 width): queries, keys and values.
    heads : int
        A divisor of the width; d is the width of one.

    Returns
    -------
    Tensor
        Shape (n, tokens, width).
    """
    n, length, triple = qkv.shape
    d = triple // (3 * heads)
    q, k, v = qkv.reshape(n, length, 3, heads, d).permute(2, 0, 3, 1, 4)
    weights = torch.softmax(q @ k.transpose(-1, -2) / sqrt(d), dim=-1)
    mixed: Tensor = weights @ v
    return mixed.transpose(1, 2).reshape(n, length, heads * d)


class PatchTransformerSpec(NetworkKind, frozen=True, tag="patch-transformer"):
    """See `patch_transformer`."""

    patch: Size = 2
    width: Size = 32
    layers: Size = 2
    heads: Size = 2
    act: str = "gelu"
    zero_head: bool = False

    def build(self, loaded: Loaded) -> Network:
        """Return the network."""
        return patch_transformer(
            image_of(loaded, "patch-transformer"),
            loaded.outputs,
            patch=self.patch,
            width=self.width,
            layers=self.layers,
            heads=self.heads,
            act=self.act,
            zero_head=self.zero_head,
        )


class TokenTransformerSpec(NetworkKind, frozen=True, tag="token-transformer"):
    """See `token_transformer`."""

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
