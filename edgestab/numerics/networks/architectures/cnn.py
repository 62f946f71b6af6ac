r"""Convolutional networks: convolution 3 x 3, activation and pooling, repeated; then a linear layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from edgestab.errors import InputError
from edgestab.numerics.networks.architectures.activations import activation
from edgestab.numerics.networks.architectures.initial import scheme_named, starting_bias, starting_weight
from edgestab.numerics.networks.architectures.kind import NetworkKind, Size, image_of
from edgestab.numerics.networks.data.samples import Loaded
from edgestab.numerics.networks.losses.network import Network, Parameters

POOLS: Mapping[str, Callable[[Tensor, int], Tensor]] = {
    "average": torch.nn.functional.avg_pool2d,
    "max": torch.nn.functional.max_pool2d,
}


def cnn(
    image: tuple[int, int, int],
    channels: Sequence[int],
    outputs: int,
    act: str = "tanh",
    *,
    pool: str = "average",
    init: str = "normal",
    gain: float = 1.0,
) -> Network:
    r"""Return a network of blocks :math:`x' = \mathrm{pool}_2\,\phi(W * x + b)` and a linear layer on top.

    Parameters
    ----------
    image : tuple of int
        Channels, height and width of the inputs.
    channels : sequence of int
        Of the blocks; each halves height and width, rounding down.
    outputs : int
        Of the linear layer.
    act : str
        A name in `ACTIVATIONS`.
    pool : {"average", "max"}
        Over 2 x 2 pixels. With "max" the loss is only piecewise smooth.
    init : str
        A name in `SCHEMES`.
    gain : float
        The weights of the scheme are multiplied by it.

    Raises
    ------
    InputError
        When the image is too small for the blocks, and for names that are not there.

    Examples
    --------
    >>> cnn((1, 8, 8), (8, 16), 10).size
    1898
    """
    phi = activation(act)
    scheme_named(init)
    if pool not in POOLS:
        raise InputError(f"unknown pooling {pool[:40]!r}; the poolings are {', '.join(POOLS)}")
    if not channels or min(*channels, *image, outputs) < 1:
        raise InputError(f"a CNN needs blocks, channels, pixels and outputs, got {tuple(channels)} on {image}")
    halvings = 1 << len(channels)
    height, width = image[1] // halvings, image[2] // halvings
    if min(height, width) < 1:
        raise InputError(
            f"an image of {image[1]} x {image[2]} cannot be halved {len(channels)} times: take fewer blocks"
        )
    pairs = list(zip((image[0], *channels[:-1]), channels, strict=True))
    weights = [*((o, i, 3, 3) for i, o in pairs), (outputs, channels[-1] * height * width)]
    shapes = tuple(s for w in weights for s in (w, w[:1]))

    def forward(p: Parameters, x: Tensor) -> Tensor:
        for k in range(0, len(p) - 2, 2):
            x = POOLS[pool](phi(torch.nn.functional.conv2d(x, p[k], p[k + 1], padding=1)), 2)
        return torch.nn.functional.linear(x.flatten(1), p[-2], p[-1])

    def initial(generator: torch.Generator) -> list[Tensor]:
        found = []
        for weight in weights:
            found += [starting_weight(init, weight, generator, gain=gain), starting_bias(init, weight, generator)]
        return found

    return Network(f"{act} CNN {'-'.join(map(str, channels))}", shapes, forward, initial)


class CnnSpec(NetworkKind, frozen=True, tag="cnn"):
    """See `cnn`."""

    channels: list[Size]
    act: str = "tanh"
    pool: str = "average"
    init: str = "normal"
    gain: float = 1.0

    def build(self, loaded: Loaded) -> Network:
        """Return the network."""
        image = image_of(loaded, "cnn")
        return cnn(image, self.channels, loaded.outputs, self.act, pool=self.pool, init=self.init, gain=self.gain)
